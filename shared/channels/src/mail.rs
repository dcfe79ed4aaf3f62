//! One alert as an e-mail.

use bevaka_domain::clock::Timestamp;
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use url::{Host, Url};
use uuid::Uuid;

/// What a mail is made of.
#[derive(Clone)]
pub struct Mail {
    /// Also its Message-ID, which therefore does not change between attempts (R32).
    pub key: Uuid,
    /// The recipient's address.
    pub to: String,
    /// May hold anything; control characters are taken out.
    pub subject: String,
    /// The alert as plain text.
    pub text: String,
    /// The alert as HTML.
    pub html: String,
    /// The https address of the watch, where the recipient can turn it off.
    pub list_unsubscribe: Option<String>,
    /// Becomes the Date header.
    pub sent_at: Timestamp,
}

/// Whom mails come from.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

/// A text that is not an e-mail address this service can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct InvalidMailbox;

/// Why a mail cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// The recipient's address.
    #[error("the recipient's address is not an e-mail address")]
    Recipient,
    /// Anything else.
    #[error("the mail cannot be put together")]
    Message,
}

impl Sender {
    /// Takes the address, and the name people see; an empty name leaves the bare address.
    ///
    /// # Errors
    /// [`InvalidMailbox`] if the address is none.
    pub fn new(address: &str, name: &str) -> Result<Self, InvalidMailbox> {
        let name = single_line(name);
        Ok(Self(Mailbox::new((!name.is_empty()).then_some(name), ascii_address(address)?)))
    }

    fn message_id(&self, key: Uuid) -> String {
        format!("<{key}@{}>", self.0.email.domain())
    }
}

impl Mail {
    /// Builds the message with everything that marks it as an automatic one.
    ///
    /// # Errors
    /// [`Unsendable`] says which part is unusable.
    pub fn message(&self, sender: &Sender) -> Result<Message, Unsendable> {
        let to = ascii_address(&self.to).map_err(|InvalidMailbox| Unsendable::Recipient)?;
        let mut message = Message::builder()
            .from(sender.0.clone())
            .to(Mailbox::new(None, to))
            .subject(single_line(&self.subject))
            .date(self.sent_at.to_offset_date_time().into())
            .message_id(Some(sender.message_id(self.key)))
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"));
        if let Some(address) = self.list_unsubscribe.as_deref().and_then(|text| Url::parse(text).ok()) {
            message = message.raw_header(raw("List-Unsubscribe", &format!("<{address}>")));
            // RFC 8058 allows the one-click form over https only.
            if address.scheme() == "https" {
                message = message.raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
            }
        }
        message
            .multipart(MultiPart::alternative_plain_html(self.text.clone(), self.html.clone()))
            .map_err(|_| Unsendable::Message)
    }
}

/// A header whose value is plain ASCII without control characters and must not be folded or encoded.
fn raw(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

/// One line: a line end in a header would start another header, and one in a name makes lettre panic.
fn single_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.split(breaks).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The domain in its ASCII form, so that no server on the way needs SMTPUTF8.
fn ascii_address(text: &str) -> Result<Address, InvalidMailbox> {
    let (user, domain) = text.rsplit_once('@').ok_or(InvalidMailbox)?;
    let Ok(Host::Domain(domain)) = Host::parse(domain) else { return Err(InvalidMailbox) };
    if !user.is_ascii() {
        return Err(InvalidMailbox);
    }
    Address::new(user, domain).map_err(|_| InvalidMailbox)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            key: Uuid::from_u128(7),
            to: "anna@exempelbolaget.se".into(),
            subject: "Avvisad betalning".into(),
            text: "Hej Åsa".into(),
            html: "<p>Hej Åsa</p>".into(),
            list_unsubscribe: Some("https://bank.example/watches/7".into()),
            sent_at: Timestamp::parse("2026-11-21T13:02:00Z").unwrap(),
        }
    }

    fn sender() -> Sender {
        Sender::new("bevaka@bank.example", "Bevaka").unwrap()
    }

    fn written(mail: &Mail, sender: &Sender) -> String {
        String::from_utf8(mail.message(sender).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_says_that_a_machine_sent_it_and_how_to_stop_it() {
        let text = written(&mail(), &sender());
        for header in [
            "From: Bevaka <bevaka@bank.example>",
            "To: anna@exempelbolaget.se",
            "Subject: Avvisad betalning",
            "Date: Sat, 21 Nov 2026 13:02:00 +0000",
            "Message-ID: <00000000-0000-0000-0000-000000000007@bank.example>",
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
            "List-Unsubscribe: <https://bank.example/watches/7>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ] {
            assert!(text.contains(&format!("{header}\r\n")), "{header}\n{text}");
        }
        assert!(text.contains("multipart/alternative"), "{text}");
        assert!(text.contains("text/plain") && text.contains("text/html"), "{text}");
    }

    #[test]
    fn a_mail_is_ascii_whatever_its_parts_hold() {
        let mail = Mail { to: "anna@åkeri.example".into(), subject: "Ränta 😀".into(), ..mail() };
        let text = written(&mail, &Sender::new("bevaka@bank.example", "Åkes Bank").unwrap());
        assert!(text.is_ascii() && text.contains("To: anna@xn--keri-poa.example\r\n"), "{text}");
    }

    #[test]
    fn r32_the_message_id_is_the_same_for_every_attempt() {
        let second = Mail { sent_at: Timestamp::parse("2026-11-21T14:00:00Z").unwrap(), ..mail() };
        let id = |mail| {
            let text = written(mail, &sender());
            text.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned)
        };
        assert_eq!(id(&mail()), id(&second));
    }

    #[test]
    fn line_ends_and_control_characters_open_no_new_header() {
        let mail = Mail { subject: "Hej\r\nBcc: b@x.example\u{0}\u{7}\n".into(), ..mail() };
        let text = written(&mail, &Sender::new("bevaka@bank.example", "Be\r\nvaka\u{1b}").unwrap());
        assert!(text.contains("Subject: Hej Bcc: b@x.example\r\n"), "{text}");
        assert!(text.contains("From: \"Be vaka\" <"), "{text}");
        assert!(!text.contains("\r\nBcc"), "{text}");
    }

    #[test]
    fn an_unsubscribe_address_opens_no_new_header_and_one_click_needs_https() {
        let with = |url: &str| written(&Mail { list_unsubscribe: Some(url.into()), ..mail() }, &sender());
        let text = with("https://bank.example/\r\nBcc: b@x.example");
        assert!(!text.contains("\r\nBcc"), "{text}");
        let text = with("http://127.0.0.1/watches/7");
        assert!(text.contains("List-Unsubscribe: <http") && !text.contains("One-Click"), "{text}");
        assert!(!with("not an address").contains("List-Unsubscribe"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for to in
            ["", "anna", "anna@", "å@x.example", "a@x.example\r\nRCPT TO:<b@x.example>", "a@[127.0.0.1]"]
        {
            let mail = Mail { to: to.into(), ..mail() };
            assert_eq!(mail.message(&sender()).unwrap_err(), Unsendable::Recipient, "{to}");
        }
    }
}

//! Contact points: mobile numbers and e-mail addresses.

use crate::{
    clock::Timestamp,
    ids::{ContactId, UserId},
    typed::plain,
    watch::Channel,
};
use phonenumber::metadata::{DATABASE, Descriptor};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A mobile number (E.164) or an e-mail address. `Debug` masks it: addresses never reach a log.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "channel", content = "address", rename_all = "snake_case")]
pub enum Address {
    /// A mobile number as E.164, such as `+46701740605`.
    Sms(String),
    /// An e-mail address.
    Email(String),
}

/// Why a text cannot be used as an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum InvalidAddress {
    /// Not a phone number at all.
    #[error("not a phone number; write it as 070-174 06 05 or +46 70 174 06 05")]
    NotANumber,
    /// A phone number that no text message reaches.
    #[error("not a mobile number; a fixed line cannot receive text messages")]
    NotMobile,
    /// Not an e-mail address.
    #[error("not an e-mail address; write it as name@company.se, at most 254 characters")]
    NotAnEmail,
}

impl Address {
    /// Reads an address of the given channel in any usual spelling; numbers without a country are Swedish.
    ///
    /// # Errors
    /// [`InvalidAddress`] says what the text is not.
    pub fn parse(channel: Channel, text: &str) -> Result<Self, InvalidAddress> {
        match channel {
            Channel::Sms => mobile_number(text).map(Self::Sms),
            Channel::Email => email(text).map(Self::Email),
        }
    }

    /// Takes what [`Address::parse`] once gave and storage has kept.
    pub fn from_storage(channel: Channel, text: String) -> Self {
        match channel {
            Channel::Sms => Self::Sms(text),
            Channel::Email => Self::Email(text),
        }
    }

    /// The channel that reaches it.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Sms(_) => Channel::Sms,
            Self::Email(_) => Channel::Email,
        }
    }

    /// The bare number or address: for storage, the owner's pages and the provider, never for a log.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Sms(text) | Self::Email(text) => text,
        }
    }

    /// Enough to recognise one's own: `•••• 06 05`, `a•••@exempelbolaget.se`.
    pub fn masked(&self) -> String {
        match self {
            Self::Sms(number) => {
                let tail = &number[number.len().saturating_sub(4)..];
                format!("•••• {} {}", &tail[..tail.len() / 2], &tail[tail.len() / 2..])
            }
            Self::Email(address) => {
                let (name, domain) = address.rsplit_once('@').unwrap_or((address, ""));
                let first: String = name.chars().take(1).collect();
                format!("{first}•••@{domain}")
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}, …)", self.channel())
    }
}

fn mobile_number(text: &str) -> Result<String, InvalidAddress> {
    let text = plain(text);
    let text = match text.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => text,
    };
    // The parser accepts letters (vanity numbers) and extensions; people here mean digits.
    if text.len() > 40 || !text.chars().all(|c| c.is_ascii_digit() || "+-() ./".contains(c)) {
        return Err(InvalidAddress::NotANumber);
    }
    if let Some(number) = international(&text) {
        return number;
    }
    let number = phonenumber::parse(Some(phonenumber::country::Id::SE), &text)
        .map_err(|_| InvalidAddress::NotANumber)?;
    if !number.is_valid() {
        return Err(InvalidAddress::NotANumber);
    }
    match number.number_type(&phonenumber::metadata::DATABASE) {
        phonenumber::Type::Mobile | phonenumber::Type::FixedLineOrMobile => {
            Ok(number.format().mode(phonenumber::Mode::E164).to_string())
        }
        _ => Err(InvalidAddress::NotMobile),
    }
}

/// A number with its country's code that is a number as it stands, by the rules of that country: in many of them a zero
/// begins numbers of their own. Others may be written with a zero that is left out, and are read by the library.
fn international(text: &str) -> Option<Result<String, InvalidAddress>> {
    let digits: String = text.strip_prefix('+')?.chars().filter(char::is_ascii_digit).collect();
    (1..=3.min(digits.len())).find_map(|length| {
        let (code, national) = digits.split_at(length);
        let countries = DATABASE.by_code(&code.parse::<u16>().ok()?)?;
        let is = |kind: fn(&phonenumber::Metadata) -> Option<&Descriptor>| {
            countries.iter().any(|country| kind(country).is_some_and(|numbers| covers(numbers, national)))
        };
        if is(|country| country.descriptors().mobile()) {
            return Some(Ok(format!("+{digits}")));
        }
        is(|country| Some(country.descriptors().general())).then_some(Err(InvalidAddress::NotMobile))
    })
}

/// Whether the whole number is one of these; the library's own question is content with its beginning.
fn covers(numbers: &Descriptor, national: &str) -> bool {
    numbers.is_match(national)
        && numbers.national_number().find(national).is_some_and(|found| found.end() == national.len())
}

fn email(text: &str) -> Result<String, InvalidAddress> {
    let text = &plain(text);
    let options =
        email_address::Options::default().with_required_tld().without_domain_literal().without_display_text();
    let parsed = email_address::EmailAddress::parse_with_options(text, options)
        .map_err(|_| InvalidAddress::NotAnEmail)?;
    // Mail servers on the way may not speak SMTPUTF8, so a local part beyond ASCII is refused here
    // rather than bounced later.
    let local = parsed.local_part();
    // The name that mail servers are asked by: one mailbox has one spelling, whichever its domain is typed in.
    let domain = idna::domain_to_ascii_strict(parsed.domain()).map_err(|_| InvalidAddress::NotAnEmail)?;
    let address = format!("{local}@{domain}");
    if address.len() > 254 || !local.is_ascii() || local.contains(['"', '\\']) {
        return Err(InvalidAddress::NotAnEmail);
    }
    Ok(address)
}

impl FromStr for Address {
    type Err = InvalidAddress;

    /// Anything with an `@` is an e-mail address, anything else a number.
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        Self::parse(if text.contains('@') { Channel::Email } else { Channel::Sms }, text)
    }
}

/// Where a user can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPoint {
    /// Our id.
    pub id: ContactId,
    /// Whose it is.
    pub user: UserId,
    /// The number or address.
    pub address: Address,
    /// When its owner confirmed it; before that nothing is sent to it (R28).
    pub verified_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_ways_of_writing_a_mobile_number_give_e164() {
        for text in ["0701740605", "070-174 06 05", "+46 (0)70 174 06 05", "0046701740605", "+46701740605"] {
            assert_eq!(Address::parse(Channel::Sms, text), Ok(Address::Sms("+46701740605".into())), "{text}");
        }
        assert_eq!(
            Address::parse(Channel::Sms, "+47 406 12 345").map(|a| a.reveal().to_owned()),
            Ok("+4740612345".to_owned())
        );
    }

    #[test]
    fn every_example_of_every_country_is_kept_as_it_is() {
        let mut tried = 0;
        for country in DATABASE.iter() {
            let Some(example) = country.descriptors().mobile().and_then(Descriptor::example) else {
                continue;
            };
            let number = format!("+{}{example}", country.country_code());
            assert_eq!(Address::parse(Channel::Sms, &number), Ok(Address::Sms(number.clone())), "{number}");
            tried += 1;
        }
        assert!(tried > 200, "{tried}");
        for (text, number) in
            [("+241 06 03 12 34", "+24106031234"), ("+225 07 12 34 56 78", "+2250712345678")]
        {
            assert_eq!(Address::parse(Channel::Sms, text), Ok(Address::Sms(number.into())), "{text}");
        }
    }

    #[test]
    fn a_number_is_read_as_it_is_seen() {
        for text in [
            "\u{202a}070\u{2011}174 06 05\u{202c}",
            "070\u{2013}174\u{202f}06\u{202f}05",
            "\u{ff10}\u{ff17}\u{ff10}1740605",
        ] {
            assert_eq!(Address::parse(Channel::Sms, text), Ok(Address::Sms("+46701740605".into())), "{text}");
        }
    }

    #[test]
    fn one_mailbox_has_one_spelling() {
        for text in [
            "anna@räksmörgås.example",
            "anna@xn--rksmrgs-5wao1o.example",
            "anna@ra\u{308}ksmo\u{308}rga\u{30a}s.example",
            "\u{ff41}nna@RÄKSMÖRGÅS.example",
            "anna\u{ff20}räksmörgås\u{ff0e}example",
        ] {
            let address = Address::parse(Channel::Email, text).map(|address| address.reveal().to_owned());
            assert_eq!(address.as_deref(), Ok("anna@xn--rksmrgs-5wao1o.example"), "{text}");
        }
        for text in [
            "an\\na@x.example",
            "\"anna\"@x.example",
            "ånna@x.example",
            "anna@-x.example",
            "anna@a_b.example",
        ] {
            assert_eq!(Address::parse(Channel::Email, text), Err(InvalidAddress::NotAnEmail), "{text}");
        }
    }

    #[test]
    fn a_fixed_line_is_told_apart_from_no_number() {
        assert_eq!(Address::parse(Channel::Sms, "08-506 390 00"), Err(InvalidAddress::NotMobile));
        for text in ["", "123", "070-ABC DEF", "anna@example.se", "+46701740605;ext=1"] {
            assert_eq!(Address::parse(Channel::Sms, text), Err(InvalidAddress::NotANumber), "{text}");
        }
    }

    #[test]
    fn email_addresses_are_checked_and_their_domain_folded() {
        assert_eq!(
            Address::parse(Channel::Email, " Anna.Lind@Exempelbolaget.SE "),
            Ok(Address::Email("Anna.Lind@exempelbolaget.se".into()))
        );
        for text in [
            "anna",
            "anna@",
            "@x.se",
            "a b@x.se",
            "anna@localhost",
            "Anna <a@x.se>",
            "å@x.se",
            "a@x.se\r\nBcc: b@x.se",
        ] {
            assert_eq!(Address::parse(Channel::Email, text), Err(InvalidAddress::NotAnEmail), "{text}");
        }
    }

    #[test]
    fn masks_and_debug_hide_the_address() {
        let sms = Address::Sms("+46701740605".into());
        let email = Address::Email("anna@exempelbolaget.se".into());
        assert_eq!(sms.masked(), "•••• 06 05");
        assert_eq!(email.masked(), "a•••@exempelbolaget.se");
        assert!(!format!("{sms:?}{email:?}").contains("4670"));
        assert!(!format!("{email:?}").contains("anna"));
    }
}

//! What a failure means depends on how far the mail had come.

use bevaka_domain::delivery::Outcome;
use lettre::transport::smtp::Error;
use std::error::Error as _;

/// Which answer of the mail server is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// To the connection, its greeting, TLS or the login.
    Opening,
    /// To MAIL.
    Mail,
    /// To RCPT.
    Recipient,
    /// To DATA, or the body is being written.
    Data,
    /// To the final dot: the server may have the mail.
    Dot,
}

/// What went wrong, as codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The reply code, if the server answered.
    reply: Option<u16>,
    cause: String,
}

/// Replies that ask for a login, or refuse it: whichever command they answer, the channel is at fault.
const LOGIN: [u16; 4] = [530, 534, 535, 538];

/// Enhanced codes (RFC 3463) by which a server refuses the sender where it answers for the recipient, as
/// Postfix does.
const SENDER: [&str; 2] = ["5.1.7", "5.1.8"];

impl Fault {
    /// A failure without a reply.
    pub fn named(cause: &str) -> Self {
        Self { reply: None, cause: cause.to_owned() }
    }

    /// The reply's code, or this cause where there was no reply.
    pub fn of(error: &Error, otherwise: &str) -> Self {
        let Some(code) = error.status().map(u16::from) else { return Self::named(otherwise) };
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        let cause = match text.split_whitespace().next().filter(|word| is_enhanced(word)) {
            Some(enhanced) => format!("smtp_{code}_{enhanced}"),
            None => format!("smtp_{code}"),
        };
        Self { reply: Some(code), cause }
    }

    /// Whether the server had closed the connection: it is cut, or 421 announces it.
    pub const fn connection_is_gone(&self) -> bool {
        matches!(self.reply, None | Some(421))
    }

    fn blames_the_channel(&self) -> bool {
        self.reply.is_some_and(|code| LOGIN.contains(&code))
            || SENDER.iter().any(|enhanced| self.cause.ends_with(&format!("_{enhanced}")))
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        Self::of(error, if error.is_response() { "smtp_no_answer" } else { "smtp_connection_lost" })
    }
}

impl Stage {
    /// What the attempt came to.
    pub fn outcome(self, fault: &Fault) -> Outcome {
        let cause = fault.cause.clone();
        match (self, fault.reply) {
            (Self::Opening, _) => Outcome::ChannelDown { cause },
            (_, Some(500..)) if fault.blames_the_channel() => Outcome::ChannelDown { cause },
            // MAIL names nobody but us: what it refuses for good, it refuses for every recipient.
            (Self::Mail, Some(500..)) => Outcome::ChannelDown { cause },
            (_, Some(500..)) => Outcome::Rejected { cause },
            (Self::Dot, None) => Outcome::Unknown { cause },
            (_, Some(_) | None) => Outcome::Retry { cause, after: None },
        }
    }
}

/// A code such as `4.7.1`.
fn is_enhanced(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && matches!(parts[0], "4" | "5") && parts.iter().all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes_are_told_from_other_words() {
        for word in ["4.7.1", "5.1.10", "5.7.123"] {
            assert!(is_enhanced(word), "{word}");
        }
        for word in ["", "anna@x.se", "2.0.0", "5.1", "5.1.", "5.1.1.1", "5.1.1234", "127.0.0.1"] {
            assert!(!is_enhanced(word), "{word}");
        }
    }
}

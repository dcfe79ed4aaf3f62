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

/// Replies to RCPT that name the recipient where no enhanced code says otherwise: no such mailbox, another server's, over
/// its quota, not a name (RFC 5321, 4.2.2).
const OF_RECIPIENT: [u16; 4] = [550, 551, 552, 553];

/// Enhanced codes (RFC 3463 and its registry) that are about the recipient's address or mailbox. Every other one is about
/// us: who sends, from where, how it is authenticated, what it looks like.
const ENHANCED_OF_RECIPIENT: [&str; 10] =
    ["5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.0", "5.2.1", "5.2.2", "5.2.4"];

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

    /// Whether the code says that it is the recipient who cannot be reached. What does not say so is the same for every
    /// recipient, as a blocked network or a missing signature is, and the alert waits until it is mended.
    fn is_of_recipient(&self, stage: Stage) -> bool {
        match (self.reply, self.cause.splitn(3, '_').nth(2)) {
            (Some(500..), Some(enhanced)) => ENHANCED_OF_RECIPIENT.contains(&enhanced),
            (Some(code), None) => stage == Stage::Recipient && OF_RECIPIENT.contains(&code),
            (_, _) => false,
        }
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
            // MAIL names nobody but us: what it refuses for good, it refuses for every recipient.
            (Self::Opening, _) | (Self::Mail, Some(500..)) => Outcome::ChannelDown { cause },
            (_, Some(500..)) if fault.is_of_recipient(self) => Outcome::Rejected { cause },
            (_, Some(500..)) => Outcome::ChannelDown { cause },
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

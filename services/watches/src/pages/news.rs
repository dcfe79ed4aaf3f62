//! What has just been done, for the next page to tell.

use bevaka_domain::{clock::Timestamp, event::Kind, ids::ContactId};

/// What has just been done, for the next page to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The watches were saved (R25).
    Saved,
    /// A watch was switched on again.
    SwitchedOn(Kind),
    /// A test is on its way.
    TestSent(ContactId),
    /// No test was sent; the next one can be from then on.
    TooManyTests(Timestamp),
    /// A code is on its way (R28).
    CodeSent(ContactId),
    /// No code was sent; the next one can be from then on.
    TooManyCodes(ContactId, Timestamp),
    /// A contact point was confirmed.
    Confirmed(ContactId),
    /// A contact point was confirmed, and has replaced another.
    Replaced(ContactId),
    /// A contact point was removed.
    Removed,
    /// What the company watches was confirmed.
    Reviewed,
}

impl bevaka_portal::News for News {
    fn text(&self) -> String {
        match self {
            Self::Saved => "saved".to_owned(),
            Self::SwitchedOn(kind) => format!("on.{}", kind.as_str()),
            Self::TestSent(contact) => format!("test.{contact}"),
            Self::TooManyTests(until) => format!("tests.{}", until.as_micros()),
            Self::CodeSent(contact) => format!("code.{contact}"),
            Self::TooManyCodes(contact, until) => format!("codes.{contact}.{}", until.as_micros()),
            Self::Confirmed(contact) => format!("confirmed.{contact}"),
            Self::Replaced(contact) => format!("replaced.{contact}"),
            Self::Removed => "removed".to_owned(),
            Self::Reviewed => "reviewed".to_owned(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (what, of) = text.split_once('.').unwrap_or((text, ""));
        Some(match what {
            "saved" => Self::Saved,
            "on" => Self::SwitchedOn(Kind::parse(of).ok()?),
            "test" => Self::TestSent(of.parse().ok()?),
            "tests" => Self::TooManyTests(moment(of)?),
            "code" => Self::CodeSent(of.parse().ok()?),
            "codes" => {
                let (contact, until) = of.split_once('.')?;
                Self::TooManyCodes(contact.parse().ok()?, moment(until)?)
            }
            "confirmed" => Self::Confirmed(of.parse().ok()?),
            "replaced" => Self::Replaced(of.parse().ok()?),
            "removed" => Self::Removed,
            "reviewed" => Self::Reviewed,
            _ => return None,
        })
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_portal::News as _;
    use uuid::Uuid;

    #[test]
    fn news_are_read_as_they_were_written() {
        let (contact, at) = (ContactId(Uuid::from_u128(7)), Timestamp::from_micros(1_800_000_000_000_000));
        for news in [
            News::Saved,
            News::SwitchedOn(Kind::parse("payment.rejected").unwrap()),
            News::TestSent(contact),
            News::TooManyTests(at),
            News::CodeSent(contact),
            News::TooManyCodes(contact, at),
            News::Confirmed(contact),
            News::Replaced(contact),
            News::Removed,
            News::Reviewed,
        ] {
            assert_eq!(News::parse(&news.text()), Some(news));
        }
        for text in ["", "on.x", "test.", "codes.1", "tests.never", "ended"] {
            assert_eq!(News::parse(text), None, "{text}");
        }
    }
}

//! What has just been done, for the next page to tell.

use bevaka_domain::ids::{OrderId, UserId};

/// What has just been done, for the next page to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// An order was signed (R11).
    Signed(OrderId),
    /// An order was taken back.
    Cancelled,
    /// The agreement was ended (R16).
    Ended,
    /// *Hantera Bevaka ärenden* was granted to a user.
    Granted(UserId),
    /// It was withdrawn.
    Withdrawn(UserId),
    /// A user was blocked.
    Blocked(UserId),
    /// A user was unblocked.
    Unblocked(UserId),
}

impl bevaka_portal::News for News {
    fn text(&self) -> String {
        match self {
            Self::Signed(order) => format!("signed.{order}"),
            Self::Cancelled => "cancelled".to_owned(),
            Self::Ended => "ended".to_owned(),
            Self::Granted(user) => format!("granted.{user}"),
            Self::Withdrawn(user) => format!("withdrawn.{user}"),
            Self::Blocked(user) => format!("blocked.{user}"),
            Self::Unblocked(user) => format!("unblocked.{user}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (what, id) = text.split_once('.').unwrap_or((text, ""));
        Some(match what {
            "signed" => Self::Signed(id.parse().ok()?),
            "cancelled" => Self::Cancelled,
            "ended" => Self::Ended,
            "granted" => Self::Granted(id.parse().ok()?),
            "withdrawn" => Self::Withdrawn(id.parse().ok()?),
            "blocked" => Self::Blocked(id.parse().ok()?),
            "unblocked" => Self::Unblocked(id.parse().ok()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_portal::News as _;
    use uuid::Uuid;

    #[test]
    fn news_are_read_as_they_were_written() {
        let (order, user) = (OrderId(Uuid::from_u128(7)), UserId(Uuid::from_u128(8)));
        let all = [
            News::Signed(order),
            News::Cancelled,
            News::Ended,
            News::Granted(user),
            News::Withdrawn(user),
            News::Blocked(user),
            News::Unblocked(user),
        ];
        for news in all {
            assert_eq!(News::parse(&news.text()), Some(news));
        }
        for text in ["", "signed", "signed.x", "granted.", "told"] {
            assert_eq!(News::parse(text), None, "{text}");
        }
    }
}

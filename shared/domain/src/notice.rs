//! Notices: confirmations from Bevaka itself to people it names (R11, R16). Nobody watches them and no agreement is
//! needed: that an agreement has ended is told when it is over. They go the way of every event.

use crate::{
    clock::Timestamp,
    event::Kind,
    ids::{ContactId, UserId},
    organisation::OrganisationNumber,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

/// The `source` of a notice. An event from here is a notice, and no other is.
pub const SOURCE: &str = "urn:bevaka:notices";

/// The most users that one notice names.
pub const MAX_USERS: usize = 1_000;

/// The longest receipt, in characters.
const MAX_RECEIPT: usize = 64;

/// What a notice is about. Its texts are data: a file in `config/notices`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray,
)]
pub enum Topic {
    /// The company is connected.
    #[strum(serialize = "agreement.connected")]
    AgreementConnected,
    /// The agreement covers other kinds.
    #[strum(serialize = "agreement.changed")]
    AgreementChanged,
    /// The agreement is over.
    #[strum(serialize = "agreement.ended")]
    AgreementEnded,
    /// A user was added.
    #[strum(serialize = "user.added")]
    UserAdded,
    /// A user was removed.
    #[strum(serialize = "user.removed")]
    UserRemoved,
    /// An order waits for the signature of another (R13).
    #[strum(serialize = "order.pending")]
    OrderPending,
    /// An order was not signed in time (R13).
    #[strum(serialize = "order.expired")]
    OrderExpired,
    /// The code that proves that a contact point is its user's (R28); the only notice to an unconfirmed one.
    #[strum(serialize = "contact.code")]
    ContactCode,
    /// Another contact point was added, and is not confirmed yet.
    #[strum(serialize = "contact.added")]
    ContactAdded,
    /// Another contact point was removed.
    #[strum(serialize = "contact.removed")]
    ContactRemoved,
    /// What a user asked for, to see that alerts arrive.
    #[strum(serialize = "watch.test")]
    WatchTest,
}

impl Topic {
    /// Whether it goes to the contact points that it names, instead of every confirmed e-mail address of its users.
    pub const fn names_contacts(self) -> bool {
        matches!(self, Self::ContactCode | Self::ContactAdded | Self::ContactRemoved | Self::WatchTest)
    }

    /// The topic of a kind, if it is one of a notice.
    pub fn of(kind: &Kind) -> Option<Self> {
        kind.as_str().parse().ok()
    }
}

/// Whom a notice tells, and what beside company and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Exactly these users.
    pub users: BTreeSet<UserId>,
    /// The event kinds that it is about.
    #[serde(default)]
    pub kinds: BTreeSet<Kind>,
    /// What people refer to it by: the order's id as pages show it. Empty if there is none.
    #[serde(default)]
    pub receipt: String,
    /// Exactly these contact points, for a topic that names them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contacts: BTreeSet<ContactId>,
    /// What the code is derived from, for whoever has the key; never the code itself (R28).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Uuid>,
}

/// Data that are no content of a notice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "data must hold users (1 to {MAX_USERS} ids), kinds (names) and receipt (at most {MAX_RECEIPT} characters)"
)]
pub struct InvalidContent;

impl Content {
    /// Reads the data of a notice.
    ///
    /// # Errors
    /// [`InvalidContent`] says what they hold.
    pub fn parse(data: &str) -> Result<Self, InvalidContent> {
        let content: Self = serde_json::from_str(data).map_err(|_| InvalidContent)?;
        let receipt = &content.receipt;
        let sound = (1..=MAX_USERS).contains(&content.users.len())
            && receipt.chars().count() <= MAX_RECEIPT
            && !receipt.chars().any(char::is_control);
        if sound { Ok(content) } else { Err(InvalidContent) }
    }
}

/// A notice to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub topic: Topic,
    /// Whose agreement.
    pub organisation: OrganisationNumber,
    /// When it happened.
    pub at: Timestamp,
    /// Whom it tells, and what.
    pub content: Content,
}

impl Notice {
    /// The notice as the bus carries it, CloudEvents 1.0 in its structured JSON form. The same id again tells nobody
    /// twice (R30), whatever comes between publishing it and noting that it is published.
    pub fn body(&self, id: Uuid) -> Vec<u8> {
        let event = serde_json::json!({
            "specversion": "1.0",
            "id": id,
            "source": SOURCE,
            "type": self.topic.as_str(),
            "subject": self.organisation.as_str(),
            "time": self.at,
            "datacontenttype": "application/json",
            "data": self.content,
        });
        event.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn topics_are_kinds() {
        for topic in Topic::ALL {
            assert_eq!(Topic::of(&Kind::parse(topic.as_str()).unwrap()), Some(topic));
        }
        assert_eq!(Topic::of(&Kind::parse("payment.rejected").unwrap()), None);
    }

    #[test]
    fn a_notice_is_an_event_with_named_users() {
        let notice = Notice {
            topic: Topic::AgreementConnected,
            organisation: OrganisationNumber::parse("556016-0680").unwrap(),
            at: Timestamp::parse("2026-11-21T13:02:00Z").unwrap(),
            content: Content {
                users: [UserId(Uuid::from_u128(2)), UserId(Uuid::from_u128(1))].into(),
                kinds: [Kind::parse("payment.rejected").unwrap()].into(),
                receipt: "A1B2".to_owned(),
                contacts: [].into(),
                code: None,
            },
        };
        let body: Value = serde_json::from_slice(&notice.body(Uuid::from_u128(9))).unwrap();
        assert_eq!(
            body,
            json!({
                "specversion": "1.0", "id": "00000000-0000-0000-0000-000000000009", "source": SOURCE,
                "type": "agreement.connected", "subject": "5560160680", "time": "2026-11-21T13:02:00.000000Z",
                "datacontenttype": "application/json",
                "data": {
                    "users": ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"],
                    "kinds": ["payment.rejected"], "receipt": "A1B2",
                },
            })
        );
        assert_eq!(Content::parse(&body["data"].to_string()), Ok(notice.content));
    }

    #[test]
    fn content_names_somebody_and_fits_a_mail() {
        let user = Uuid::nil().to_string();
        assert!(Content::parse(&json!({"users": [user]}).to_string()).is_ok());
        let many: Vec<_> = (0..=MAX_USERS as u128).map(|n| Uuid::from_u128(n).to_string()).collect();
        for data in [
            json!({}),
            json!([]),
            json!({"users": []}),
            json!({"users": many}),
            json!({"users": ["anna"]}),
            json!({"users": [user], "kinds": ["payment"]}),
            json!({"users": [user], "receipt": "x".repeat(65)}),
            json!({"users": [user], "receipt": "a\nb"}),
            json!({"users": [user], "amount": 1}),
        ] {
            assert_eq!(Content::parse(&data.to_string()), Err(InvalidContent), "{data}");
        }
    }
}

//! The trail: what changed, when, and by whom (R41). Entries are hash-chained, one chain for each writer; what that
//! proves, and how it is checked, stands in [`chain`]; how it is taken away and checked elsewhere, in [`export`].

pub mod chain;
pub mod export;

use crate::{
    clock::Timestamp,
    ids::{OrganisationId, UserId},
    word::unknown,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A service that writes tables of its own: each has its own chain, and its own rows of the outbox.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = UnknownWriter, parse_err_fn = unknown)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TrailChain))]
pub enum Writer {
    /// Organisations, users, permissions, agreements.
    Agreements,
    /// Watches and contact points.
    Watches,
    /// What operators do.
    Operators,
}

/// A name that is no chain's.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("unknown chain; known are agreements, watches, operators")]
pub struct UnknownWriter;

/// Who did it. Stored as `user:ID`, `person`, `operator:NAME`, `system` or `import`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user of a company.
    User(UserId),
    /// Somebody who is known as no user, such as one whose sign-in failed.
    Person,
    /// An operator of the bank, by the name that they signed in with; never a personal number.
    Operator(String),
    /// Bevaka by itself, such as when a time ran out.
    System,
    /// The bank's file of existing customers.
    Import,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Person => f.write_str("person"),
            Self::Operator(name) => write!(f, "operator:{}", printable(name)),
            Self::System => f.write_str("system"),
            Self::Import => f.write_str("import"),
        }
    }
}

/// What was done, in the past tense.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = UnknownAction, parse_err_fn = unknown)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TrailAction))]
pub enum Action {
    /// A company became known.
    CompanyAdded,
    /// Its name or form changed.
    CompanyChanged,
    /// A company connected to the service.
    AgreementConnected,
    /// Another version of the agreement with other kinds.
    ScopeChanged,
    /// The agreement ended.
    AgreementEnded,
    /// Somebody asked for what has to be signed.
    OrderPlaced,
    /// One signature is there.
    OrderSigned,
    /// Withdrawn before it was complete.
    OrderCancelled,
    /// Not complete in time.
    OrderExpired,
    /// Complete, but no longer allowed (R4).
    OrderRefused,
    /// A user of a company.
    UserAdded,
    /// A user's name, language or access changed.
    UserChanged,
    /// A user left the company.
    UserRemoved,
    /// An administrator stopped a user.
    UserBlocked,
    /// An administrator let a user in again.
    UserUnblocked,
    /// A user was not approved in time (R23).
    UserDenied,
    /// A user's access ran out (R23).
    UserExpired,
    /// A user got a permission.
    PermissionGranted,
    /// A user lost a permission.
    PermissionRevoked,
    /// A user got a mandate to sign.
    MandateGranted,
    /// A user lost a mandate to sign.
    MandateRevoked,
    /// The clauses of the company register were replaced.
    SigningRuleChanged,
    /// A person got a security token, or a token another key.
    TokenAssigned,
    /// Too many wrong answers: no answer of a person's security token counts any more.
    TokenLocked,
    /// The bank lets a locked security token answer again.
    TokenUnlocked,
    /// The bank took a security token away.
    TokenRevoked,
    /// A session began.
    SignedIn,
    /// No session began.
    SignInFailed,
    /// A session was ended by its owner.
    SignedOut,
    /// A user chose how to be told of a kind.
    WatchChanged,
    /// A user no longer watches a kind.
    WatchRemoved,
    /// A watch was switched off by the link in a mail.
    WatchSwitchedOff,
    /// Its user switched it on again.
    WatchSwitchedOn,
    /// A permission administrator found what the company watches still right.
    CoverageReviewed,
    /// A number or address was given.
    ContactAdded,
    /// Its owner has confirmed it (R28).
    ContactConfirmed,
    /// It no longer counts as confirmed.
    ContactUnconfirmed,
    /// A number or address was removed.
    ContactRemoved,
    /// An operator put events on the bus (R37).
    EventsInjected,
    /// An operator wants to put events on the bus that another has to approve (R37).
    InjectionProposed,
    /// Another operator let it happen.
    InjectionApproved,
    /// Another operator, or whoever proposed it, stopped it.
    InjectionRejected,
    /// Nobody approved it in time.
    InjectionExpired,
    /// An operator sent a dead letter in again (R40).
    DeadLetterRequeued,
    /// An operator gave a dead letter up (R40).
    DeadLetterDiscarded,
    /// An operator read what a dead letter holds.
    DeadLetterRead,
    /// An operator read what an event holds.
    EventRead,
    /// An operator let those be told of an event who were not and now would be.
    EventSentAgain,
    /// An operator let an alert be tried again at once.
    DeliveryRetried,
    /// An operator stopped an alert.
    DeliveryCancelled,
    /// An operator stopped a channel.
    ChannelPaused,
    /// An operator let a channel run again.
    ChannelResumed,
    /// An operator sent a test through a channel.
    ChannelTested,
    /// An operator signed in.
    OperatorSignedIn,
    /// Somebody who has no role, or whose answer from the provider did not count.
    OperatorSignInFailed,
    /// An operator signed out.
    OperatorSignedOut,
    /// A client got a token.
    ClientTokenIssued,
    /// A client's token counts no more.
    ClientTokenRevoked,
    /// An auditor took the trail away.
    TrailExported,
}

/// A name that is no action's.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("unknown action")]
pub struct UnknownAction;

/// One thing that happened, as whoever did it writes it down. Ids, names of kinds and numbers only: never an address,
/// a personal number, a code or a text that people wrote. Nothing can be taken out of the trail again.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// The company that it concerns.
    pub organisation: Option<OrganisationId>,
    /// What it was done to: the id of a user, agreement, order, contact point…
    pub subject: String,
    /// More about it, as JSON.
    pub detail: Value,
}

/// A name fit for a column and a line: anybody may have chosen it, and PostgreSQL's text holds no NUL.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_unknown_name_is_refused() {
        assert_eq!("forgotten".parse::<Action>(), Err(UnknownAction));
        assert_eq!("bank".parse::<Writer>(), Err(UnknownWriter));
    }

    #[test]
    fn an_actor_is_one_word() {
        assert_eq!(Actor::User(UserId(Uuid::nil())).to_string(), "user:00000000-0000-0000-0000-000000000000");
        assert_eq!(Actor::Operator("k\0ar\nin".to_owned()).to_string(), "operator:karin");
    }
}

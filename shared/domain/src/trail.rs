//! The trail: what changed, when, and by whom (R41). Entries are hash-chained, one chain for each writer; what that
//! proves, and how it is checked, stands in [`chain`]; how it is taken away and checked elsewhere, in [`export`].

pub mod chain;
pub mod export;

use crate::{
    clock::Timestamp,
    ids::{OrganisationId, UserId},
};
use serde_json::Value;
use std::{fmt, str::FromStr};

/// A service that writes tables of its own: each has its own chain, and its own rows of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Writer {
    /// Organisations, users, permissions, agreements.
    Agreements,
    /// Watches and contact points.
    Watches,
    /// What operators do.
    Operators,
}

impl Writer {
    /// Every writer, in the order in which a transaction that writes for several appends to their chains.
    pub const ALL: [Self; 3] = [Self::Agreements, Self::Watches, Self::Operators];

    /// The name in storage, which is also that of its chain.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agreements => "agreements",
            Self::Watches => "watches",
            Self::Operators => "operators",
        }
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no chain's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown chain; known are agreements, watches, operators")]
pub struct UnknownWriter;

impl FromStr for Writer {
    type Err = UnknownWriter;

    fn from_str(text: &str) -> Result<Self, UnknownWriter> {
        Self::ALL.into_iter().find(|writer| writer.as_str() == text).ok_or(UnknownWriter)
    }
}

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

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// What was done, in the past tense.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {$(
            $(#[$doc])*
            $name,
        )+}

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name in storage.
            pub const fn as_str(self) -> &'static str {
                match self {$(
                    Self::$name => $text,
                )+}
            }
        }
    };
}

actions! {
    /// A company became known.
    CompanyAdded = "company_added";
    /// Its name or form changed.
    CompanyChanged = "company_changed";
    /// A company connected to the service.
    AgreementConnected = "agreement_connected";
    /// Another version of the agreement with other kinds.
    ScopeChanged = "scope_changed";
    /// The agreement ended.
    AgreementEnded = "agreement_ended";
    /// Somebody asked for what has to be signed.
    OrderPlaced = "order_placed";
    /// One signature is there.
    OrderSigned = "order_signed";
    /// Withdrawn before it was complete.
    OrderCancelled = "order_cancelled";
    /// Not complete in time.
    OrderExpired = "order_expired";
    /// Complete, but no longer allowed (R4).
    OrderRefused = "order_refused";
    /// A user of a company.
    UserAdded = "user_added";
    /// A user's name, language or access changed.
    UserChanged = "user_changed";
    /// A user left the company.
    UserRemoved = "user_removed";
    /// An administrator stopped a user.
    UserBlocked = "user_blocked";
    /// An administrator let a user in again.
    UserUnblocked = "user_unblocked";
    /// A user was not approved in time (R23).
    UserDenied = "user_denied";
    /// A user's access ran out (R23).
    UserExpired = "user_expired";
    /// A user got a permission.
    PermissionGranted = "permission_granted";
    /// A user lost a permission.
    PermissionRevoked = "permission_revoked";
    /// A user got a mandate to sign.
    MandateGranted = "mandate_granted";
    /// A user lost a mandate to sign.
    MandateRevoked = "mandate_revoked";
    /// The clauses of the company register were replaced.
    SigningRuleChanged = "signing_rule_changed";
    /// A person got a security token, or a token another key.
    TokenAssigned = "token_assigned";
    /// Too many wrong answers: no answer of a person's security token counts any more.
    TokenLocked = "token_locked";
    /// The bank lets a locked security token answer again.
    TokenUnlocked = "token_unlocked";
    /// The bank took a security token away.
    TokenRevoked = "token_revoked";
    /// A session began.
    SignedIn = "signed_in";
    /// No session began.
    SignInFailed = "sign_in_failed";
    /// A session was ended by its owner.
    SignedOut = "signed_out";
    /// A user chose how to be told of a kind.
    WatchChanged = "watch_changed";
    /// A user no longer watches a kind.
    WatchRemoved = "watch_removed";
    /// A watch was switched off by the link in a mail.
    WatchSwitchedOff = "watch_switched_off";
    /// Its user switched it on again.
    WatchSwitchedOn = "watch_switched_on";
    /// A permission administrator found what the company watches still right.
    CoverageReviewed = "coverage_reviewed";
    /// A number or address was given.
    ContactAdded = "contact_added";
    /// Its owner has confirmed it (R28).
    ContactConfirmed = "contact_confirmed";
    /// It no longer counts as confirmed.
    ContactUnconfirmed = "contact_unconfirmed";
    /// A number or address was removed.
    ContactRemoved = "contact_removed";
    /// An operator put events on the bus (R37).
    EventsInjected = "events_injected";
    /// An operator wants to put events on the bus that another has to approve (R37).
    InjectionProposed = "injection_proposed";
    /// Another operator let it happen.
    InjectionApproved = "injection_approved";
    /// Another operator, or whoever proposed it, stopped it.
    InjectionRejected = "injection_rejected";
    /// Nobody approved it in time.
    InjectionExpired = "injection_expired";
    /// An operator sent a dead letter in again (R40).
    DeadLetterRequeued = "dead_letter_requeued";
    /// An operator gave a dead letter up (R40).
    DeadLetterDiscarded = "dead_letter_discarded";
    /// An operator read what a dead letter holds.
    DeadLetterRead = "dead_letter_read";
    /// An operator read what an event holds.
    EventRead = "event_read";
    /// An operator let those be told of an event who were not and now would be.
    EventSentAgain = "event_sent_again";
    /// An operator let an alert be tried again at once.
    DeliveryRetried = "delivery_retried";
    /// An operator stopped an alert.
    DeliveryCancelled = "delivery_cancelled";
    /// An operator stopped a channel.
    ChannelPaused = "channel_paused";
    /// An operator let a channel run again.
    ChannelResumed = "channel_resumed";
    /// An operator sent a test through a channel.
    ChannelTested = "channel_tested";
    /// An operator signed in.
    OperatorSignedIn = "operator_signed_in";
    /// Somebody who has no role, or whose answer from the provider did not count.
    OperatorSignInFailed = "operator_sign_in_failed";
    /// An operator signed out.
    OperatorSignedOut = "operator_signed_out";
    /// A client got a token.
    ClientTokenIssued = "client_token_issued";
    /// A client's token counts no more.
    ClientTokenRevoked = "client_token_revoked";
    /// An auditor took the trail away.
    TrailExported = "trail_exported";
}

/// A name that is no action's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown action")]
pub struct UnknownAction;

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text).ok_or(UnknownAction)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

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
    use std::collections::HashSet;
    use uuid::Uuid;

    #[test]
    fn every_action_and_writer_has_a_name_of_its_own() {
        let names: HashSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for writer in Writer::ALL {
            assert_eq!(writer.as_str().parse(), Ok(writer));
        }
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(*action));
        }
        assert_eq!("forgotten".parse::<Action>(), Err(UnknownAction));
        assert_eq!("bank".parse::<Writer>(), Err(UnknownWriter));
    }

    #[test]
    fn an_actor_is_one_word() {
        assert_eq!(Actor::User(UserId(Uuid::nil())).to_string(), "user:00000000-0000-0000-0000-000000000000");
        assert_eq!(Actor::Operator("k\0ar\nin".to_owned()).to_string(), "operator:karin");
    }
}

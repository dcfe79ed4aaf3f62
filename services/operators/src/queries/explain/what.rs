//! What counts for a decision, as plain data.

use super::explanation::Named;
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp},
    entitlement::Reason,
    event::Amount,
    watch::{Because, Channel},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that counts for the decision about a user, as it is now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fact {
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// Since when, where that is known.
    #[schema(required)]
    pub since: Option<Timestamp>,
    /// Whether the decision that is shown rests on it.
    pub decides: bool,
    /// Whether it came to be only after a stored event was decided about: then it was otherwise.
    pub changed_since: bool,
}

/// What counts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum What {
    /// The company has an agreement in force.
    AgreementInForce {
        /// Its version.
        version: u32,
    },
    /// It has none (R17).
    NoAgreement,
    /// The agreement covers the kind.
    KindCovered,
    /// It does not (R15).
    KindNotCovered,
    /// Telling helps until then.
    Expiry {
        /// When.
        at: Timestamp,
        /// Whether that time has come.
        passed: bool,
    },
    /// The user became one.
    UserActive,
    /// The user is blocked (R22).
    UserBlocked,
    /// The user was not approved in time (R23).
    UserDenied,
    /// The user's access has run out (R23).
    UserExpired,
    /// The user is removed from the company (R22).
    UserRemoved,
    /// The agreement alone gives access (R19).
    Unrestricted,
    /// A restricted user with *Hantera Bevaka ärenden* (R20).
    Permitted,
    /// A restricted user without it.
    NotPermitted,
    /// The event is addressed to this user, or names them (R29).
    Addressed,
    /// It is addressed to another, or names others.
    NotAddressed,
    /// The user watches the kind.
    Watches {
        /// By which ways.
        channels: Vec<Channel>,
    },
    /// The user does not (R24).
    NoWatch,
    /// The watch is switched off from a mail.
    WatchOff,
    /// The user wants to hear of such amounts only.
    LeastAmount {
        /// The least, in Swedish kronor.
        least: Amount,
        /// Whether the event is about less.
        stops: bool,
    },
    /// The user chose accounts.
    Accounts {
        /// How many.
        count: u32,
        /// Whether the event is about another.
        stops: bool,
    },
    /// The watch is, was or will be paused.
    Pause {
        /// The first moment.
        from: Timestamp,
        /// The first day on which events are told again.
        until: LocalDate,
        /// Whether the event came meanwhile.
        stops: bool,
    },
    /// A contact point that was chosen is confirmed.
    ContactConfirmed {
        /// By which way.
        channel: Channel,
        /// To where, masked.
        to: String,
    },
    /// It is not (R28).
    ContactNotConfirmed {
        /// By which way.
        channel: Channel,
        /// To where, masked.
        to: String,
    },
    /// It is gone.
    ContactGone {
        /// By which way.
        channel: Channel,
    },
    /// When the user wants alerts.
    Times {
        /// In which hours nothing is sent.
        #[schema(required)]
        quiet: Option<QuietTime>,
        /// Whether nothing is sent on Saturdays and Sundays.
        weekdays_only: bool,
        /// Whether alerts are sent together.
        gathered: bool,
    },
    /// By those times the alerts leave later, and before the event expires.
    Held {
        /// When.
        until: Timestamp,
        /// Why.
        because: Because,
    },
    /// The user is away, and another is told instead.
    StoodInBy {
        /// Who.
        user: Named,
    },
    /// The user is told for others who are away.
    StandsInFor {
        /// Whom.
        users: Vec<Named>,
    },
}

/// Hours in which nothing is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuietTime {
    /// The first quiet minute.
    pub from: TimeOfDay,
    /// The first minute that is not quiet any more.
    pub to: TimeOfDay,
}

impl What {
    /// For which reason it lets nobody be told.
    pub const fn stops(&self) -> Option<Reason> {
        Some(match self {
            Self::NoAgreement => Reason::NoActiveAgreement,
            Self::KindNotCovered => Reason::KindNotInScope,
            Self::Expiry { passed: true, .. } => Reason::EventExpired,
            Self::UserBlocked => Reason::UserBlocked,
            Self::UserDenied => Reason::UserDenied,
            Self::UserExpired => Reason::UserExpired,
            Self::UserRemoved => Reason::UserRemoved,
            Self::NotPermitted => Reason::NoAccess,
            Self::NotAddressed => Reason::NotAddressed,
            Self::NoWatch => Reason::NoWatch,
            Self::WatchOff => Reason::WatchOff,
            Self::LeastAmount { stops: true, .. } => Reason::BelowLeastAmount,
            Self::Accounts { stops: true, .. } => Reason::AccountNotChosen,
            Self::Pause { stops: true, .. } => Reason::Paused,
            Self::ContactGone { .. } => Reason::ContactMissing,
            Self::ContactNotConfirmed { .. } => Reason::ContactNotVerified,
            Self::StoodInBy { .. } => Reason::StoodIn,
            _ => return None,
        })
    }

    /// Whether telling somebody rests on it.
    pub const fn carries(&self) -> bool {
        matches!(
            self,
            Self::AgreementInForce { .. }
                | Self::Permitted
                | Self::Addressed
                | Self::Watches { .. }
                | Self::Held { .. }
                | Self::StandsInFor { .. }
        )
    }
}

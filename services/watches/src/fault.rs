//! Why a command was not carried out, or a query not answered.

use bevaka_domain::{
    clock::{LocalDate, Timestamp},
    contact::InvalidAddress,
    watch::{Channel, Watch},
};
use bevaka_store::{StoreError, watch_sets::Version};
use std::time::Duration;
use strum::{Display, IntoStaticStr};

/// Why not. Nothing has been changed, but that a wrong code was counted. The sentences are what the API says of it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The caller is not an active user of the company.
    #[error("You are not an active user of the company.")]
    NotActive,
    /// The company has no agreement in force.
    #[error("The company has no agreement in force.")]
    NoAgreement {
        /// The names of who can connect it.
        signatories: Vec<String>,
    },
    /// A restricted user without *Hantera Bevaka ärenden* (R20).
    #[error("You have restricted access, and lack the permission Hantera Bevaka ärenden.")]
    NoAccess {
        /// The names of who can grant it.
        administrators: Vec<String>,
    },
    /// Only permission administrators see what the whole company watches.
    #[error("Only permission administrators see what the whole company watches.")]
    NotAdministrator {
        /// The names of who are.
        administrators: Vec<String>,
    },
    /// There is no such thing, or it is another user's.
    #[error("not found")]
    NotFound,
    /// The watches have changed since the caller read them.
    #[error("The watches have changed since you read them. Nothing was changed by you.")]
    Stale(Box<Stale>),
    /// Fields do not hold what they must; every one of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// A limit on what is sent at a user's wish.
    #[error("At most {most} {}. Nothing was sent or changed.", limit.counted())]
    TooMany {
        /// Which limit.
        limit: Limit,
        /// How many within an hour.
        most: u32,
        /// From when on the next one is sent.
        until: Timestamp,
        /// How long that is from now.
        after: Duration,
    },
    /// Nothing but its code is sent to a contact point that is not confirmed (R28).
    #[error("Nothing but its code is sent to a contact point that is not confirmed.")]
    NotConfirmed,
    /// The contact point is confirmed already, and needs no code.
    #[error("The contact point is confirmed, and needs no code.")]
    AlreadyConfirmed,
    /// The code does not confirm the contact point (R28).
    #[error("{0}")]
    Code(CodeFault),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is stored now, for whoever wanted to save over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The version to save over, and since when it stands.
    pub version: Version,
    /// All watches of the user as they stand.
    pub watches: Vec<Watch>,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr)]
pub enum Limit {
    /// Codes of one user within an hour.
    #[strum(serialize = "codes_per_hour")]
    Codes,
    /// Codes of one user within a day.
    #[strum(serialize = "codes_per_day")]
    CodesOfDay,
    /// Codes to one number or address within an hour.
    #[strum(serialize = "codes_per_address_per_hour")]
    CodesToAddress,
    /// Codes to one number or address within a day.
    #[strum(serialize = "codes_per_address_per_day")]
    CodesToAddressOfDay,
    /// Test alerts of one user within an hour.
    #[strum(serialize = "tests_per_hour")]
    Tests,
}

impl Limit {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What there is a most of.
    const fn counted(self) -> &'static str {
        match self {
            Self::Codes => "codes to one user are sent within an hour",
            Self::CodesOfDay => "codes to one user are sent within 24 hours",
            Self::CodesToAddress => "codes to one number or address are sent within an hour",
            Self::CodesToAddressOfDay => "codes to one number or address are sent within 24 hours",
            Self::Tests => "test alerts to one user are sent within an hour",
        }
    }

    /// The time in which sendings are counted.
    pub const fn within(self) -> Duration {
        match self {
            Self::Codes | Self::CodesToAddress | Self::Tests => Duration::from_secs(60 * 60),
            Self::CodesOfDay | Self::CodesToAddressOfDay => Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// Why a code does not confirm a contact point (R28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "code_")]
pub enum CodeFault {
    /// It is not the one that was sent.
    #[error("It is not the code that was sent. {tries_left} tries are left.")]
    Wrong {
        /// How often one may still try.
        tries_left: u32,
    },
    /// Too many wrong ones; let a new one be sent.
    #[error("There were too many wrong codes.")]
    UsedUp,
    /// It is too old; let a new one be sent.
    #[error("The code is older than 30 minutes.")]
    Expired,
    /// None was sent.
    #[error("No code was sent.")]
    NoneSent,
}

impl CodeFault {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A field that does not hold what it must.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {broken}")]
pub struct Invalid {
    /// Its path, such as `choices[payment.rejected].quiet`.
    pub field: String,
    /// What is wrong.
    pub broken: Broken,
}

/// What is wrong with a field; the words name the limit and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Broken {
    /// The catalogue does not have the kind.
    #[error("there is no such kind; known are {known}")]
    UnknownKind {
        /// All kinds.
        known: String,
    },
    /// The agreement does not cover the kind (R26).
    #[error(
        "the agreement does not cover this kind; leave it out, or ask a signatory to change the agreement"
    )]
    OutOfScope,
    /// The kind is there twice.
    #[error("this kind is there more than once; send one choice for each kind")]
    Twice,
    /// It is not a contact point of the caller's.
    #[error("not one of your contact points; choose one of them, or add it first")]
    NotYours,
    /// The contact point belongs to another channel.
    #[error("this contact point is not for {channel}; choose one that is")]
    OtherChannel {
        /// The channel that it was chosen for.
        channel: Channel,
    },
    /// The kind is told at once or not at all.
    #[error("alerts of this kind are always sent at once; leave the setting out")]
    Critical,
    /// The events of the kind do not tell what to narrow by.
    #[error("events of this kind do not tell this; leave the setting out")]
    NoSuchFilter,
    /// Too many accounts.
    #[error("at most {most} accounts; leave the list empty for all accounts")]
    TooManyAccounts {
        /// How many.
        most: usize,
    },
    /// Quiet hours that begin when they end.
    #[error("quiet hours cannot end when they begin; to be told nothing, pause the watch")]
    AlwaysQuiet,
    /// Gathering takes longer than telling of the kind helps.
    #[error("alerts of this kind help for {hours} hours only; gather them more often, or not at all")]
    DigestTooSlow {
        /// For how long telling helps.
        hours: u64,
    },
    /// Not an active colleague with access to watches.
    #[error("not an active colleague with access to watches; choose one of those")]
    NotAColleague,
    /// Nobody stands in for themselves.
    #[error("you cannot stand in for yourself; choose a colleague")]
    Yourself,
    /// The last day lies before the first.
    #[error("the last day lies before the first, {from}; choose a later one")]
    EndsBeforeItBegins {
        /// The first day.
        from: LocalDate,
    },
    /// The day is over.
    #[error("this day is over; choose {earliest} or a later one")]
    Past {
        /// The first day that can be chosen.
        earliest: LocalDate,
    },
    /// Too far ahead.
    #[error("at most one year: choose {latest} or an earlier day")]
    TooFarAhead {
        /// The last day that can be chosen.
        latest: LocalDate,
    },
    /// Not six digits.
    #[error("a code has six digits; write it as it was sent")]
    NotSixDigits,
    /// Not a number or address.
    #[error("{0}")]
    #[strum(transparent)]
    Address(#[from] InvalidAddress),
    /// The user has it already.
    #[error("you have this contact point already; use that one, or remove it first")]
    Taken,
    /// The user has as many as there may be.
    #[error("at most {most} contact points; remove one first")]
    TooManyContacts {
        /// How many.
        most: usize,
    },
}

impl Broken {
    /// The name in the API, and of the text on pages.
    pub fn as_str(&self) -> &'static str {
        self.into()
    }
}

impl Invalid {
    pub(crate) fn new(field: impl Into<String>, broken: impl Into<Broken>) -> Self {
        Self { field: field.into(), broken: broken.into() }
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(vec![invalid])
    }
}

impl From<bevaka_portal::Error> for Fault {
    fn from(fault: bevaka_portal::Error) -> Self {
        match fault {
            bevaka_portal::Error::NotFound => Self::NotFound,
            bevaka_portal::Error::Store(fault) => Self::Store(fault),
        }
    }
}

/// What a command or query gives.
pub type Outcome<T> = Result<T, Fault>;

//! What can be wrong in *Ändra mina bevakningar* (R26, R46).

use super::{Field, FieldFault};

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditFault {
    /// Of which kind, such as `payment.rejected`.
    pub kind: String,
    /// The kind's name.
    pub name: String,
    /// Which field.
    pub field: Field,
    /// Why.
    pub why: Wrong,
}

/// Why a field is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// SMS is ticked, and there is no number.
    NoNumber,
    /// E-mail is ticked, and there is no address.
    NoAddress,
    /// The contact point is not the user's, or has been removed meanwhile.
    ContactGone,
    /// Not an amount in kronor.
    Amount,
    /// Not an account number.
    Account,
    /// More accounts than a watch can hold.
    TooManyAccounts {
        /// How many it can.
        most: usize,
    },
    /// Only one end of the quiet hours is set.
    QuietHalf,
    /// Both ends of the quiet hours are the same.
    QuietEmpty,
    /// Not a time of day.
    Time,
    /// Not a time zone.
    Zone,
    /// A critical kind may not be silenced.
    Critical,
    /// A digest needs a time.
    DigestTime,
    /// A weekly digest needs a day.
    DigestDay,
    /// Gathering takes longer than telling of the kind helps.
    DigestTooSlow {
        /// For how many hours telling helps.
        hours: u64,
    },
    /// Not a date.
    Date,
    /// The date has passed.
    DatePassed,
    /// The date is too far ahead.
    DateTooFar,
    /// Dates are set without a colleague.
    StandInMissing,
    /// A colleague is set without both dates.
    StandInDates,
    /// The last day lies before the first.
    StandInOrder,
    /// The colleague has no right to this kind, or is no longer a user.
    StandInNoRight,
    /// The agreement no longer covers the kind (R26).
    Outside,
}

impl Wrong {
    const fn key(self) -> &'static str {
        match self {
            Self::NoNumber => "edit-fault-no-number",
            Self::NoAddress => "edit-fault-no-address",
            Self::ContactGone => "edit-fault-contact-gone",
            Self::Amount => "edit-fault-amount",
            Self::Account => "edit-fault-account",
            Self::TooManyAccounts { .. } => "edit-fault-too-many-accounts",
            Self::QuietHalf => "edit-fault-quiet-half",
            Self::QuietEmpty => "edit-fault-quiet-empty",
            Self::Time => "edit-fault-time",
            Self::Zone => "edit-fault-zone",
            Self::Critical => "edit-fault-critical",
            Self::DigestTime => "edit-fault-digest-time",
            Self::DigestDay => "edit-fault-digest-day",
            Self::DigestTooSlow { .. } => "edit-fault-digest-too-slow",
            Self::Date => "edit-fault-date",
            Self::DatePassed => "edit-fault-date-passed",
            Self::DateTooFar => "edit-fault-date-too-far",
            Self::StandInMissing => "edit-fault-stand-in-missing",
            Self::StandInDates => "edit-fault-stand-in-dates",
            Self::StandInOrder => "edit-fault-stand-in-order",
            Self::StandInNoRight => "edit-fault-stand-in-no-right",
            Self::Outside => "edit-fault-outside",
        }
    }
}

impl EditFault {
    pub(super) fn field(&self) -> FieldFault {
        let fault = FieldFault::new(self.field.of(&self.kind), self.why.key()).with("kind", &self.name);
        match self.why {
            Wrong::TooManyAccounts { most } => fault.with("most", most.to_string()),
            Wrong::DigestTooSlow { hours } => fault.with("hours", hours.to_string()),
            _ => fault,
        }
    }
}

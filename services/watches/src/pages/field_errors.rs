//! What a command found wrong, beside the field of *Ändra* that it is about (R26, R46).

use super::form::Field;
use crate::{
    fault::{Broken, Invalid},
    queries::mine::ContactView,
};
use bevaka_domain::watch::Channel;
use bevaka_web::page::FieldError;

/// The field in which a contact point is chosen: of a single one there is only the box to tick.
pub(super) const fn where_to(channel: Channel, contacts: usize) -> Field {
    match (channel, contacts) {
        (Channel::Sms, 0 | 1) => Field::Sms,
        (Channel::Sms, _) => Field::SmsTo,
        (Channel::Email, 0 | 1) => Field::Email,
        (Channel::Email, _) => Field::EmailTo,
    }
}

/// Of which kind and in which field a command found what is wrong.
pub(super) fn found<'a>(invalid: &'a Invalid, contacts: &[ContactView]) -> Option<(&'a str, Field, Wrong)> {
    let (kind, rest) = invalid.field.strip_prefix("choices[")?.split_once(']')?;
    let own = |channel| {
        let own = contacts.iter().filter(|contact| contact.address.channel() == channel);
        where_to(channel, own.count())
    };
    let field = match (rest.trim_start_matches('.'), &invalid.broken) {
        ("", _) => Field::Sms,
        ("sms", _) => own(Channel::Sms),
        ("email", _) => own(Channel::Email),
        ("least_amount", _) => Field::LeastAmount,
        ("accounts", _) => Field::Accounts,
        ("quiet", Broken::AlwaysQuiet) => Field::QuietTo,
        ("quiet", _) => Field::QuietFrom,
        ("weekdays_only", _) => Field::WeekdaysOnly,
        ("digest", _) => Field::Digest,
        ("pause", _) => Field::PauseUntil,
        ("stand_in", Broken::NotAColleague | Broken::Yourself) => Field::StandIn,
        ("stand_in", _) => Field::StandInTo,
        _ => return None,
    };
    Some((kind, field, wrong(&invalid.broken, field)?))
}

fn wrong(broken: &Broken, field: Field) -> Option<Wrong> {
    Some(match broken {
        Broken::UnknownKind { .. } | Broken::OutOfScope => Wrong::Outside,
        Broken::NotYours | Broken::OtherChannel { .. } => Wrong::ContactGone,
        Broken::Critical => Wrong::Critical,
        Broken::TooManyAccounts { most } => Wrong::TooManyAccounts { most: *most },
        Broken::AlwaysQuiet => Wrong::QuietEmpty,
        Broken::DigestTooSlow { hours } => Wrong::DigestTooSlow { hours: *hours },
        Broken::NotAColleague | Broken::Yourself => Wrong::StandInNoRight,
        Broken::EndsBeforeItBegins { .. } => Wrong::StandInOrder,
        Broken::Past { .. } => Wrong::DatePassed,
        Broken::TooFarAhead { .. } => Wrong::DateTooFar,
        Broken::NoSuchFilter if field == Field::LeastAmount => Wrong::Amount,
        Broken::NoSuchFilter => Wrong::Account,
        Broken::Twice
        | Broken::NotSixDigits
        | Broken::Address(_)
        | Broken::Taken
        | Broken::TooManyContacts { .. } => return None,
    })
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditFault {
    /// Of which kind, such as `payment.rejected`.
    pub kind: String,
    pub name: String,
    pub field: Field,
    pub why: Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// SMS is ticked, and there is no number.
    NoNumber,
    /// E-mail is ticked, and there is no address.
    NoAddress,
    /// The contact point is not the user's, or has been removed meanwhile.
    ContactGone,
    Amount,
    Account,
    /// More accounts than a watch can hold.
    TooManyAccounts {
        most: usize,
    },
    /// Only one end of the quiet hours is set.
    QuietHalf,
    /// Both ends of the quiet hours are the same.
    QuietEmpty,
    Time,
    Zone,
    /// A critical kind may not be silenced.
    Critical,
    DigestTime,
    /// A weekly digest needs a day.
    DigestDay,
    /// Gathering takes longer than telling of the kind helps.
    DigestTooSlow {
        /// For how many hours telling helps.
        hours: u64,
    },
    Date,
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
    pub(super) fn field(&self) -> FieldError {
        let fault = FieldError::new(self.field.of(&self.kind), self.why.key()).with("kind", &self.name);
        match self.why {
            Wrong::TooManyAccounts { most } => fault.with("most", most.to_string()),
            Wrong::DigestTooSlow { hours } => fault.with("hours", hours.to_string()),
            _ => fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::mine::ContactState;
    use bevaka_domain::{clock::LocalDate, contact::Address, ids::ContactId};
    use uuid::Uuid;

    fn contact(number: u128, text: &str) -> ContactView {
        ContactView {
            id: ContactId(Uuid::from_u128(number)),
            address: text.parse::<Address>().unwrap(),
            state: ContactState::Unconfirmed,
            replaces: None,
            used_for: Vec::new(),
        }
    }

    #[test]
    fn what_a_command_finds_stands_beside_the_field_that_it_is_about() {
        let two = [contact(1, "070-174 06 05"), contact(3, "073-555 01 02")];
        for (field, broken, shown) in [
            ("", Broken::OutOfScope, (Field::Sms, Wrong::Outside)),
            (".sms", Broken::NotYours, (Field::SmsTo, Wrong::ContactGone)),
            (".email", Broken::NotYours, (Field::Email, Wrong::ContactGone)),
            (".quiet", Broken::AlwaysQuiet, (Field::QuietTo, Wrong::QuietEmpty)),
            (".quiet", Broken::Critical, (Field::QuietFrom, Wrong::Critical)),
            (
                ".digest",
                Broken::DigestTooSlow { hours: 72 },
                (Field::Digest, Wrong::DigestTooSlow { hours: 72 }),
            ),
            (".stand_in", Broken::Yourself, (Field::StandIn, Wrong::StandInNoRight)),
            (
                ".stand_in",
                Broken::EndsBeforeItBegins { from: LocalDate::parse("2026-12-01").unwrap() },
                (Field::StandInTo, Wrong::StandInOrder),
            ),
        ] {
            let invalid = Invalid::new(format!("choices[payment.rejected]{field}"), broken);
            let found = found(&invalid, &two);
            assert_eq!(found, Some(("payment.rejected", shown.0, shown.1)), "{field}");
        }
        assert_eq!(found(&Invalid::new("address", Broken::Taken), &two), None);
    }
}

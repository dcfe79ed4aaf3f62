//! What a command found wrong, beside the field of *Ändra* that it is about (R26, R46).

use crate::{
    fault::{Broken, Invalid},
    queries::mine::ContactView,
    views::{Field, Wrong},
};
use bevaka_domain::watch::Channel;

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

//! Contact points, watches and what they are set to, as views show them.

use super::{
    timing::Away,
    watches::{Chosen, ContactChoice, Unconfirmed},
};
use crate::{
    commands::contacts::CODE_VALID,
    paths,
    queries::mine::{ContactState, ContactView, Mine},
};
use bevaka_domain::{
    clock::LocalDate,
    contact::Address,
    ids::ContactId,
    watch::{Channel, Settings, Watch},
};

/// The beginning of Swedish mobile numbers in E.164.
const SWEDISH_MOBILE: &str = "+467";

/// A number or address as people write it.
pub(super) fn address(address: &Address) -> String {
    let text = address.reveal();
    let swedish = text.strip_prefix(SWEDISH_MOBILE).filter(|rest| rest.len() == 8 && rest.is_ascii());
    match swedish {
        Some(rest) => format!("07{}-{} {} {}", &rest[..1], &rest[1..4], &rest[4..6], &rest[6..]),
        None => text.to_owned(),
    }
}

/// A contact point of the user's.
pub(super) fn contact(contacts: &[ContactView], id: ContactId) -> Option<&ContactView> {
    contacts.iter().find(|contact| contact.id == id)
}

/// The address of a contact point of the user's.
pub(super) fn address_of(contacts: &[ContactView], id: ContactId) -> Option<String> {
    contact(contacts, id).map(|contact| address(&contact.address))
}

pub(super) const fn is_confirmed(contact: &ContactView) -> bool {
    matches!(contact.state, ContactState::Confirmed { .. })
}

pub(super) fn choosable(contact: &ContactView) -> ContactChoice {
    ContactChoice {
        id: contact.id.to_string(),
        address: address(&contact.address),
        confirmed: is_confirmed(contact),
    }
}

/// The user's contact points of a channel.
pub(super) fn of_channel(mine: &Mine, channel: Channel) -> impl Iterator<Item = &ContactView> {
    mine.contacts.iter().filter(move |contact| contact.address.channel() == channel)
}

/// A contact point that nothing is sent to yet; none for a confirmed one.
pub(super) fn unconfirmed(contact: &ContactView) -> Option<Unconfirmed> {
    let sent_at = match contact.state {
        ContactState::Confirmed { .. } => return None,
        ContactState::CodeUnderWay { until, .. } => Some(until.minus(CODE_VALID)),
        ContactState::Unconfirmed => None,
    };
    Some(Unconfirmed { address: address(&contact.address), sent_at, new_code: paths::new_code(contact.id) })
}

/// What is chosen for one channel of a watch.
pub(super) fn chosen(watch: Option<&Watch>, channel: Channel, contacts: &[ContactView]) -> Chosen {
    let Some(chosen) = watch.and_then(|watch| watch.channels.get(&channel)) else { return Chosen::No };
    match chosen.and_then(|id| contact(contacts, id)) {
        None => Chosen::Missing,
        Some(contact) if is_confirmed(contact) => Chosen::Yes { address: address(&contact.address) },
        Some(contact) => Chosen::Unconfirmed { address: address(&contact.address) },
    }
}

/// Pause and stand-in that are not over. A stand-in who is no longer a user has no name, and is left out.
pub(super) fn away(settings: &Settings, stand_in: Option<&str>, today: LocalDate) -> Vec<Away> {
    let pause = settings.pause.filter(|pause| pause.until > today);
    let who = settings.stand_in.filter(|stand_in| stand_in.to >= today).zip(stand_in);
    let pause = pause.map(|pause| Away::Paused { until: pause.until });
    let who = who.map(|(days, name)| Away::StandIn { name: name.to_owned(), from: days.from, to: days.to });
    pause.into_iter().chain(who).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::{
        clock::Timestamp,
        ids::UserId,
        watch::{Pause, StandIn},
    };
    use uuid::Uuid;

    #[test]
    fn numbers_are_written_as_in_sweden_and_others_with_their_country() {
        for (number, shown) in [("+46701740605", "070-174 06 05"), ("+4915123456789", "+4915123456789")] {
            assert_eq!(address(&Address::from_storage(Channel::Sms, number.to_owned())), shown);
        }
        let email = Address::from_storage(Channel::Email, "anna@exempelbolaget.se".to_owned());
        assert_eq!(address(&email), "anna@exempelbolaget.se");
    }

    #[test]
    fn what_is_over_is_not_told() {
        let day = |text| LocalDate::parse(text).unwrap();
        let settings = Settings {
            pause: Some(Pause { from: Timestamp::from_micros(0), until: day("2026-11-22") }),
            stand_in: Some(StandIn {
                user: UserId(Uuid::nil()),
                from: day("2026-11-20"),
                to: day("2026-11-22"),
            }),
            ..Settings::default()
        };
        assert_eq!(away(&settings, Some("Erik"), day("2026-11-21")).len(), 2);
        let last_day = away(&settings, Some("Erik"), day("2026-11-22"));
        assert!(matches!(&last_day[..], [Away::StandIn { name, .. }] if name == "Erik"));
        assert!(away(&settings, Some("Erik"), day("2026-11-23")).is_empty());
        assert!(away(&settings, None, day("2026-11-22")).is_empty());
    }
}

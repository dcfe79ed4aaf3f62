//! Every search gives exactly what a plain look at every row gives, page by page (R39).

use crate::world::*;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    entitlement::Reason,
    event::Origin,
    ids::{ContactId, EventId, OrganisationId, ParcelId, UserId},
    watch::Channel,
};
use bevaka_store::{
    Db, Tx, alerts, contacts, deliveries,
    events::{self, Decided},
    search::{self, CameBy, Company, DeliveryFilter, EventFilter, Span},
    watches,
};
use std::{cmp::Reverse, time::Duration};
use uuid::Uuid;

crate::on_both_engines! {
    r39_every_search_of_events_gives_what_a_look_at_every_row_gives
    r39_every_search_of_alerts_gives_what_a_look_at_every_row_gives
    r39_paging_stays_right_while_rows_arrive_and_with_equal_times
    r39_a_contact_point_is_found_by_its_hash_also_when_it_is_gone
    r39_what_became_of_events_is_counted
}

const EVENTS: u128 = 120;

/// Chance that is the same in every run.
struct Dice(u64);

impl Dice {
    fn of(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.of(3) == 0).then(|| value(self))
    }

    fn span(&mut self) -> Span {
        let from = self.maybe(|dice| moment(dice.of(60)));
        let until = self.maybe(|dice| moment(dice.of(60)));
        Span { from, until }
    }
}

/// The milliseconds in which things happen: two or more events in each.
fn moment(n: u64) -> Timestamp {
    NOW.plus(Duration::from_millis(n))
}

fn event_id(millis: u64, n: u128) -> EventId {
    EventId(Uuid::from_u128(alerts::first_id(moment(millis)).0.as_u128() + 1 + n))
}

fn company_of(n: u64) -> Company {
    let known = u32::try_from(n).unwrap();
    Company { id: (known < 3).then(|| id(u128::from(known))), number: number(known) }
}

const KINDS: [&str; 3] = ["payment.rejected", "message.received", "einvoice.received"];
const SOURCES: [&str; 2] = ["/payments", "/loans"];
const STATES: [&str; 7] = ["sending", "waiting", "accepted", "delivered", "failed", "expired", "suppressed"];

fn origin(n: u64) -> Origin {
    if n == 0 { Origin::Injection(Uuid::from_u128(7)) } else { Origin::DeadLetter(Uuid::from_u128(8)) }
}

fn any_event(dice: &mut Dice, n: u128) -> Decided {
    let mut new = event(n);
    let company = company_of(1 + dice.of(3));
    // Some came before the company was known.
    new.organisation = company.id.filter(|_| dice.of(4) > 0);
    new.event.organisation = company.number;
    new.event.id = event_id(dice.of(60), n);
    new.event.kind = kind(KINDS[usize::try_from(dice.of(3)).unwrap()]);
    new.event.source = SOURCES[usize::from(n % 2 == 1)].to_owned();
    // The same id of two publishers.
    new.event.external_id = format!("external-{}", n / 2);
    new.event.origin = dice.maybe(|dice| origin(dice.of(2)));
    new
}

fn state(name: &str) -> State {
    let (at, cause) = (after(60), "smtp_451".to_owned());
    match name {
        "sending" => State::Sending { lease_until: at },
        "waiting" => State::Waiting { next_attempt_at: at, cause },
        "accepted" => State::Accepted { reference: None },
        "delivered" => State::Delivered,
        "failed" => State::Failed { cause: "smtp_550".to_owned() },
        "expired" => State::Expired { cause },
        _ => State::Suppressed(Reason::NoAccess),
    }
}

fn any_alert(dice: &mut Dice, n: u128, event: &Decided) -> Delivery {
    Delivery {
        event: event.event.id,
        user: id(100 + u128::from(dice.of(6))),
        contact: id(1_000 + n % 40 + 40 * u128::from(dice.of(2))),
        channel: Channel::ALL[usize::try_from(dice.of(2)).unwrap()],
        state: state(STATES[usize::try_from(dice.of(7)).unwrap()]),
        parcel: dice.maybe(|dice| ParcelId(Uuid::from_u128(u128::from(dice.of(3))))),
        ..alert(n + 10_000, event.event.id, NOW)
    }
}

async fn filled(db: &Db) -> (Vec<Decided>, Vec<Delivery>) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let all: Vec<_> = (0..EVENTS).map(|n| any_event(&mut dice, n)).collect();
    let mut told = Vec::new();
    for (n, event) in (0..).zip(&all) {
        for side in 0..u128::from(dice.of(4)) {
            told.push(any_alert(&mut dice, n * 4 + side, event));
        }
    }
    told.sort_by_key(|alert| (alert.event, alert.contact));
    told.dedup_by_key(|alert| (alert.event, alert.contact));
    let mut tx = db.begin().await.unwrap();
    events::record(&mut tx, &all, &[], NOW).await.unwrap();
    insert_alerts(&mut tx, &told, NOW).await.unwrap();
    deliveries::save(&mut tx, &told, NOW).await.unwrap();
    tx.commit().await.unwrap();
    (all, told)
}

fn lies_in(span: Span, event: EventId) -> bool {
    let millis = i64::try_from(event.0.as_u128() >> 80).unwrap();
    span.from.is_none_or(|from| millis >= from.as_millis())
        && span.until.is_none_or(|until| millis < until.as_millis())
}

fn belongs(company: &Company, organisation: Option<OrganisationId>, event: &Decided) -> bool {
    match organisation {
        Some(_) => organisation == company.id,
        None => event.event.organisation == company.number,
    }
}

async fn r39_every_search_of_events_gives_what_a_look_at_every_row_gives(db: &Db) {
    let (all, _) = filled(db).await;
    let mut dice = Dice(42);
    let mut hits = 0;
    for _ in 0..250 {
        let filter = EventFilter {
            id: (dice.of(9) == 0).then(|| all[usize::try_from(dice.of(120)).unwrap()].event.id),
            external_id: (dice.of(5) == 0).then(|| format!("external-{}", dice.of(70))),
            source: dice.maybe(|dice| SOURCES[usize::try_from(dice.of(2)).unwrap()].to_owned()),
            company: dice.maybe(|dice| company_of(1 + dice.of(4))),
            kind: dice.maybe(|dice| kind(KINDS[usize::try_from(dice.of(3)).unwrap()])),
            came_by: (dice.of(5) == 0)
                .then(|| if dice.of(2) == 0 { CameBy::Any } else { CameBy::Exactly(origin(dice.of(2))) }),
            span: dice.span(),
        };
        let mut expected: Vec<_> = all
            .iter()
            .filter(|decided| {
                let event = &decided.event;
                filter.id.is_none_or(|id| event.id == id)
                    && filter.external_id.as_ref().is_none_or(|id| event.external_id == *id)
                    && filter.source.as_ref().is_none_or(|source| event.source == *source)
                    && filter.company.as_ref().is_none_or(|c| belongs(c, decided.organisation, decided))
                    && filter.kind.as_ref().is_none_or(|kind| event.kind == *kind)
                    && match filter.came_by {
                        None => true,
                        Some(CameBy::Any) => event.origin.is_some(),
                        Some(CameBy::Exactly(origin)) => event.origin == Some(origin),
                    }
                    && lies_in(filter.span, event.id)
            })
            .map(|decided| decided.event.id)
            .collect();
        expected.sort_by_key(|id| Reverse(*id));
        hits += expected.len();
        let limit = usize::try_from(1 + dice.of(30)).unwrap();
        let mut tx = db.begin_read().await.unwrap();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = search::events(&mut tx, &filter, after, limit).await.unwrap();
            assert!(page.rows.len() <= limit);
            found.extend(page.rows.iter().map(|event| event.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{filter:?}");
    }
    assert!(hits > 500, "the searches find something: {hits}");
}

async fn r39_every_search_of_alerts_gives_what_a_look_at_every_row_gives(db: &Db) {
    let (all, told) = filled(db).await;
    let event_of = |alert: &Delivery| all.iter().find(|decided| decided.event.id == alert.event).unwrap();
    let mut dice = Dice(4_711);
    let mut hits = 0;
    for _ in 0..350 {
        let some = |dice: &mut Dice| told[usize::try_from(dice.of(told.len() as u64)).unwrap()].clone();
        let users = dice.maybe(|dice| (0..=dice.of(2)).map(|_| some(dice).user).collect());
        let filter = DeliveryFilter {
            id: (dice.of(12) == 0).then(|| some(&mut dice).id),
            event: (dice.of(8) == 0).then(|| some(&mut dice).event),
            parcel: (dice.of(8) == 0).then(|| ParcelId(Uuid::from_u128(u128::from(dice.of(4))))),
            company: dice.maybe(|dice| company_of(1 + dice.of(4))),
            users,
            contacts: (dice.of(6) == 0)
                .then(|| (0..3).map(|_| some(&mut dice)).map(|alert| (alert.contact, alert.user)).collect()),
            channel: dice.maybe(|dice| Channel::ALL[usize::try_from(dice.of(2)).unwrap()]),
            kind: dice.maybe(|dice| kind(KINDS[usize::try_from(dice.of(3)).unwrap()])),
            state: dice.maybe(|dice| STATES[usize::try_from(dice.of(7)).unwrap()].to_owned()),
            cause: (dice.of(6) == 0).then(|| "smtp_550".to_owned()),
            span: dice.span(),
        };
        let mut expected: Vec<_> = told
            .iter()
            .filter(|alert| {
                let decided = event_of(alert);
                // A contact point belongs to one user; the rows of this test do not all keep to it.
                let contact = |contacts: &std::collections::BTreeMap<ContactId, UserId>| {
                    contacts.contains_key(&alert.contact) && contacts.values().any(|user| *user == alert.user)
                };
                filter.id.is_none_or(|id| alert.id == id)
                    && filter.event.is_none_or(|event| alert.event == event)
                    && filter.parcel.is_none_or(|parcel| alert.parcel == Some(parcel))
                    && filter.company.as_ref().is_none_or(|c| belongs(c, decided.organisation, decided))
                    && filter.users.as_ref().is_none_or(|users| users.contains(&alert.user))
                    && filter.contacts.as_ref().is_none_or(|contacts| {
                        let by_id =
                            filter.id.or(None).is_some() || filter.parcel.is_some() || filter.event.is_some();
                        if by_id { contacts.contains_key(&alert.contact) } else { contact(contacts) }
                    })
                    && filter.channel.is_none_or(|channel| alert.channel == channel)
                    && filter.kind.as_ref().is_none_or(|kind| decided.event.kind == *kind)
                    && filter.state.as_ref().is_none_or(|state| alert.state.name() == state)
                    && filter.cause.as_ref().is_none_or(|cause| alert.state.cause() == Some(cause))
                    && lies_in(filter.span, alert.event)
            })
            .map(|alert| (alert.event, alert.contact))
            .collect();
        expected.sort_by_key(|key| Reverse(*key));
        hits += expected.len();
        let limit = usize::try_from(1 + dice.of(30)).unwrap();
        let mut tx = db.begin_read().await.unwrap();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = search::deliveries(&mut tx, &filter, after, limit).await.unwrap();
            assert!(page.rows.len() <= limit);
            found.extend(page.rows.iter().map(|alert| (alert.event, alert.contact)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{filter:?}");
    }
    assert!(hits > 500, "the searches find something: {hits}");
}

async fn arrives(tx: &mut Tx, event: &Decided, alert: Delivery) {
    events::record(tx, std::slice::from_ref(event), &[], NOW).await.unwrap();
    deliveries::insert(tx, &alert, NOW).await.unwrap();
}

async fn r39_paging_stays_right_while_rows_arrive_and_with_equal_times(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let of_user = |n: u128, event: EventId| Delivery { user: id(7), ..alert(n, event, NOW) };
    for n in 0..20 {
        let mut new = event(n);
        new.organisation = Some(id(1));
        // All in the same millisecond.
        new.event.id = event_id(1, n);
        arrives(&mut tx, &new, of_user(n, new.event.id)).await;
    }
    let by_company = EventFilter { company: Some(company_of(1)), ..EventFilter::default() };
    let filters = [
        DeliveryFilter::default(),
        DeliveryFilter { users: Some([id(7)].into()), ..DeliveryFilter::default() },
        DeliveryFilter { company: Some(company_of(1)), ..DeliveryFilter::default() },
    ];
    let (mut events_after, mut alerts_after) = (None, [None; 3]);
    let (mut seen, mut told) = (Vec::new(), vec![Vec::new(); 3]);
    for round in 0..10 {
        let page = search::events(&mut tx, &by_company, events_after, 2).await.unwrap();
        seen.extend(page.rows.iter().map(|event| event.id));
        events_after = page.next;
        for (place, filter) in filters.iter().enumerate() {
            let page = search::deliveries(&mut tx, filter, alerts_after[place], 2).await.unwrap();
            told[place].extend(page.rows.iter().map(|alert| alert.event));
            alerts_after[place] = page.next;
        }
        // Some in the same millisecond, some later.
        let mut new = event(100 + round);
        new.organisation = Some(id(1));
        new.event.id = event_id(1 + u64::try_from(round % 2).unwrap(), 100 + round);
        arrives(&mut tx, &new, of_user(100 + round, new.event.id)).await;
    }
    let expected: Vec<_> = (0..20).rev().map(|n| event_id(1, n)).collect();
    assert_eq!(seen, expected);
    assert!(told.iter().all(|told| *told == expected), "{told:?}");
    assert_eq!((events_after, alerts_after), (None, [None; 3]));
}

async fn r39_a_contact_point_is_found_by_its_hash_also_when_it_is_gone(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let owner = user(&mut tx, organisation, 1).await;
    let (phone, mail) = (mobile(), mailbox());
    let (one, other) =
        (contact(&mut tx, owner, 10, &phone, true).await, contact(&mut tx, owner, 11, &mail, true).await);
    let unknown = contacts::not_remembered(&mut tx, id(0), 10).await.unwrap();
    assert_eq!(unknown, [(one, owner, phone), (other, owner, mail)]);
    contacts::remember(&mut tx, one, owner, b"phone").await.unwrap();
    contacts::remember(&mut tx, one, owner, b"phone").await.unwrap();
    assert_eq!(contacts::not_remembered(&mut tx, one, 10).await.unwrap().len(), 1);
    watches::remove_contact(&mut tx, one).await.unwrap();
    assert_eq!(search::contacts(&mut tx, b"phone").await.unwrap(), [(one, owner)].into());
    assert_eq!(search::contacts(&mut tx, b"mail").await.unwrap(), [].into());
}

async fn r39_what_became_of_events_is_counted(db: &Db) {
    use bevaka_domain::entitlement::{Decision, Deliver, Verdict};
    let mut tx = db.begin().await.unwrap();
    let verdicts = [
        Verdict::Deliver(Deliver { to: vec![id(10)], ..Deliver::default() }),
        Verdict::Suppressed(Reason::NoWatch),
        Verdict::Suppressed(Reason::Paused),
    ];
    let mut new = event(1);
    new.decisions = (1..).zip(verdicts).map(|(n, verdict)| Decision { user: id(n), verdict }).collect();
    let told = [alert(1, new.event.id, NOW), alert(2, new.event.id, NOW)];
    events::record(&mut tx, &[new.clone(), event(2)], &told, NOW).await.unwrap();
    let failed = Delivery { state: state("failed"), ..told[1].clone() };
    deliveries::save(&mut tx, &[failed], NOW).await.unwrap();
    let ids = [id(1), id(2)];
    let all = search::weigh(&mut tx, &ids, &[id(2)].into()).await.unwrap();
    let weighed = &all[&id(1)];
    assert_eq!(weighed.alerts, [("failed".to_owned(), 1), ("sending".to_owned(), 1)].into());
    assert_eq!((weighed.suppressed, &weighed.about), (2, &vec![new.decisions[1].clone()]));
    assert_eq!(all[&id(2)], search::Weighed::default());
}

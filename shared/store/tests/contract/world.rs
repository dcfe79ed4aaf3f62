//! What the checks are about: companies, users, events and alerts with numbers for names.

use bevaka_domain::{
    agreement::{HeldThrough, Scope},
    clock::Timestamp,
    contact::Address,
    delivery::{Delivery, State},
    event::{Event, Facts, Kind},
    ids::{AgreementId, ContactId, DeliveryId, EventId, OrganisationId, PersonId, UserId, WatchId},
    language::Language,
    organisation::{CompanyForm, OrganisationNumber},
    user::{Access, UserState},
    watch::{Channel, Settings, Watch},
};
use bevaka_store::{
    Db, Tx, agreements,
    agreements::{NewOrganisation, NewUser},
    deliveries, events,
    events::Decided,
    persons::{self, Person},
    watches,
};
use sqlx::AssertSqlSafe;
use std::time::Duration;
use uuid::Uuid;

/// With a fraction that ends in zeros: the text of a careless time type would lose them.
pub const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_100_000);

pub fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// The id number `n`, as any of the id types.
pub fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

pub fn kind(name: &str) -> Kind {
    Kind::parse(name).unwrap()
}

pub fn rejected() -> Kind {
    kind("payment.rejected")
}

/// The valid number of the company `n`.
pub fn number(n: u32) -> OrganisationNumber {
    (0..10).find_map(|check| OrganisationNumber::parse(&format!("556{n:06}{check}")).ok()).unwrap()
}

pub async fn company(tx: &mut Tx, n: u32) -> OrganisationId {
    let (number, name) = (number(n), format!("Exempelbolaget {n}"));
    let new =
        NewOrganisation { id: id(n.into()), number: &number, name: &name, form: CompanyForm::LimitedCompany };
    agreements::upsert_organisation(tx, &new, NOW).await.unwrap()
}

pub async fn user_with(
    tx: &mut Tx,
    organisation: OrganisationId,
    n: u128,
    access: Access,
    state: UserState,
) -> UserId {
    let (reference, name) = (format!("user-{n}"), format!("Kim {n}"));
    let new = NewUser {
        id: id(n),
        organisation,
        reference: &reference,
        name: &name,
        language: Language::English,
        access,
        state,
    };
    agreements::upsert_user(tx, &new, NOW).await.unwrap()
}

pub async fn user(tx: &mut Tx, organisation: OrganisationId, n: u128) -> UserId {
    user_with(tx, organisation, n, Access::Unrestricted, UserState::Active).await
}

/// The person number `n`, whose number has a hash of its own.
pub async fn person(tx: &mut Tx, n: u128) -> PersonId {
    let person = Person { id: id(n), number_sealed: vec![1], name: format!("Kim {n}") };
    persons::upsert_person(tx, &person, &n.to_be_bytes(), NOW).await.unwrap()
}

pub async fn agreement(tx: &mut Tx, organisation: OrganisationId, kinds: &[&str]) -> AgreementId {
    let new = AgreementId(organisation.0);
    agreements::connect(tx, new, organisation, &scope(kinds), HeldThrough::Corporate, NOW).await.unwrap();
    new
}

pub fn scope(kinds: &[&str]) -> Scope {
    kinds.iter().map(|name| kind(name)).collect()
}

pub fn mobile() -> Address {
    Address::parse(Channel::Sms, "+46701740605").unwrap()
}

pub fn mailbox() -> Address {
    Address::parse(Channel::Email, "kim@exempelbolaget.se").unwrap()
}

pub async fn contact(tx: &mut Tx, user: UserId, n: u128, address: &Address, verified: bool) -> ContactId {
    watches::upsert_contact(tx, id(n), user, address, verified.then_some(NOW), NOW).await.unwrap()
}

pub async fn watch(tx: &mut Tx, user: UserId, kind: Kind, channels: &[(Channel, ContactId)]) -> WatchId {
    let channels = channels.iter().map(|(channel, contact)| (*channel, Some(*contact))).collect();
    // A user has one watch of a kind, so the two together name it.
    let name = kind.as_str().bytes().fold(user.0.as_u128(), |name, byte| name * 31 + u128::from(byte));
    watches::upsert_watch(
        tx,
        &Watch { id: id(name), user, kind, channels, settings: Settings::default(), off_at: None },
        NOW,
    )
    .await
    .unwrap()
}

/// An event of an unknown company, about which nothing was decided.
pub fn event(n: u128) -> Decided {
    Decided {
        event: Event {
            id: id(n),
            source: "/payments".to_owned(),
            external_id: format!("external-{n}"),
            kind: rejected(),
            organisation: number(1),
            recipient: None,
            occurred_at: NOW,
            received_at: NOW,
            expires_at: after(3_600),
            data: "{}".to_owned(),
            facts: Facts::NONE,
            notice: None,
            origin: None,
        },
        organisation: None,
        agreement_version: None,
        decisions: Vec::new(),
    }
}

/// Stores the event number `n`, so that alerts can be about it.
pub async fn stored_event(db: &Db, n: u128) -> EventId {
    let mut tx = db.begin().await.unwrap();
    events::record(&mut tx, &[event(n)], &[], NOW).await.unwrap();
    tx.commit().await.unwrap();
    id(n)
}

/// An alert leased until then, each to a contact point of its own.
pub fn alert(n: u128, event: EventId, lease_until: Timestamp) -> Delivery {
    Delivery {
        id: DeliveryId(Uuid::from_u128(n)),
        event,
        user: id(1),
        contact: id(1_000 + n),
        channel: Channel::Sms,
        expires_at: after(3_600),
        state: State::Sending { lease_until },
        attempts: 0,
        possible_duplicate: false,
        history: Vec::new(),
        parcel: None,
    }
}

/// Stores alerts one by one; beside their events they are stored by `events::record`.
pub async fn insert_alerts(tx: &mut Tx, alerts: &[Delivery], now: Timestamp) -> bevaka_store::Result<()> {
    for alert in alerts {
        deliveries::insert(tx, alert, now).await?;
    }
    Ok(())
}

/// Does what no program of ours can do; gives whether the database let it.
pub async fn by_hand(db: &Db, statements: &[&str]) -> bool {
    for statement in statements {
        let sql = AssertSqlSafe((*statement).to_owned());
        let done = match db {
            Db::Pg(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
            Db::Lite { write, .. } => sqlx::raw_sql(sql).execute(write).await.map(drop),
        };
        if done.is_err() {
            return false;
        }
    }
    true
}

//! Users who want alerts gathered, or not now.

use crate::house::{House, bytes, message, payment};
use bevaka_domain::{
    clock::{TimeOfDay, Timestamp, Zone},
    delivery::{Delivery, State},
    ids::{OrganisationId, UserId},
    user::Access,
    watch::{Because, Digest, QuietHours, Settings},
};

/// Every day at 15.00 in Stockholm, an hour after the test begins.
pub fn gathered() -> Settings {
    Settings { digest: Some(Digest::Day { at: TimeOfDay::parse("15:00").unwrap() }), ..Settings::default() }
}

pub fn due() -> Timestamp {
    Timestamp::parse("2026-11-21T14:00:00Z").unwrap()
}

pub const KINDS: [&str; 2] = ["payment.rejected", "message.received"];

/// A user who gathers both kinds.
pub async fn gatherer(house: &House, addresses: &[&str]) -> UserId {
    let company = house.company().await;
    gatherer_of(house, company, addresses).await
}

pub async fn gatherer_of(house: &House, company: OrganisationId, addresses: &[&str]) -> UserId {
    let (user, _) = house.user(company, "anna", Access::Unrestricted, addresses).await;
    for kind in KINDS {
        house.narrow(user, kind, gathered()).await;
    }
    user
}

/// Publishes two payments and a message, and waits until all wait.
pub async fn three(house: &House) {
    house.publish([bytes(&payment("p1")), bytes(&payment("p2")), bytes(&message("m1"))]).await;
    for id in ["p1", "p2", "m1"] {
        house.event_when(id, |all| !all.is_empty() && all.iter().all(waits)).await;
    }
}

pub fn waits(delivery: &Delivery) -> bool {
    matches!(&delivery.state, State::Waiting { cause, .. } if cause == Because::Digest.as_str())
}

/// Quiet by the clock in Stockholm, where the test begins at 14.02 on a Saturday.
pub fn quiet(from: &str, to: &str) -> Settings {
    let quiet = QuietHours {
        from: TimeOfDay::parse(from).unwrap(),
        to: TimeOfDay::parse(to).unwrap(),
        zone: Zone::STOCKHOLM,
    };
    Settings { quiet: Some(quiet), ..Settings::default() }
}

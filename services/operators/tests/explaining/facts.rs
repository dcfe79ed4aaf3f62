//! Each reason stands beside the fact that it comes from, and since when that is so.

use super::{dry, explain, fact, grounds, user};
use bevaka_domain::{
    clock::{Clock, LocalDate, TimeOfDay, Zone},
    event::{Account, Amount},
    trail::{Action, Actor, Entry, Writer},
    user::{Access, Permission, UserState},
    watch::{Pause, QuietHours, Settings, StandIn},
};
use bevaka_store::{agreements, trail, watches};
use bevaka_support::house::{House, bytes, message, payment};
use serde_json::{Value, json};
use std::time::Duration;

const ONE: &[&str] = &["0701740605"];

fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).unwrap()
}

/// Narrows the watch of rejected payments.
async fn narrowed(
    house: &House,
    company: bevaka_domain::ids::OrganisationId,
    name: &str,
    settings: Settings,
) {
    let (id, _) = house.user(company, name, Access::Unrestricted, ONE).await;
    house.narrow(id, "payment.rejected", settings).await;
}

#[tokio::test]
async fn r38_every_reason_stands_beside_the_fact_that_it_comes_from() {
    let house = House::open().await;
    let company = house.company().await;
    for (name, state) in
        [("blocked", UserState::Blocked), ("denied", UserState::Denied), ("expired", UserState::Expired)]
    {
        let (id, _) = house.user(company, name, Access::Unrestricted, ONE).await;
        house.set_state(id, state).await;
    }
    house.user(company, "restricted", Access::Restricted, ONE).await;
    house.user(company, "silent", Access::Unrestricted, &[]).await;
    let (off, _) = house.user(company, "off", Access::Unrestricted, ONE).await;
    house.turn_off(off, "payment.rejected").await;
    let least = Settings { least_amount: Some(Amount::parse("500").unwrap()), ..Settings::default() };
    narrowed(&house, company, "least", least).await;
    let accounts = [Account::parse("83279912345678").unwrap()].into();
    narrowed(&house, company, "accounts", Settings { accounts, ..Settings::default() }).await;
    let pause = Some(Pause { from: house.clock.now(), until: day("2026-12-01") });
    narrowed(&house, company, "paused", Settings { pause, ..Settings::default() }).await;
    let (_, contacts) = house.user(company, "gone", Access::Unrestricted, ONE).await;
    let mut tx = house.chassis.db.begin().await.unwrap();
    watches::remove_contact(&mut tx, contacts[0]).await.unwrap();
    tx.commit().await.unwrap();
    let (unconfirmed, _) = house.user(company, "unconfirmed", Access::Unrestricted, ONE).await;
    unconfirm(&house, unconfirmed).await;
    let (deputy, _) = house.user(company, "deputy", Access::Unrestricted, &["0701740699"]).await;
    let away = StandIn { user: deputy, from: day("2026-11-20"), to: day("2026-11-30") };
    narrowed(&house, company, "away", Settings { stand_in: Some(away), ..Settings::default() }).await;

    let mut event = payment("p1");
    event["data"] = json!({
        "payment_id": "p1", "reason": "other", "amount": "100.00", "currency": "SEK", "account": "83279900000000"
    });
    let explanation = dry(&house, &event).await;
    for (name, reason, code) in [
        ("blocked", "user_blocked", "user_blocked"),
        ("denied", "user_denied", "user_denied"),
        ("expired", "user_expired", "user_expired"),
        ("restricted", "no_access", "not_permitted"),
        ("silent", "no_watch", "no_watch"),
        ("off", "watch_off", "watch_off"),
        ("least", "below_least_amount", "least_amount"),
        ("accounts", "account_not_chosen", "accounts"),
        ("paused", "paused", "pause"),
        ("gone", "contact_missing", "contact_gone"),
        ("unconfirmed", "contact_not_verified", "contact_not_confirmed"),
        ("away", "stood_in", "stood_in_by"),
    ] {
        let user = user(&explanation, name);
        assert_eq!(user["decision"]["suppressed"], reason, "{name}");
        assert_eq!(grounds(user), [code], "{name}");
        assert_eq!(user["texts"], json!([]), "{name}");
    }
    let deputy = user(&explanation, "deputy");
    assert_eq!(deputy["decision"]["instead_of"][0]["reference"], "away");
    assert!(grounds(deputy).contains(&"stands_in_for"));
    assert_eq!(fact(user(&explanation, "away"), "stood_in_by")["user"]["reference"], "deputy");
    // Nothing of what the event holds is told, nor an account that a user chose.
    for content in ["100.00", "83279900000000", "83279912345678", "other"] {
        assert!(!explanation.to_string().contains(content), "{content}");
    }

    let mut addressed = message("m1");
    addressed["recipient"] = json!("deputy");
    let explanation = dry(&house, &addressed).await;
    let off = user(&explanation, "off");
    assert_eq!(
        (&off["decision"]["suppressed"], grounds(off)),
        (&json!("not_addressed"), vec!["not_addressed"])
    );
    house.close().await;
}

/// A contact point that counted as confirmed and does not any more, as by an import.
async fn unconfirm(house: &House, user: bevaka_domain::ids::UserId) {
    let mut tx = house.chassis.db.begin().await.unwrap();
    let (address, now) = (ONE[0].parse().unwrap(), house.clock.now());
    let id = house.chassis.entropy.id(now).into();
    watches::upsert_contact(&mut tx, id, user, &address, None, now).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn r38_what_stops_a_whole_company_is_told_of_each_user() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, ONE).await;
    let grounds_of = async |event: &Value| {
        let explanation = dry(&house, event).await;
        let anna = user(&explanation, "anna");
        (anna["decision"]["suppressed"].clone(), grounds(anna).join(","))
    };
    let mut old = payment("p1");
    old["time"] = json!("2026-11-20T13:01:59Z");
    assert_eq!(grounds_of(&old).await, (json!("event_expired"), "expiry".to_owned()));
    let mut tx = house.chassis.db.begin().await.unwrap();
    let scope = ["message.received".parse().unwrap()].into_iter().collect();
    let agreement = agreements::agreement_in_force(&mut tx, company).await.unwrap().unwrap().id;
    agreements::change_scope(&mut tx, agreement, 2, &scope, house.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(grounds_of(&payment("p1")).await, (json!("kind_not_in_scope"), "kind_not_covered".to_owned()));
    house.end_agreement(company).await;
    assert_eq!(grounds_of(&payment("p1")).await, (json!("no_active_agreement"), "no_agreement".to_owned()));
    house.close().await;
}

#[tokio::test]
async fn r38_what_has_changed_since_a_decision_is_told_beside_what_was_decided() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Restricted, ONE).await;
    let (erik, _) = house.user(company, "erik", Access::Restricted, &["0701740606"]).await;
    house.grant(erik, &[Permission::ManageWatches]).await;
    house.publish([bytes(&payment("p1"))]).await;
    let id = house.settled("p1").await.0.event.id;

    house.clock.advance(Duration::from_secs(600));
    let now = house.clock.now();
    house.grant(anna, &[Permission::ManageWatches]).await;
    house.grant(erik, &[]).await;
    let mut tx = house.chassis.db.begin().await.unwrap();
    let revoked = Entry {
        at: now,
        actor: Actor::User(anna),
        action: Action::PermissionRevoked,
        organisation: Some(company),
        subject: erik.to_string(),
        detail: json!({"permission": Permission::ManageWatches}),
    };
    trail::append(&mut tx, Writer::Agreements, &revoked).await.unwrap();
    tx.commit().await.unwrap();
    house.user(company, "new", Access::Unrestricted, &["0701740607"]).await;

    let explanation = explain(&house, &json!({"event_id": id})).await;
    let (anna, erik, new) =
        (user(&explanation, "anna"), user(&explanation, "erik"), user(&explanation, "new"));
    assert_eq!(
        (&anna["decision"]["suppressed"], &anna["now"]["suppressed"]),
        (&json!("no_access"), &Value::Null)
    );
    let permitted = fact(anna, "permitted");
    assert_eq!((&permitted["since"], &permitted["changed_since"]), (&json!(now), &json!(true)));
    assert_eq!(
        (&erik["decision"]["suppressed"], &erik["now"]["suppressed"]),
        (&Value::Null, &json!("no_access"))
    );
    let lost = fact(erik, "not_permitted");
    assert_eq!((&lost["since"], &lost["changed_since"]), (&json!(now), &json!(true)), "by the trail");
    assert_eq!((&new["decision"], &new["now"]["suppressed"]), (&Value::Null, &Value::Null));
    assert_eq!(erik["deliveries"][0]["state"], "accepted", "he was told, and it stays so");
    house.close().await;
}

#[tokio::test]
async fn r38_an_alert_that_would_be_held_says_until_when_and_why() {
    let house = House::open().await;
    let company = house.company().await;
    let hours = |text| TimeOfDay::parse(text).unwrap();
    let quiet = QuietHours { from: hours("14:00"), to: hours("16:00"), zone: Zone::STOCKHOLM };
    narrowed(&house, company, "anna", Settings { quiet: Some(quiet), ..Settings::default() }).await;
    let explanation = dry(&house, &payment("p1")).await;
    let anna = user(&explanation, "anna");
    let later = json!({"at": "2026-11-21T15:00:00.000000Z", "because": "quiet_hours"});
    assert_eq!(anna["decision"]["later"], later);
    let held = fact(anna, "held");
    assert_eq!(
        (&held["until"], &held["because"], &held["decides"]),
        (&later["at"], &later["because"], &json!(true))
    );
    let times = fact(anna, "times");
    assert_eq!((&times["quiet"]["from"], &times["quiet"]["to"]), (&json!("14:00"), &json!("16:00")));
    house.close().await;
}

use crate::house::*;
use bevaka_domain::watch::Settings;
use bevaka_store::watch_sets;
use bevaka_watches::{
    choice::Choice,
    import::{Contact, Owner, Watch},
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

fn line(settings: Option<Value>) -> Watch {
    let mut line = json!({
        "company": NUMBER, "user": "Anna", "kind": INVOICE, "email": "anna@exempelbolaget.se"
    });
    if let Some(settings) = settings {
        line["settings"] = settings;
    }
    serde_json::from_value(line).unwrap()
}

async fn apply(house: &House, watch: &Watch) -> usize {
    let owner = Owner { organisation: house.organisation, user: house.anna.user };
    let mut tx = house.db.begin().await.unwrap();
    let addresses = watch.addresses().unwrap();
    let entropy = &house.app.chassis.entropy;
    let entries = watch.apply(&mut tx, owner, &addresses, entropy, house.now()).await.unwrap();
    tx.commit().await.unwrap();
    entries.len()
}

async fn stored(house: &House) -> Settings {
    let mine = house.mine(house.anna).await;
    mine.kinds.into_iter().find_map(|view| view.watch).unwrap().settings
}

#[tokio::test]
async fn a_line_sets_what_the_user_would_set_and_without_a_word_leaves_it() {
    let house = House::open().await;
    house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let settings = json!({"least_amount": "100.00", "digest": {"every": "day", "at": "08:00"}});
    assert_eq!(apply(&house, &line(Some(settings.clone()))).await, 1);
    assert_eq!(serde_json::to_value(stored(&house).await).unwrap(), settings);
    assert_eq!(apply(&house, &line(Some(settings.clone()))).await, 0);
    assert_eq!(apply(&house, &line(None)).await, 0);
    assert_eq!(serde_json::to_value(stored(&house).await).unwrap(), settings);
    assert_eq!(house.mine(house.anna).await.version.number, 1, "a page that is open is told, once");
    assert_eq!(apply(&house, &line(Some(json!({})))).await, 1);
    assert_eq!(stored(&house).await, Settings::default());
}

#[tokio::test]
async fn what_only_users_set_stays_whatever_a_line_says() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let pause = json!({"pause": {"from": house.now(), "until": "2026-11-24"}});
    let settings: Settings = serde_json::from_value(pause).unwrap();
    house
        .saves(house.anna, &[Choice { settings: settings.clone(), ..choice(INVOICE, None, Some(email)) }])
        .await;
    apply(&house, &line(Some(json!({"weekdays_only": true})))).await;
    assert_eq!(stored(&house).await, Settings { weekdays_only: true, ..settings });
}

#[tokio::test]
async fn a_line_that_does_not_suit_the_kind_is_refused_naming_field_limit_and_way_out() {
    let house = House::open().await;
    let kind = house.app.chassis.catalogue.get(INVOICE).unwrap();
    let stand_in = json!({"stand_in": {"user": uuid::Uuid::nil(), "from": "2026-11-20", "to": "2026-11-24"}});
    for (settings, fault) in [
        (
            json!({"digest": {"every": "week", "day": "monday", "at": "08:00"}}),
            "settings.digest: alerts of this kind help for 72 hours only; gather them more often, or not at all",
        ),
        (stand_in, "settings: pause and stand_in are set by users themselves; leave them out"),
    ] {
        assert_eq!(line(Some(settings)).check(kind).unwrap_err(), fault);
    }
    line(Some(json!({"quiet": {"from": "22:00", "to": "06:00"}}))).check(kind).unwrap();
    line(None).check(kind).unwrap();
}

#[tokio::test]
async fn a_contact_point_is_imported_after_what_its_user_does_meanwhile_on_postgres() {
    let house = House::open_on_postgres().await;
    let contact = json!({
        "company": NUMBER, "user": "Anna", "address": "anna@exempelbolaget.se", "verified": true
    });
    let contact: Contact = serde_json::from_value(contact).unwrap();
    let owner = Owner { organisation: house.organisation, user: house.anna.user };
    let (address, entropy, now) = (contact.address().unwrap(), &house.app.chassis.entropy, house.now());
    let mut users = house.app.chassis.db.begin().await.unwrap();
    watch_sets::lock(&mut users, house.anna.user, now).await.unwrap();
    let user_is_done = AtomicBool::new(false);
    let mut tx = house.db.begin().await.unwrap();
    let imports = async {
        contact.apply(&mut tx, owner, &address, None, (entropy, now)).await.unwrap();
        assert!(user_is_done.load(Ordering::SeqCst), "the import did not wait");
        tx.commit().await.unwrap();
    };
    let user = async {
        // Questions enough for an import that does not wait to be through.
        for _ in 0..1_000 {
            watch_sets::of(&mut users, house.anna.user).await.unwrap();
        }
        user_is_done.store(true, Ordering::SeqCst);
        users.commit().await.unwrap();
    };
    tokio::join!(imports, user);
    assert_eq!(house.mine(house.anna).await.contacts.len(), 1);
}

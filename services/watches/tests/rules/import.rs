use crate::house::*;
use bevaka_domain::watch::Settings;
use bevaka_watches::{
    choice::Choice,
    import::{Owner, Watch},
};
use serde_json::{Value, json};

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

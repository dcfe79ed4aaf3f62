//! Watches are saved over the version that was read, whole or not at all.

use crate::house::{House, INVOICE, MESSAGE, PAYMENT, hours};
use bevaka_watches::commands::switch;
use serde_json::{Value, json};

/// The watch of a kind.
fn watch<'a>(watches: &'a Value, kind: &str) -> &'a Value {
    &watches["kinds"].as_array().unwrap().iter().find(|known| known["kind"] == kind).unwrap()["watch"]
}

/// Fields and codes of everything that is wrong.
fn faults(refusal: &Value) -> Vec<(&str, &str)> {
    let faults = refusal["faults"].as_array().unwrap();
    faults.iter().map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn two_clients_never_save_over_each_other_unseen() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let one = house.sign_in(house.anna).await;
    let other = house.with_token(&one.token);
    let (read, also_read) = (one.version().await, other.version().await);
    assert_eq!(read, also_read);
    let saved = one.save_over(&read, &json!([{"kind": PAYMENT, "email": email}])).await;
    let standing = saved.etag();
    assert_ne!(standing, read);
    assert_eq!(watch(&saved.is(200), PAYMENT)["email"], json!(email));

    let wish = json!([{"kind": PAYMENT, "email": email, "settings": {"weekdays_only": true}}, {"kind": INVOICE, "email": email}]);
    let late = other.save_over(&also_read, &json!([{"kind": INVOICE, "email": email}])).await;
    assert_eq!(late.etag(), standing);
    let refusal = late.refuses(412, "stale");
    assert_eq!(format!("\"{}\"", refusal["version"]), standing);
    assert_eq!(refusal["watches"][0]["kind"], PAYMENT);
    assert_eq!(refusal["watches"][0]["email"], json!(email));
    let refusal = other.save_over(&standing, &wish).await.refuses(422, "invalid_field");
    assert_eq!(faults(&refusal), [("choices[payment.rejected].weekdays_only", "critical")]);
    assert_eq!(one.version().await, standing, "all or nothing");
    let both = other.save_over(&standing, &json!([{"kind": INVOICE, "email": email}])).await.is(200);
    assert!(watch(&both, PAYMENT).is_object() && watch(&both, INVOICE).is_object());
}

#[tokio::test]
async fn nothing_is_saved_without_the_version_that_was_read() {
    let house = House::open().await;
    let anna = house.sign_in(house.anna).await;
    let body = json!({"choices": []});
    anna.with("PUT", "/watches", &[], Some(&body)).await.refuses(428, "version_missing");
    for tag in ["*", "W/\"0\"", "0", "\"0\", \"1\""] {
        let refusal = anna.save_over(tag, &json!([])).await.refuses(422, "invalid_field");
        assert_eq!(refusal["field"], "If-Match");
    }
    anna.save_over("\"99\"", &json!([])).await.refuses(412, "stale");
}

#[tokio::test]
async fn r26_what_the_agreement_does_not_cover_cannot_be_chosen() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let anna = house.sign_in(house.anna).await;
    let wish = json!([{"kind": MESSAGE, "email": email}, {"kind": "loan.due", "email": email}]);
    for refused in [anna.save(&wish).await, anna.post("/watches/preview", &json!({"choices": wish})).await] {
        let refusal = refused.refuses(422, "invalid_field");
        assert_eq!(
            faults(&refusal),
            [("choices[message.received]", "out_of_scope"), ("choices[loan.due]", "unknown_kind")]
        );
    }
    let shown = anna.get("/watches").await.is(200);
    let kinds = shown["kinds"].as_array().unwrap();
    let included: Vec<_> = kinds.iter().filter(|kind| kind["is_included"] == true).collect();
    assert_eq!(included.len(), 2);
    assert_eq!(shown["signatories"], json!(["Karin"]), "who can change that");
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name_also_within_settings() {
    let house = House::open().await;
    let anna = house.sign_in(house.anna).await;
    let quiet = json!({"from": "22:00", "to": "06:00", "mode": 1});
    for (choice, field) in [
        (json!({"kind": PAYMENT, "phone": 1}), "choices[0].phone"),
        (json!({"kind": PAYMENT, "settings": {"queit": {}}}), "choices[0].settings.queit"),
        (json!({"kind": PAYMENT, "settings": {"quiet": quiet}}), "choices[0].settings.quiet.mode"),
        (json!({"kind": PAYMENT, "settings": {"least_amount": "-1"}}), "choices[0].settings.least_amount"),
        (
            json!({"kind": PAYMENT, "settings": {"digest": {"every": "week", "at": "08:00"}}}),
            "choices[0].settings.digest.day",
        ),
        (
            json!({"kind": PAYMENT, "settings": {"digest": {"every": "day", "day": "friday", "at": "08:00"}}}),
            "choices[0].settings.digest.day",
        ),
    ] {
        let refusal = anna.save(&json!([choice])).await.refuses(422, "invalid_field");
        assert_eq!(refusal["field"], field);
    }
    let refusal =
        anna.with("PUT", "/watches", &[("if-match", "\"0\"")], Some(&json!({"choices": [], "x": 1}))).await;
    assert_eq!(refusal.refuses(422, "invalid_field")["field"], "x");
}

#[tokio::test]
async fn settings_come_back_as_they_were_sent_and_can_be_sent_again() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let anna = house.sign_in(house.anna).await;
    let settings = json!({
        "least_amount": "10000.00",
        "quiet": {"from": "22:00", "to": "06:00", "zone": "Europe/Helsinki"},
        "weekdays_only": true,
        "digest": {"every": "day", "at": "08:00"},
        "pause": {"until": "2026-12-01"},
        "stand_in": {"user": house.karin.user, "from": "2026-11-20", "to": "2026-11-30"},
    });
    let saved = anna.save(&json!([{"kind": INVOICE, "email": email, "settings": settings}])).await;
    let (version, saved) = (saved.etag(), saved.is(200));
    let stored = &watch(&saved, INVOICE)["settings"];
    let mut expected = settings.clone();
    expected["pause"]["from"] = json!(house.now());
    assert_eq!(*stored, expected);
    house.clock.advance(hours(1));
    let anna = house.sign_in(house.anna).await;
    let again = anna.save(&json!([{"kind": INVOICE, "email": email, "settings": stored}])).await;
    assert_eq!(again.etag(), version, "nothing has changed");
    let english = anna.with("GET", "/watches", &[("accept-language", "en")], None).await.is(200);
    assert_ne!(english["kinds"][0]["name"], saved["kinds"][0]["name"]);
}

#[tokio::test]
async fn a_watch_that_was_switched_off_from_a_mail_is_switched_on_again() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let anna = house.sign_in(house.anna).await;
    anna.save(&json!([{"kind": PAYMENT, "email": email}])).await.is(200);
    switch::off(&house.app, house.anna.user, &[crate::house::kind(PAYMENT)].into()).await.unwrap();
    let off = anna.get("/watches").await;
    let version = off.etag();
    assert_eq!(watch(&off.is(200), PAYMENT)["off_at"], json!(house.now()));
    let on = anna.command(&format!("/watches/{PAYMENT}/on")).await;
    assert_ne!(on.etag(), version);
    assert!(watch(&on.is(200), PAYMENT)["off_at"].is_null());
    for kind in [INVOICE, "no kind"] {
        let path = format!("/watches/{}/on", kind.replace(' ', "%20"));
        anna.command(&path).await.refuses(404, "not_found");
    }
}

#[tokio::test]
async fn a_preview_counts_and_changes_nothing() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    for hour in [1, 2, 14] {
        house.happens(PAYMENT, house.now().minus(hours(hour))).await;
    }
    let anna = house.sign_in(house.anna).await;
    let wish = json!({"choices": [{"kind": PAYMENT, "email": email}]});
    let meant = anna.post("/watches/preview", &wish).await.is(200);
    assert_eq!(
        (&meant["alerts"], &meant["at_night"], &meant["is_cut"]),
        (&json!(3), &json!(1), &json!(false))
    );
    assert!(watch(&anna.get("/watches").await.is(200), PAYMENT).is_null());
}

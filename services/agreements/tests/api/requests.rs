//! What requests look like: bodies, fields, and what is never told.

use crate::house::{House, NUMBERS, PAYMENT};
use axum::{body::Body, http::Request};
use bevaka_domain::organisation::CompanyForm;
use serde_json::json;
use tower::ServiceExt;

#[tokio::test]
async fn r46_a_wrong_field_is_named() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    for (path, body, field) in [
        ("/agreement/end", json!({}), "version"),
        ("/agreement/end", json!({"version": "1"}), "version"),
        ("/agreement/end", json!({"version": 1, "reason": "x"}), "reason"),
        ("/agreement/preview", json!({"kinds": [1]}), "kinds[0]"),
        ("/agreement/preview", json!({"kinds": ["a.b"]}), "kinds"),
        ("/orders/01990000-0000-7000-8000-000000000000/signing", json!({"method": "fax"}), "method"),
    ] {
        let refused = session.post(path, &body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["field"]), (422, &json!(field)), "{path} {body}");
    }
    for body in [
        json!({"kind": "connect"}),
        json!({"kind": "merge"}),
        json!({"kinds": [PAYMENT]}),
        json!({"kind": "connect", "kinds": [PAYMENT], "to": 1}),
        json!([]),
    ] {
        session.post("/orders", &body).await.refuses(422, "invalid_field");
    }
    let wish = json!({"method": "token", "channel": "corporate"});
    let refused = house.ask("POST", "/sign-in", &[], Some(&wish)).await.refuses(422, "invalid_field");
    assert_eq!(refused["field"], "personal_number");
}

#[tokio::test]
async fn bodies_that_are_no_json_or_too_large_are_refused() {
    let house = House::open().await;
    let send = async |kind: &'static str, body: Vec<u8>| {
        let request = Request::post("/api/agreements/v1/sign-in").header("content-type", kind);
        let request = request.body(Body::from(body)).unwrap();
        house.router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(send("application/json", b"{".to_vec()).await, 400);
    assert_eq!(send("application/json", b"\xff".to_vec()).await, 400);
    assert_eq!(send("text/plain", b"{}".to_vec()).await, 415);
    assert_eq!(send("application/json", vec![b' '; 70_000]).await, 413);
}

#[tokio::test]
async fn personal_numbers_are_in_no_answer() {
    let house = House::open().await;
    let company = house.company("1212121212", CompanyForm::SoleTrader).await;
    let person = house.person(0).await;
    let permissions = [bevaka_domain::user::Permission::AdministerPermissions];
    let access = bevaka_domain::user::Access::Unrestricted;
    let mandate = Some(bevaka_domain::signing::Mandate::Alone);
    let owner = house.join(company, &person, access, mandate, &permissions).await;
    let session = house.sign_in(&owner).await;
    let order = json!({
        "kind": "add_user", "name": "Robin", "personal_number": NUMBERS[1], "access": "restricted"
    });
    let placed = session.post("/orders", &order).await;
    assert!(!placed.text.contains(&NUMBERS[1][2..]), "{}", placed.text);
    placed.is(201);
    for path in ["/session", "/company", "/users", "/orders", "/agreement/versions"] {
        let answer = session.get(path).await;
        for number in ["1212121212", "121212-1212", &NUMBERS[1][2..]] {
            assert!(!answer.text.contains(number), "{path}: {}", answer.text);
        }
        answer.is(200);
    }
}

#[tokio::test]
async fn the_methods_say_which_are_open() {
    let house = House::open_with(|settings| {
        let soon = bevaka_domain::clock::Timestamp::parse("2026-12-01T00:00:00Z").unwrap();
        settings.sign_in.token.opens_at = bevaka_chassis::settings::Moment(Some(soon));
    })
    .await;
    let methods = house.ask("GET", "/methods", &[], None).await.is(200);
    let expected = json!([
        {"method": "mobile", "state": "closed"},
        {"method": "on_card", "state": "closed"},
        {"method": "token", "state": "planned", "opens_at": "2026-12-01T00:00:00.000000Z"},
    ]);
    assert_eq!(methods, expected);
    for method in ["token", "mobile", "on_card"] {
        let wish = json!({"method": method, "personal_number": NUMBERS[0], "channel": "private"});
        house.ask("POST", "/sign-in", &[], Some(&wish)).await.refuses(409, "method_closed");
    }
}

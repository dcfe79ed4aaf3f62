//! The trail (R41): an entry for each change, and a chain that holds.

use crate::house::{House, INVOICE, NUMBERS, PAYMENT};
use serde_json::json;

#[tokio::test]
async fn r41_each_change_is_in_the_trail_and_the_chain_holds() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let administrator = house.administrator(company, 1).await;
    let restricted = house.restricted(company, 2).await;
    let signing = house.sign_in(&signatory).await;
    signing.connect_and_sign(&[PAYMENT]).await;
    signing.order_and_sign(&json!({"kind": "change", "kinds": [INVOICE], "version": 1})).await;
    let draft = signing.change(&[PAYMENT], 2).await.is(201)["order"].as_str().unwrap().to_owned();
    signing.delete(&format!("/orders/{draft}")).await.is(200);
    let session = house.sign_in(&administrator).await;
    let path = format!("/users/{}", restricted.id);
    session.command(&format!("{path}/permission")).await.is(200);
    session.delete(&format!("{path}/permission")).await.is(200);
    session.command(&format!("{path}/block")).await.is(200);
    session.command(&format!("{path}/block")).await.is(200);
    session.command(&format!("{path}/unblock")).await.is(200);
    let joins = json!({
        "kind": "add_user", "name": "Robin", "personal_number": NUMBERS[3], "access": "restricted"
    });
    let placed = session.post("/orders", &joins).await.is(201);
    signing.sign(placed["order"].as_str().unwrap()).await;
    signing.post("/agreement/end", &json!({"version": 2})).await.is(200);
    signing.speak("en").await.is(200);
    signing.speak("en").await.is(200);
    let expected = [
        "signed_in",
        "order_placed",
        "order_signed",
        "agreement_connected",
        "order_placed",
        "order_signed",
        "scope_changed",
        "order_placed",
        "order_cancelled",
        "signed_in",
        "permission_granted",
        "permission_revoked",
        "user_blocked",
        "user_unblocked",
        "order_placed",
        "order_signed",
        "user_added",
        "agreement_ended",
        "user_changed",
    ];
    assert_eq!(house.trail().await, expected);
}

//! What only signatories and permission administrators see, as on the pages.

use crate::house::{House, INVOICE, PAYMENT};
use bevaka_domain::user::Access;
use serde_json::json;

#[tokio::test]
async fn r13_orders_versions_and_effects_are_shown_to_signatories_and_administrators_only() {
    let house = House::open().await;
    let company = house.limited().await;
    let (signatory, administrator) =
        (house.signatory(company, 0).await, house.administrator(company, 1).await);
    let user = house.person(2).await;
    let user = house.join(company, &user, Access::Unrestricted, None, &[]).await;
    let order = house.sign_in(&signatory).await.connect_and_sign(&[PAYMENT]).await;
    let draft = house.sign_in(&signatory).await.change(&[PAYMENT, INVOICE], 1).await.is(201);
    let thought = json!({"kinds": [PAYMENT]});
    let paths = ["/orders".to_owned(), format!("/orders/{order}"), "/agreement/versions".to_owned()];

    let session = house.sign_in(&user).await;
    for path in &paths {
        session.get(path).await.refuses(403, "no_insight");
    }
    session.post("/agreement/preview", &thought).await.refuses(403, "no_insight");
    let path = format!("/orders/{}", draft["order"].as_str().unwrap());
    session.get(&path).await.refuses(404, "not_found");
    session.delete(&format!("/orders/{order}")).await.refuses(403, "no_insight");

    let session = house.sign_in(&administrator).await;
    for path in &paths {
        session.get(path).await.is(200);
    }
    session.post("/agreement/preview", &thought).await.is(200);
}

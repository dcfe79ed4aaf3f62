//! Two who sign jointly (R13).

use crate::{
    browser::Browser,
    house::{ANNA, ERIK, House, JOINT, MAJA, USER},
};
use bevaka_agreements::paths;
use bevaka_domain::ids::{OrganisationId, UserId};

struct Two {
    house: House,
    company: OrganisationId,
    anna: Browser,
    anna_is: UserId,
    erik: Browser,
    order: String,
}

/// Anna has ordered the connection; nobody has signed yet.
async fn ordered() -> Two {
    let house = House::open().await;
    let company = house.company().await;
    let anna_is = house.user(company, (ANNA, "Anna Lind"), JOINT).await;
    house.user(company, (ERIK, "Erik Berg"), JOINT).await;
    let (mut anna, mut erik) = (house.browser(), house.browser());
    anna.sign_in(ANNA).await;
    erik.sign_in(ERIK).await;
    let order = anna.post(paths::CONNECT, &[("kind", "payment.rejected")]).await.location().to_owned();
    Two { house, company, anna, anna_is, erik, order }
}

#[tokio::test]
async fn r13_the_second_person_sees_the_order_and_completes_it() {
    let Two { house, company, mut anna, mut erik, order, .. } = ordered().await;
    anna.get(&order).await.says(200, &["Ni är två som tecknar i förening.", "väntar det på Erik Berg"]);
    // What nobody has signed is nobody else's business.
    erik.get(&order).await.says(404, &[]);
    erik.get(paths::START).await.says(200, &["Anslut företaget"]);
    let done = anna.sign(&order).await;
    anna.follow(done).await.says(200, &["Du har skrivit under", "Nu väntar det på Erik Berg"]);
    assert!(!house.is_connected(company).await);
    anna.get(paths::START).await.says(200, &["Väntar på en underskrift till", "Erik Berg"]);
    anna.get(&order).await.says(200, &["Väntar på Erik Berg", "Ta tillbaka beställningen"]);
    anna.post(&order, &[("method", "token")]).await.says(409, &["Du har redan skrivit under"]);
    erik.get(paths::CONNECT).await.says(409, &["En beställning väntar redan", &order]);
    erik.get(paths::START)
        .await
        .says(200, &["Din underskrift behövs", "Anna Lind har skrivit under", &order]);
    erik.get(paths::AGREEMENT).await.says(200, &["Väntar på underskrift", &order]);
    erik.get(&order).await.says(200, &["Anna Lind har redan skrivit under."]);
    erik.post(&format!("{order}{}", paths::CANCEL), &[]).await.says(409, &[]);
    let done = erik.sign(&order).await;
    erik.follow(done).await.says(200, &["Företaget är anslutet", "Anna Lind", "Erik Berg"]);
    assert!(house.is_connected(company).await);
}

#[tokio::test]
async fn r04_a_mandate_that_is_gone_when_the_last_signature_comes_stops_the_order() {
    let Two { house, company, mut anna, anna_is, mut erik, order } = ordered().await;
    anna.sign(&order).await;
    house.set_mandate(anna_is, None).await;
    let page = erik.sign(&order).await;
    erik.follow(page).await.says(200, &["Beställningen gick inte igenom", "Ingenting har ändrats."]);
    assert!(!house.is_connected(company).await);
}

#[tokio::test]
async fn r13_an_order_expires_after_thirty_days() {
    let Two { house, mut anna, mut erik, order, .. } = ordered().await;
    anna.sign(&order).await;
    house.pass(30 * 24 * 60 * 60);
    erik.sign_in(ERIK).await.says(200, &["Anslut företaget"]);
    erik.get(&order).await.says(200, &["Beställningen har gått ut", "ingenting har ändrats"]);
    erik.post(&order, &[("method", "token")]).await.says(409, &["Beställningen går inte att skriva under"]);
}

#[tokio::test]
async fn nobody_answers_the_challenge_of_another_persons_order() {
    let Two { house, company, mut anna, mut erik, order, .. } = ordered().await;
    house.user(company, (MAJA, "Maja Öst"), USER).await;
    let begun = anna.post(&order, &[("method", "token")]).await;
    let challenge = begun.location().to_owned();
    anna.get(&challenge).await.says(200, &[]);
    erik.get(&challenge).await.says(404, &[]);
    // Not even in the same browser, as somebody else.
    erik.cookies.insert("__Host-bevaka-try".to_owned(), anna.cookies["__Host-bevaka-try"].clone());
    erik.get(&challenge).await.says(404, &[]);
    erik.post(&challenge, &[("answer", "12345678")]).await.says(404, &[]);
    erik.post(&format!("{challenge}{}", paths::CANCEL), &[]).await.says(404, &[]);
    anna.get(&challenge).await.says(200, &["Du har 5 försök kvar."]);
}

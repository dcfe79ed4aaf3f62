//! The story of a customer who says that nothing came: the operator finds the event, sees the reason, the customer mends
//! it, the operator sends again, and the trail tells it all.

use crate::{
    demonstration::{Demonstration, EXEMPELBOLAGET, suppressed},
    operators::sign_in,
    tab::Tab,
};
use serde_json::json;

const SARAS_NUMBER: &str = "+46701740625";
const REASON: &str = "kunden ringde, INC-204711";

/// An operator signed in, on the page of what happens now.
async fn operator(home: &Demonstration, who: &str) -> Tab {
    let tab = home.chromium.person().await;
    sign_in(&tab, &home.url, who).await;
    tab.see("Bevaka drift").await;
    tab
}

/// The customer, signed in by her security token.
async fn sara(home: &Demonstration) -> Tab {
    let tab = home.chromium.person().await;
    tab.go(&format!("{}/logga-in", home.url)).await;
    tab.fill("#number-token", "19790305-9843").await;
    tab.press_at("form:has(#number-token) button").await;
    let answer = home.telephone.token("sara", &tab.read(".digits").await).await;
    tab.fill("#answer", &answer).await;
    tab.press_at("form[action*='/logga-in/dosa/'] button.primary").await;
    tab.see("Exempelbolaget AB").await;
    tab
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r38_r39_r41_a_customer_was_not_told_and_then_is() {
    let home = Demonstration::begin().await;
    let data = json!({"payment_id": "p1", "reason": "other"});
    let decided = home.inject("payment.rejected", EXEMPELBOLAGET, &data);
    assert_eq!(suppressed(&decided, "sara"), Some("contact_not_verified"));

    // The operator finds the event by the company, and sees the reason.
    let karin = operator(&home, "Karin Ek").await;
    karin.press_at("nav a[href='/drift/handelser']").await;
    karin.fill("#company", EXEMPELBOLAGET).await;
    karin.press("Sök").await;
    karin.until("the search", "location.search.includes('company')").await;
    karin.press_at("main tbody th a[href^='/drift/handelser/']").await;
    karin.see("Vem fick veta, och varför").await;
    karin.see("Sara Ek").await;
    karin.see("är inte bekräftat").await;
    let event = karin.address().await;

    // Nobody is owed anything before the customer has confirmed her number.
    assert!(!karin.shows("Skicka till").await);
    let sara = sara(&home).await;
    sara.go(&format!("{}/kontaktuppgifter", home.url)).await;
    sara.press_at("form[action$='/kod'] button").await;
    sara.see("Koden är på väg.").await;
    let code = home.telephone.code(SARAS_NUMBER, "Din kod är", 1).await;
    sara.fill("input[name=code]", &code).await;
    sara.press_at("form:has(input[name=code]) button").await;
    sara.see("kan användas för dina bevakningar").await;

    // Now she is: the operator sends it to her, and to nobody else again.
    karin.go(&event).await;
    karin.press_at("a[href$='/skicka-igen']").await;
    karin.see("Sara Ek").await;
    assert!(!karin.shows("Anna Lind").await);
    karin.press_at("form[action$='/skicka-igen'] button.primary").await;
    karin.find("#because[aria-invalid=true]").await;
    karin.fill("#because", REASON).await;
    karin.press_at("form[action$='/skicka-igen'] button.primary").await;
    let sms = home.telephone.sms(SARAS_NUMBER, "Avvisad betalning", 1).await;
    assert!(sms.contains("Exempelbolaget"), "{sms}");
    karin.go(&event).await;
    karin.see("karin.ek").await;

    // The auditor reads it all; the operator's own page offers her no export.
    let rut = operator(&home, "Rut Falk").await;
    rut.press_at("nav a[href='/drift/spar']").await;
    rut.see(REASON).await;
    rut.see("karin.ek").await;
    rut.press("Kontrollera kedjorna").await;
    rut.see("Spåret är helt.").await;
    home.end().await;
}

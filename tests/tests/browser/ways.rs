//! The way to a watch for people who come another way: with the keyboard alone, without JavaScript, in English.

use crate::{
    demonstration::{Demonstration, EXEMPELBOLAGET, suppressed},
    keyboard::Keyboard,
};
use serde_json::{Value, json};

const CONFIRM: &str = "form:has(input[name=code]) button";

fn rejected() -> Value {
    json!({"payment_id": "1", "reason": "other", "amount": "2500.00", "currency": "SEK"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r45_a_user_comes_to_a_watch_by_keyboard_alone() {
    let home = Demonstration::begin().await;
    let tab = home.chromium.person().await;
    tab.take_focus().await;
    let keys = Keyboard(&tab);
    tab.go(&format!("{}/logga-in", home.url)).await;
    keys.enter("form:has(input[name=method][value=mobile]) button").await;
    tab.find(".qr").await;
    home.telephone.confirm("Karin Holm").await;
    tab.see("Exempelbolaget AB").await;

    keys.enter("nav a[href='/kontaktuppgifter']").await;
    keys.write("#number", "+46 (0)70-174 06 75").await;
    keys.enter("form:has(#number) button").await;
    let code = home.telephone.code("+46701740675", "Din kod är", 1).await;
    keys.write("input[name=code]", &code).await;
    keys.enter(CONFIRM).await;
    tab.see("kan användas för dina bevakningar").await;

    keys.enter("nav a[href='/bevakningar']").await;
    keys.enter("main a[href='/bevakningar/andra']").await;
    keys.space("[id='payment.rejected.sms']").await;
    keys.write("[id='payment.rejected.least_amount']", "2 000,50").await;
    // What is folded in opens and closes by the keyboard too.
    let accounts = "fieldset:has([id='payment.rejected.sms']) details:has(textarea)";
    keys.space(&format!("{accounts} summary")).await;
    keys.write("[id='payment.rejected.accounts']", "8105-9").await;
    tab.ask("document.querySelector('[id=\"payment.rejected.accounts\"]').select()").await;
    tab.press_key("Backspace", 8, None).await;
    keys.enter("button[name=do][value=save]").await;
    tab.see("Dina val är sparade.").await;
    tab.see("från 2 000,50 kr").await;

    assert_eq!(suppressed(&home.inject("payment.rejected", EXEMPELBOLAGET, &rejected()), "karin"), None);
    let sms = home.telephone.sms("+46701740675", "Avvisad betalning", 1).await;
    keys.enter("nav a[href='/aviseringar']").await;
    keys.write("#code", sms.split("Kod ").nth(1).unwrap().trim_end_matches('.')).await;
    tab.press_key("Enter", 13, Some("\r")).await;
    tab.see("Ja, det kommer från oss.").await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r45_a_user_comes_to_a_watch_without_javascript() {
    let home = Demonstration::begin().await;
    let tab = home.chromium.person().await;
    tab.without_scripts().await;
    tab.go(&format!("{}/logga-in", home.url)).await;
    tab.fill("#number-token", "19790305-9843").await;
    tab.press_at("form:has(#number-token) button").await;
    let answer = home.telephone.token("sara", &tab.read(".digits").await).await;
    tab.fill("#answer", &answer).await;
    tab.press_at("form[action*='/logga-in/dosa/'] button.primary").await;
    tab.see("Exempelbolaget AB").await;

    // Her number is not confirmed yet; the page of her watches says so, and leads to the code.
    tab.go(&format!("{}/bevakningar", home.url)).await;
    tab.see("är inte bekräftat").await;
    tab.press_at("form[action$='/kod'] button").await;
    tab.see("Koden är på väg.").await;
    let code = home.telephone.code("+46701740625", "Din kod är", 1).await;
    tab.fill("input[name=code]", &code).await;
    tab.press_at(CONFIRM).await;
    tab.see("kan användas för dina bevakningar").await;

    tab.press_at("nav a[href='/bevakningar']").await;
    tab.press("Ändra").await;
    tab.press_at("[id='message.received.sms']").await;
    tab.fill("[id='message.received.quiet_from']", "22:00").await;
    tab.press_at("button[value=save]").await;
    tab.see("den tysta tiden behöver både början och slut").await;
    tab.find("details[open] [id='message.received.quiet_to']").await;
    tab.fill("[id='message.received.quiet_from']", "").await;
    tab.press_at("button[value=save]").await;
    tab.see("Dina val är sparade.").await;
    home.inject("message.received", EXEMPELBOLAGET, &json!({"message_id": "1"}));
    home.telephone.sms("+46701740625", "Nytt meddelande", 1).await;

    // The company's page and the way out need none either.
    tab.press_at("nav a[href='/aviseringar']").await;
    tab.see("Mottagen").await;
    tab.press_at("form.sign-out button").await;
    tab.see("Du är utloggad.").await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r45_a_user_who_switches_to_english_is_told_in_english() {
    let home = Demonstration::begin().await;
    let tab = home.member("Anna Lind", "Exempelbolaget AB").await;
    tab.press_at("nav a[href='/bevakningar']").await;
    tab.find("table.watches").await;
    tab.press_at("footer button[lang=en]").await;
    tab.see("My watches").await;
    tab.press("Change").await;
    tab.press_at("[id='payment.rejected.sms']").await;
    tab.press_at("button[value=save]").await;
    tab.see("Your choices are saved.").await;

    tab.press_at("nav a[href='/kontaktuppgifter']").await;
    tab.see("Contact details").await;
    tab.fill("#number", "0046 70 174 06 55").await;
    tab.press_at("form:has(#number) button").await;
    tab.see("The code is on its way.").await;
    let code = home.telephone.code("+46701740655", "Your code is", 1).await;
    tab.fill("input[name=code]", &code).await;
    tab.press_at(CONFIRM).await;
    tab.see("can be used for your watches").await;
    // The number that was there before is told, in the same language.
    home.telephone.sms("+46701740605", "A new contact point is being added", 1).await;

    home.inject("payment.rejected", EXEMPELBOLAGET, &rejected());
    home.telephone.mail("anna@exempelbolaget.example", "Rejected payment for Exempelbolaget AB", 1).await;
    tab.press_at("nav a[href='/aviseringar']").await;
    tab.find("table.alerts").await;
    tab.see("Rejected payment").await;

    // And back, on the page of contact points.
    tab.press_at("nav a[href='/kontaktuppgifter']").await;
    tab.press_at("#language-sv").await;
    tab.press_at("form[action='/sprak']:has(#language-sv) button").await;
    tab.see("Kontaktuppgifter").await;
    home.inject("payment.rejected", EXEMPELBOLAGET, &rejected());
    home.telephone.mail("anna@exempelbolaget.example", "Avvisad betalning", 1).await;
    home.end().await;
}

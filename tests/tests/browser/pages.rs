//! Every page, in each state that the demonstration can bring it to, before the [`Inspector`].
//!
//! A page that only has to be opened is one line in the list of the person who sees it.

use crate::{demonstration::EXEMPELBOLAGET, telephone::sign_in, visit::Visit};
use serde_json::json;

const EVERYONE: [&str; 5] =
    ["/logga-in", "/logga-in?kanal=private", "/hjalp", "/finns-inte", "/logga-in?lang=en"];
/// A signatory and permission administrator of a company with an agreement.
const ADMINISTRATOR: [&str; 9] = [
    "/",
    "/avtal",
    "/avtal/andra",
    "/avtal/avsluta",
    "/avtal/avsluta/bekrafta",
    "/behorigheter",
    "/behorigheter/lagg-till",
    "/avtal/anslut",
    "/hjalp",
];
/// A user without any permission.
const RESTRICTED: [&str; 4] = ["/", "/avtal", "/avtal/anslut", "/behorigheter"];
/// A person with the right to connect a company that has no agreement.
const UNCONNECTED: [&str; 4] = ["/", "/avtal", "/avtal/anslut", "/avtal/andra"];
const SANDBOX: [&str; 4] = ["/sandbox/", "/sandbox/bankid", "/sandbox/token", "/sandbox/mails/0"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r42_r45_nobody_is_hindered_from_signing_in_on_axe() {
    let mut visit = Visit::begin().await;
    let tab = visit.home.chromium.person().await;
    visit.addresses(&tab, "everyone", &EVERYONE).await;
    tab.go(&format!("{}/logga-in?lang=sv", visit.home.url)).await;
    visit.begin_with(&tab, "on_card", "1", "wrong number", ".note.error").await;
    visit.begin_with(&tab, "on_card", "19850412-9811", "card to sign in", "[data-bankid]").await;
    tab.press_at("form[action$='/avbryt'] button").await;
    visit.page(&tab, "cancelled", "#number-on_card").await;
    visit.begin_with(&tab, "token", "19850412-9811", "token to sign in", "#answer").await;
    tab.fill("#answer", "12345678").await;
    tab.press_at("form[action*='/logga-in/dosa/'] button.primary").await;
    visit.page(&tab, "wrong response", ".note.error").await;
    visit.begin_with_mobile(&tab).await;
    visit.page(&tab, "mobile to sign in", ".qr").await;
    tab.press_at("form[action$='/avbryt'] button").await;
    tab.find("#number-on_card").await;
    for (who, name) in [("Vera Nyman", "unknown person"), ("Olof Sund", "blocked user")] {
        let tab = visit.home.chromium.person().await;
        sign_in(&tab, &visit.home.telephone, who, "BankID").await;
        visit.page(&tab, name, ".note").await;
    }
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r42_r45_nobody_is_hindered_from_changing_an_agreement_on_axe() {
    let mut visit = Visit::begin().await;
    let anna = visit.home.member("Anna Lind", "Exempelbolaget AB").await;
    visit.addresses(&anna, "administrator", &ADMINISTRATOR).await;
    anna.go(&format!("{}/avtal/andra", visit.home.url)).await;
    anna.ask("document.querySelector('.session').hidden = false").await;
    visit.page(&anna, "session that ends soon", ".session").await;
    let change = "form[action='/avtal/andra'] button.primary";
    visit.press(&anna, "/avtal/andra", change, "no change", ".note").await;
    let add = "form[action='/behorigheter/lagg-till'] button.primary";
    visit.press(&anna, "/behorigheter/lagg-till", add, "no user", ".note.error").await;
    let erik = "tr:has(button[value=grant]) button[value=grant]";
    visit.press(&anna, "/behorigheter", erik, "granted", ".note").await;

    anna.go(&format!("{}/avtal/andra", visit.home.url)).await;
    anna.press_at("input[value='message.received']").await;
    anna.press_at(change).await;
    visit.page(&anna, "order to sign", "button[name=method]").await;
    anna.press_at("button[name=method][value=token]").await;
    visit.page(&anna, "token to sign", "#answer").await;
    anna.press_at("button[form=cancel]").await;
    anna.press_at("button[name=method][value=mobile]").await;
    visit.page(&anna, "mobile to sign", ".qr").await;
    anna.press_at("form[action$='/avbryt'] button").await;
    anna.press_at("button[name=method][value=mobile]").await;
    anna.find(".qr").await;
    visit.home.telephone.confirm("Anna Lind").await;
    visit.page(&anna, "signed", ".note.success").await;
    visit.addresses(&anna, "after a change", &["/avtal"]).await;

    let end = "form[action='/avtal/avsluta/bekrafta'] button";
    visit.press(&anna, "/avtal/avsluta/bekrafta", end, "ended", ".note.success").await;
    visit.addresses(&anna, "without agreement", &["/", "/avtal", "/avtal/andra"]).await;
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r42_r45_nobody_is_hindered_from_connecting_on_axe() {
    let mut visit = Visit::begin().await;
    let connect = "form[action='/avtal/anslut'] button.primary";
    let nils = visit.home.member("Nils Dahl", "Nils Dahls Snickeri").await;
    visit.addresses(&nils, "sole trader", &UNCONNECTED).await;
    visit.press(&nils, "/avtal/anslut", connect, "nothing chosen", ".note.error").await;

    let astrid = visit.home.member("Astrid Vik", "Vik & Rask").await;
    astrid.go(&format!("{}/avtal/anslut", visit.home.url)).await;
    astrid.press_at("input[value='payment.rejected']").await;
    astrid.press_at(connect).await;
    astrid.press_at("button[name=method][value=mobile]").await;
    astrid.find(".qr").await;
    visit.home.telephone.confirm("Astrid Vik").await;
    visit.page(&astrid, "first signature", ".note.warning").await;
    visit.addresses(&astrid, "first signatory", &["/", "/avtal"]).await;
    visit.press(&astrid, "/", "main a.button", "order that waits", "form[action$='/avbryt']").await;
    let gustav = visit.home.member("Gustav Rask", "Vik & Rask").await;
    visit.addresses(&gustav, "second signatory", &["/"]).await;
    astrid.press_at("form[action$='/avbryt'] button").await;
    visit.page(&astrid, "order withdrawn", "main:not(:has(form[action$='/avbryt']))").await;

    let maja = visit.home.member("Maja Öst", "Vik & Rask").await;
    visit.addresses(&maja, "user of two companies", &["/valj-foretag", "/valj-foretag?lang=en"]).await;
    visit.press(&maja, "/valj-foretag", "main form button", "company chosen", "nav").await;
    let erik = visit.home.member("Erik Berg", "Exempelbolaget AB").await;
    visit.addresses(&erik, "restricted", &RESTRICTED).await;
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r42_r45_nobody_is_hindered_in_the_sandbox_on_axe() {
    let mut visit = Visit::begin().await;
    let (phone, tab) = (visit.home.chromium.person().await, visit.home.chromium.person().await);
    visit.addresses(&phone, "sandbox", &SANDBOX).await;
    let respond = "form[action='/sandbox/token'] button.primary";
    phone.go(&format!("{}/sandbox/token", visit.home.url)).await;
    for (challenge, name, sign) in
        [("123", "token wrong", ".note.red"), ("12345678", "token response", ".response")]
    {
        phone.fill("#challenge", challenge).await;
        phone.press_at(respond).await;
        visit.page(&phone, &format!("sandbox {name}"), sign).await;
    }

    let payment = json!({"payment_id": "1", "reason": "other"});
    visit.home.inject("payment.rejected", EXEMPELBOLAGET, &payment);
    visit.addresses(&phone, "sandbox with messages", &["/sandbox/"]).await;
    visit.press(&phone, "/sandbox/", ".mailbox h3 a", "sandbox mail", "iframe").await;

    let open = "form[action$='/open'] button";
    visit.begin_with_mobile(&tab).await;
    phone.go(&format!("{}/sandbox/bankid", visit.home.url)).await;
    visit.page(&phone, "sandbox order", open).await;
    // An order waits for half a minute only; this one is new.
    tab.press_at("form[action$='/avbryt'] button").await;
    tab.find("#number-on_card").await;
    visit.begin_with_mobile(&tab).await;
    phone.go(&format!("{}/sandbox/bankid", visit.home.url)).await;
    phone.press_at(open).await;
    visit.page(&phone, "sandbox whose BankID", "form[action$='/choose']").await;
    phone.press_at("form[action$='/choose'] button").await;
    visit.page(&phone, "sandbox code", "#code").await;
    phone.fill("#code", "000000").await;
    phone.press_at("form[action$='/code'] button.primary").await;
    visit.page(&phone, "sandbox wrong code", ".note.red").await;
    phone.press_at("form[action$='/fail'] button").await;
    visit.page(&phone, "sandbox order failed", ".note.amber").await;
    visit.end().await;
}

//! The app: its pages lead an order from the list to the signature.

use crate::{RelyingParty, rig};
use axum::http::{Request, StatusCode, header};
use bevaka_eid::{
    bankid::{self, Completion, Method},
    profile::Profile,
    signature::{self, Expected, Purpose, Signatory},
};
use serde_json::{Value, json};

const TEXT: &str = "Avtal om Bevaka ärenden\n\n  1. <b>Inkommen e-faktura</b>\n";

impl RelyingParty {
    async fn order(&self, more: &Value) -> Value {
        let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, TEXT);
        let mut body = json!({"endUserIp": "192.0.2.1", "userVisibleData": text});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.begin("sign", &body).await
    }

    /// Posts a form and answers where it leads.
    pub async fn form(&self, uri: &str, form: &str) -> String {
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "127.0.0.1:8080")
            .body(form.to_owned().into())
            .unwrap();
        let answer = self.rig.ask(request).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{uri} {form}");
        answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
    }
}

pub fn page_of(order_ref: &str) -> String {
    format!("/sandbox/bankid/orders/{order_ref}")
}

fn text<'a>(order: &'a Value, name: &str) -> &'a str {
    order[name].as_str().unwrap()
}

#[tokio::test]
async fn somebody_opens_an_order_reads_it_and_signs() {
    let party = RelyingParty::start().await;
    let order = party.order(&json!({"requirement": {"certificatePolicies": ["1.2.3.4.25"]}})).await;
    let page = page_of(text(&order, "orderRef"));
    for (language, words) in [
        ("sv", ["Väntar på appen", "Mobilt BankID", "Skriv under hos Bevaka", "Säkerhetskod"]),
        ("en", ["Waiting for the app", "Mobile BankID", "Sign for Bevaka", "Security code"]),
    ] {
        let list = party.rig.page(&format!("/sandbox/bankid?lang={language}")).await;
        assert!(list.contains(words[0]) && list.contains(words[1]) && list.contains(&page), "{list}");
        assert!(list.contains("http-equiv=\"refresh\""), "{list}");
        let fragment = party.rig.page(&format!("/sandbox/bankid/list?lang={language}")).await;
        assert!(fragment.contains(words[0]) && !fragment.contains("<html"), "{fragment}");
        let shown = party.rig.page(&format!("{page}?lang={language}")).await;
        assert!(shown.contains(words[2]) && !shown.contains(words[3]), "{shown}");
        // As plain text, line for line.
        assert!(shown.contains("ärenden\n\n  1. &lt;b&gt;Inkommen e-faktura&lt;/b&gt;\n"), "{shown}");
    }
    assert_eq!(party.hint(text(&order, "orderRef")).await, "outstandingTransaction", "a look opens nothing");
    assert_eq!(party.form(&format!("{page}/open"), "").await, page);
    assert_eq!(party.hint(text(&order, "orderRef")).await, "started");
    assert_eq!(party.form(&format!("{page}/choose"), "bankid=anna/mobile").await, page);
    assert!(party.rig.page(&page).await.contains("I sandlådan är koden 123456"));
    assert_eq!(party.hint(text(&order, "orderRef")).await, "userSign");
    assert_eq!(party.form(&format!("{page}/code"), "code=123456").await, page);
    assert!(party.rig.page(&page).await.contains("Du har skrivit under."));
    assert!(!party.rig.page("/sandbox/bankid").await.contains(&page), "the list shows what is pending");

    let complete = party.collect(text(&order, "orderRef")).await;
    let completion = Completion::parse(complete.to_string()).unwrap();
    let profile = Profile::load(&party.directory.path().join("bankid/profile.toml")).unwrap();
    let expected = Expected {
        purpose: Purpose::Signing,
        method: Method::Mobile,
        signatory: Signatory::Person("191212121212"),
        visible: Some(TEXT),
        non_visible: None,
    };
    signature::verify(&completion, &expected, &profile).unwrap();
    party.rig.stop().await;
}

#[tokio::test]
async fn r09_the_wrong_kind_and_the_wrong_person_are_refused_and_the_order_waits() {
    let party = RelyingParty::start().await;
    let requirement = json!({"certificatePolicies": ["1.2.3.4.10"], "personalNumber": "191212121212"});
    let order = party.order(&json!({"requirement": requirement})).await;
    let page = page_of(text(&order, "orderRef"));
    assert!(party.rig.page(&page).await.contains("Ärendet är till för Anna Lind."));
    for (chosen, refused, words) in [
        ("anna/mobile", "kind", "av annat slag"),
        ("erik/on_card", "person", "till för någon annan"),
        ("maja/on_card", "bankid", "inget sådant BankID"),
        ("nobody/mobile", "bankid", "inget sådant BankID"),
        ("anna", "bankid", "inget sådant BankID"),
    ] {
        let leads = party.form(&format!("{page}/choose"), &format!("bankid={chosen}")).await;
        assert_eq!(leads, format!("{page}?refused={refused}"), "{chosen}");
        assert!(party.rig.page(&leads).await.contains(words), "{chosen}");
        let leads = party.form(&format!("{page}/code"), "code=123456").await;
        assert_eq!(leads, format!("{page}?refused=bankid"), "nobody has chosen a BankID that fits");
    }
    assert_eq!(party.hint(text(&order, "orderRef")).await, "started");
    assert_eq!(party.form(&format!("{page}/choose"), "bankid=anna/on_card").await, page);
    assert_eq!(party.form(&format!("{page}/code"), "code=123456").await, page);
    assert_eq!(party.collect(text(&order, "orderRef")).await["status"], "complete");
    party.rig.stop().await;
}

#[tokio::test]
async fn three_wrong_codes_block_the_bankid() {
    let party = RelyingParty::start().await;
    let order = party.order(&json!({})).await;
    let page = page_of(text(&order, "orderRef"));
    party.form(&format!("{page}/choose"), "bankid=erik/mobile").await;
    for (left, words) in [(2, "två försök kvar"), (1, "ett försök kvar")] {
        let leads = party.form(&format!("{page}/code"), "code=654321").await;
        assert_eq!(leads, format!("{page}?refused=code&left={left}"));
        assert!(party.rig.page(&leads).await.contains(words));
    }
    assert_eq!(party.form(&format!("{page}/code"), "code=654321").await, page);
    assert!(party.rig.page(&page).await.contains("certificateErr"));
    assert_eq!(party.hint(text(&order, "orderRef")).await, "certificateErr");
    party.rig.stop().await;
}

#[tokio::test]
async fn every_failure_and_every_hint_can_be_chosen() {
    let party = RelyingParty::start().await;
    for failure in [
        "expiredTransaction",
        "certificateErr",
        "userCancel",
        "cancelled",
        "startFailed",
        "userDeclinedCall",
        "notSupportedByUserApp",
        "transactionRiskBlocked",
        "mrtdVerificationFailed",
        "facialRecognitionFailed",
        "nfcNotSupportedByDevice",
        "multipleBankIdsOnDevice",
        "stepUpFailed",
    ] {
        let order = party.order(&json!({})).await;
        let page = page_of(text(&order, "orderRef"));
        assert!(party.rig.page(&page).await.contains(&format!("<option>{failure}</option>")));
        party.form(&format!("{page}/fail"), &format!("failure={failure}")).await;
        assert_eq!(party.hint(text(&order, "orderRef")).await, failure);
    }
    let order = party.order(&json!({})).await;
    let page = page_of(text(&order, "orderRef"));
    for hint in ["noClient", "started", "userCallConfirm", "userMrtd", "userFace", "userStepUp", "processing"]
    {
        assert!(party.rig.page(&page).await.contains(&format!("<option>{hint}</option>")));
        party.form(&format!("{page}/show"), &format!("hint={hint}")).await;
        assert_eq!(party.hint(text(&order, "orderRef")).await, hint);
    }
    party.rig.stop().await;
}

#[tokio::test]
async fn a_start_link_opens_the_order_and_leads_back() {
    let party = RelyingParty::start().await;
    let order = party.order(&json!({"returnUrl": "https://bank.example/back"})).await;
    let page = page_of(text(&order, "orderRef"));
    let start = |redirect: &str| {
        let token = text(&order, "autoStartToken");
        let uri = format!("/sandbox/bankid/start?autostarttoken={token}&redirect={redirect}");
        party.rig.ask(Request::get(uri).body(axum::body::Body::empty()).unwrap())
    };
    let answer = start("null").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], page);
    assert_eq!(party.hint(text(&order, "orderRef")).await, "started");
    party.form(&format!("{page}/choose"), "bankid=anna/mobile").await;
    // Another site is a link on the page, and nothing that the app leads to by itself.
    assert_eq!(party.form(&format!("{page}/cancel"), "").await, page);
    assert!(party.rig.page(&page).await.contains("href=\"https://bank.example/back\""));
    assert_eq!(party.hint(text(&order, "orderRef")).await, "userCancel");
    assert_eq!(start("null").await.status(), StatusCode::NOT_FOUND, "the order is over");

    let order = party.order(&json!({})).await;
    let page = page_of(text(&order, "orderRef"));
    let uri = format!(
        "/sandbox/bankid/start?autostarttoken={}&redirect=http%3A%2F%2F127.0.0.1%3A8080%2Fsign%2F1",
        text(&order, "autoStartToken")
    );
    party.rig.ask(Request::get(uri).body(axum::body::Body::empty()).unwrap()).await;
    party.form(&format!("{page}/choose"), "bankid=anna/mobile").await;
    assert_eq!(party.form(&format!("{page}/code"), "code=+123456").await, "http://127.0.0.1:8080/sign/1");
    party.rig.stop().await;
}

#[tokio::test]
async fn a_pasted_qr_code_leads_to_its_order() {
    let party = RelyingParty::start().await;
    let order = party.order(&json!({})).await;
    let qr = bankid::qr(text(&order, "qrStartToken"), &text(&order, "qrStartSecret").into(), 3);
    let qr = format!("qr={qr}");
    let refused = "/sandbox/bankid?refused=qr";
    assert_eq!(party.form("/sandbox/bankid/scan", &qr).await, refused, "it is of the future");
    party.wait(3);
    assert_eq!(party.form("/sandbox/bankid/scan", &qr.replace(".3.", ".4.")).await, refused);
    assert!(party.rig.page(refused).await.contains("QR-koden gäller inte längre"));
    assert_eq!(party.form("/sandbox/bankid/scan", &qr).await, page_of(text(&order, "orderRef")));
    assert_eq!(party.hint(text(&order, "orderRef")).await, "started");
    party.rig.stop().await;
}

#[tokio::test]
async fn the_pages_show_no_secret_and_refuse_what_is_not_there() {
    let party = RelyingParty::start().await;
    let order = party.order(&json!({})).await;
    for uri in ["/sandbox/bankid".to_owned(), page_of(text(&order, "orderRef"))] {
        let page = party.rig.page(&uri).await;
        for secret in ["qrStartSecret", "autoStartToken"] {
            assert!(!page.contains(text(&order, secret)), "{secret} on {uri}");
        }
    }
    for uri in ["/sandbox/bankid/orders/x", "/sandbox/bankid/start?autostarttoken=x"] {
        let (status, page) = party.rig.get(uri).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{uri}");
        assert!(page.contains("Ärendet finns inte") && page.contains("href=\"/sandbox/bankid\""), "{page}");
    }
    for action in
        ["open?", "choose?bankid=anna/mobile", "code?code=123456", "cancel?x", "fail?failure=cancelled"]
    {
        let (action, form) = action.split_once('?').unwrap();
        let uri = format!("/sandbox/bankid/orders/x/{action}");
        assert_eq!(party.form(&uri, form).await, "/sandbox/bankid/orders/x");
    }
    party.rig.stop().await;
}

#[tokio::test]
async fn the_navigation_leads_from_page_to_page() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    for uri in ["/sandbox/", "/sandbox/bankid", "/sandbox/token"] {
        let page = rig.page(uri).await;
        assert!(page.contains(&format!("href=\"{uri}\" aria-current=\"page\"")), "{page}");
        for link in ["/sandbox/", "/sandbox/bankid", "/sandbox/token"] {
            assert!(page.contains(&format!("href=\"{link}\"")), "{uri} has no link to {link}");
        }
    }
    rig.stop().await;
}

//! The story of an agreement that two sign jointly.

use crate::{
    tab::{Chromium, Tab},
    telephone::{Telephone, sign_in, up},
};
use bevaka_tests::{eventually, http};
use serde_json::Value;

const COMPANY: &str = "Vik & Rask Handelsbolag";

async fn sign(tab: &Tab, telephone: &Telephone, who: &str) {
    tab.press_at("button[name=method][value=mobile]").await;
    tab.see("Avbryt").await;
    telephone.confirm(who).await;
}

async fn mails(url: &str) -> Vec<Value> {
    let text = http().get(format!("{url}/sandbox/api/messages")).send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// Waits until both partners have got a mail with this in its subject.
async fn both_are_mailed(url: &str, subject: &str) {
    eventually(subject, || async {
        let mails = mails(url).await;
        let told = |who: &str| {
            mails.iter().any(|mail| {
                mail["to"] == who && mail["subject"].as_str().is_some_and(|line| line.contains(subject))
            })
        };
        (told("astrid@vik-rask.example") && told("gustav@vik-rask.example")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_partners_connect_change_and_end_jointly() {
    let directory = tempfile::tempdir().unwrap();
    let (bevaka, url) = up(&directory.path().join("data")).await;
    let chromium = Chromium::start().await;
    let telephone = Telephone::new(chromium.person().await, &url);
    let (astrid, gustav) = (chromium.person().await, chromium.person().await);

    // Astrid connects; her signature is the first of two.
    sign_in(&astrid, &telephone, "Astrid Vik", COMPANY).await;
    astrid.press("Anslut").await;
    astrid.see("Välj").await;
    astrid.press("Anslut").await;
    astrid.see("Välj minst ett").await;
    astrid.press_at("input[value='payment.rejected']").await;
    astrid.press_at("input[value='message.received']").await;
    astrid.press("Anslut").await;
    astrid.see("969999-0009").await;
    sign(&astrid, &telephone, "Astrid Vik").await;
    astrid.see("Gustav Rask").await;

    // Gustav finds what waits for him, and completes it.
    sign_in(&gustav, &telephone, "Gustav Rask", COMPANY).await;
    gustav.see("Astrid Vik").await;
    gustav.press_at("main a.button.primary").await;
    gustav.see("Avvisad betalning").await;
    sign(&gustav, &telephone, "Gustav Rask").await;
    gustav.see("Kvitto").await;
    both_are_mailed(&url, "anslut").await;

    // Gustav changes the scope; now Astrid completes.
    gustav.go(&format!("{url}/avtal/andra")).await;
    gustav.press_at("input[value='message.received']").await;
    gustav.press_at("main form[action='/avtal/andra'] button.primary").await;
    gustav.see("Ändring av avtal").await;
    sign(&gustav, &telephone, "Gustav Rask").await;
    gustav.see("Astrid Vik").await;
    astrid.go(&format!("{url}/")).await;
    astrid.press_at("main a.button.primary").await;
    sign(&astrid, &telephone, "Astrid Vik").await;
    astrid.see("Kvitto").await;
    both_are_mailed(&url, "ndrat").await;

    // Every version stays readable.
    astrid.go(&format!("{url}/avtal")).await;
    astrid.see("Gustav Rask").await;

    // Ending takes two presses, and no signature.
    astrid.go(&format!("{url}/avtal/avsluta")).await;
    astrid.press("Avsluta").await;
    astrid.press_at("form[action='/avtal/avsluta/bekrafta'] button").await;
    astrid.see("Avtalet är avslutat").await;
    both_are_mailed(&url, "avslutat").await;
    astrid.go(&format!("{url}/")).await;
    astrid.press("Anslut").await;

    chromium.close().await;
    assert!(bevaka.stop());
}

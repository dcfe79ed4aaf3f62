//! The bank's own people sign in by the provider, which leads over several addresses that a browser must allow.

use crate::{
    tab::{Chromium, Tab},
    telephone::up,
};

/// Goes to sign in, and says at the provider who it is.
pub async fn sign_in(tab: &Tab, url: &str, who: &str) {
    tab.go(&format!("{url}/drift/logga-in")).await;
    tab.press("Logga in").await;
    tab.see("Vem loggar in?").await;
    tab.press(who).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_signs_in_by_the_banks_provider() {
    let directory = tempfile::tempdir().unwrap();
    let (bevaka, url) = up(&directory.path().join("data")).await;
    let chromium = Chromium::start().await;
    let karin = chromium.person().await;
    sign_in(&karin, &url, "Karin Ek").await;
    karin.until("coming back", "location.pathname === '/drift'").await;

    let nils = chromium.person().await;
    sign_in(&nils, &url, "Nils Utan").await;
    nils.see("Du har ingen roll i Bevaka drift").await;
    nils.see("godkännare").await;
    sign_in(&nils, &url, "Avbryt").await;
    nils.see("Du avbröt").await;
    nils.press("Till inloggningen").await;
    nils.see("För bankens egen personal").await;
    chromium.close().await;
    assert!(bevaka.stop());
}

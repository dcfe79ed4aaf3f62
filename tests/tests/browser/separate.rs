//! The separate services as one product: one address for customers, one for operators, behind the proxy of the compose
//! file. The same story runs on processes of this machine and on containers (`cargo xtask compose`).

use crate::{
    operators,
    tab::{Chromium, Tab},
    telephone::{Telephone, sign_in_at},
    watches::{add_number, connect},
};
use bevaka_rig::{postgres_database, rabbitmq_vhost};
use bevaka_tests::Stack;
use serde_json::Value;

const CRAWL: &str = include_str!("crawl.js");
const NILS: &str = "Nils Dahls Snickeri";
const NUMBER: &str = "+46701740645";

/// Where people reach the parts of an installation.
struct Addresses {
    customers: String,
    operators: String,
    sandbox: String,
}

/// Follows every link of a site, and tells what leads out of it.
async fn follow_every_link(tab: &Tab, from: &str, at_least: u64) -> Vec<String> {
    let found = tab.ask(&format!("({CRAWL})({})", Value::from(from))).await;
    assert_eq!(found["faults"], Value::Array(Vec::new()), "from {from}");
    assert!(found["visited"].as_u64().unwrap() >= at_least, "from {from}: {found}");
    found["outside"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// That the page has its style and its scripts: without them it is bare.
async fn is_styled(tab: &Tab) {
    let rules = "[...document.styleSheets].reduce((sum, sheet) => sum + sheet.cssRules.length, 0)";
    tab.until("the style", &format!("{rules} > 50")).await;
    tab.until("the scripts", "[...document.scripts].length > 0").await;
}

async fn is_one_product(at: &Addresses) {
    let chromium = Chromium::start().await;
    let telephone = Telephone::new(chromium.person().await, &at.sandbox);

    // A customer connects, chooses what to watch and confirms a number.
    let nils = chromium.person().await;
    nils.go(&format!("{}/bevakningar", at.customers)).await;
    nils.see("Logga in").await;
    is_styled(&nils).await;
    sign_in_at(&nils, &at.customers, &telephone, "Nils Dahl", NILS).await;
    nils.until("the warning before the session ends", "document.querySelector('[data-warns-s]') !== null")
        .await;
    connect(&telephone, &nils).await;
    add_number(&telephone, &nils, "070-174 06 45", NUMBER).await;
    is_styled(&nils).await;
    nils.go(&format!("{}/bevakningar/andra", at.customers)).await;
    nils.press_at("[id='payment.rejected.sms']").await;
    nils.choose("[id='payment.rejected.sms_to']", "06 45").await;
    nils.press_at("[id='payment.rejected.email']").await;
    nils.press_at("button[name=do][value=save]").await;
    nils.see("Dina val är sparade.").await;
    nils.choose("#contact", "06 45").await;
    nils.press_at("form[action='/bevakningar/prov'] button").await;
    telephone.sms(NUMBER, "TEST", 1).await;

    // An operator signs in at the other address and injects an event.
    let karin = chromium.person().await;
    operators::sign_in(&karin, &at.operators, "Karin Ek").await;
    karin.until("coming back", "location.pathname === '/drift'").await;
    is_styled(&karin).await;
    karin.press_at("nav a[href='/drift/injicera']").await;
    karin.press("Avvisad betalning").await;
    karin.fill("#companies", "590814-9858").await;
    karin.fill("#data-payment_id", "p-1").await;
    karin.choose("#data-reason", "other").await;
    karin.fill("#because", "provar tjänsterna var för sig").await;
    karin.press_at("button[name=go][value=look]").await;
    karin.press_at("button[name=go][value=send]").await;

    // He is told both ways, and the mail leads back to the customers' address.
    telephone.sms(NUMBER, "Avvisad betalning", 1).await;
    let mail = telephone.mail("nils@dahls-snickeri.example", "Avvisad betalning", 1).await;
    let stranger = chromium.person().await;
    stranger.go(&format!("{mail}/html")).await;
    stranger.press_at("a[href*='/sluta/']").await;
    stranger.see("Stäng av bevakningen?").await;
    assert!(stranger.address().await.starts_with(&at.customers));

    // The operator finds the event.
    karin.go(&format!("{}/drift/handelser", at.operators)).await;
    karin.press_at("main tbody th a[href^='/drift/handelser/']").await;
    karin.see("Vem fick veta, och varför").await;
    karin.see("Nils Dahl").await;

    // Nothing on any page leads nowhere or to another origin.
    let nobody = chromium.person().await;
    nobody.go(&format!("{}/logga-in", at.customers)).await;
    for (tab, from, at_least) in [
        (&nobody, "/logga-in", 8),
        (&stranger, "/logga-in", 8),
        (&nils, "/", 20),
        (&nils, "/bevakningar", 20),
        (&karin, "/drift", 20),
    ] {
        assert_eq!(follow_every_link(tab, from, at_least).await, Vec::<String>::new(), "from {from}");
    }
    for (site, hidden) in [
        (&at.customers, "/health/ready"),
        (&at.customers, "/metrics"),
        (&at.customers, "/drift"),
        (&at.customers, "/dispatcher/api/events"),
        (&at.operators, "/health/live"),
        (&at.operators, "/metrics"),
        (&at.operators, "/avtal"),
    ] {
        let answer = bevaka_tests::http().get(format!("{site}{hidden}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{site}{hidden}");
    }
    chromium.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_services_of_the_compose_file_are_one_product_as_processes() {
    let mut stack = Stack::start(&postgres_database("compose"), &rabbitmq_vhost("compose")).await;
    let at =
        Addresses { customers: stack.customers(), operators: stack.operators(), sandbox: stack.sandbox() };
    is_one_product(&at).await;
    // The link in a mail is a secret, also where nobody takes it.
    stack.kill("watches");
    let answer = bevaka_tests::http().get(format!("{}/sluta/hemlig", at.customers)).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert!(!answer.text().await.unwrap().is_empty(), "people see why");
    let log = stack.log("proxy");
    assert!(!log.is_empty() && !log.contains("hemlig"), "{log}");
    assert_eq!(stack.stop(), Vec::<String>::new());
}

/// Where the containers of `docker-compose.yml` are published; `cargo xtask compose` starts them and tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the containers of the compose file: cargo xtask compose"]
#[allow(clippy::disallowed_methods, reason = "xtask tells where the containers are")]
async fn the_services_of_the_compose_file_are_one_product_as_containers() {
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("run it by `cargo xtask compose`"));
    let at = Addresses {
        customers: told("BEVAKA_TEST_CUSTOMERS"),
        operators: told("BEVAKA_TEST_OPERATORS"),
        sandbox: told("BEVAKA_TEST_SANDBOX"),
    };
    is_one_product(&at).await;
}

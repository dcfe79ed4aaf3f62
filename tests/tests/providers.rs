//! The dispatcher binary with the real providers: Kannel as gateway, delivery reports included, and aiosmtpd as mail
//! server with STARTTLS and a password.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "this is a test")]

use bevaka_domain::{delivery::Delivery, watch::Channel};
use bevaka_rig::{
    Kannel, KannelOptions, SmtpAuth, SmtpBehaviour, SmtpSink, SmtpSinkOptions, postgres_database,
    rabbitmq_vhost,
};
use bevaka_tests::{Company, World, eventually, http};
use std::{fs, time::Duration};

const COMPANY: &str = "5560160680";
const PATIENCE: Duration = Duration::from_secs(60);

fn company() -> Company {
    Company::new(COMPANY, "Åkeri Östersund AB").user("anna", Some("0701740605"), Some("anna@x.example"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_becomes_an_sms_through_kannel_and_its_report_comes_back() {
    let kannel =
        tokio::task::spawn_blocking(|| Kannel::start(KannelOptions::default()).unwrap()).await.unwrap();
    let base = kannel.sendsms_url();
    let base = base.split("/cgi-bin").next().unwrap().to_owned();
    let mut world = World::new(&postgres_database("kannel"), &rabbitmq_vhost("kannel"))
        .await
        .set("SMS__GATEWAY", "kannel")
        .set("SMS__BASE_URL", base)
        .set("SMS__ACCOUNT", kannel.username.clone())
        .set("SMS__SECRET", kannel.password.clone())
        .set("SMS__REPORT_SECRET", "fedcba9876543210fedcba9876543210")
        .set("SMTP__PORT", bevaka_rig::ports::free().unwrap().to_string());
    world.import(&[company()]);
    let dispatcher = world.dispatcher();
    world.publish(["p1".to_owned()].into_iter(), |_| COMPANY.to_owned()).await;
    let delivered = eventually("the report and the outcome", || async {
        let all = world.deliveries().await;
        all.into_iter()
            .find(|d| d.channel == Channel::Sms && d.state.name() == "delivered" && d.attempts == 1)
    })
    .await;
    let messages = tokio::task::block_in_place(|| kannel.wait_for_messages(1, PATIENCE));
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].from.as_str(), messages[0].ucs2, messages[0].parts), ("Bevaka", false, 1));
    assert!(
        messages[0].text.starts_with("Avvisad betalning för Åkeri Östersund AB "),
        "{}",
        messages[0].text
    );
    let happened: Vec<_> = delivered.history.iter().map(|entry| entry.what.as_str()).collect();
    assert!(happened.contains(&"accepted") && happened.contains(&"report_delivered"), "{happened:?}");
    // Nobody listens at the mail server's port: the channel is down and the mail waits for it.
    eventually("the mail waits", || async {
        let all = world.deliveries().await;
        let waits =
            |d: &Delivery| d.channel == Channel::Email && d.attempts > 0 && d.state.name() == "waiting";
        all.iter().any(waits).then_some(())
    })
    .await;
    assert!(dispatcher.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_becomes_a_mail_over_starttls_with_a_password_once_the_server_takes_it() {
    let auth = SmtpAuth { username: "bevaka".into(), password: "hemligt lösen".into() };
    let options = SmtpSinkOptions { starttls: true, auth: Some(auth.clone()), ..SmtpSinkOptions::default() };
    let sink = tokio::task::spawn_blocking(|| SmtpSink::start(options).unwrap()).await.unwrap();
    sink.behave(SmtpBehaviour::FailRcpt(451)).unwrap();
    let mut world = World::new(&postgres_database("smtp"), &rabbitmq_vhost("smtp"))
        .await
        .set("SMTP__HOST", sink.host())
        .set("SMTP__PORT", sink.port().to_string())
        .set("SMTP__TLS", "starttls")
        .set("SMTP__CA_FILE", sink.ca_file().display().to_string())
        .set("SMTP__USERNAME", auth.username)
        .set("SMTP__PASSWORD", auth.password)
        .set("DISPATCH__RETRY__FIRST_DELAY_S", "1");
    world.import(&[company()]);
    let dispatcher = world.dispatcher();
    world.publish(["p1".to_owned()].into_iter(), |_| COMPANY.to_owned()).await;
    eventually("a first try", || async {
        let all = world.deliveries().await;
        all.iter().any(|d| d.channel == Channel::Email && d.attempts > 0).then_some(())
    })
    .await;
    sink.behave(SmtpBehaviour::Accept).unwrap();
    let stored = world.all_settled(2).await;
    let mail = stored.iter().find(|d| d.channel == Channel::Email).unwrap();
    assert_eq!(mail.state.name(), "accepted", "{mail:?}");
    assert!(mail.attempts > 1 && !mail.possible_duplicate);
    assert!(mail.history[0].cause.as_deref().unwrap().starts_with("smtp_451"), "{mail:?}");

    let mails = tokio::task::block_in_place(|| sink.wait_for_mails(1, PATIENCE));
    assert_eq!((mails.len(), mails[0].to.as_slice()), (1, ["anna@x.example".to_owned()].as_slice()));
    for part in [
        &format!("Message-ID: <{}@bank.example>", mail.id),
        "Auto-Submitted: auto-generated",
        "Content-Type: multipart/alternative",
        "Content-Type: text/plain",
        "Content-Type: text/html",
    ] {
        assert!(mails[0].raw.contains(part), "{part} in {}", mails[0].raw);
    }
    let log = dispatcher.log();
    for secret in ["anna@x.example", "hemligt", "0701740605", "+46701740605", "Åkeri"] {
        assert!(!log.contains(secret), "{secret} reached the log");
    }
    assert!(dispatcher.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r07_a_fourth_kind_is_one_more_file_and_a_faulty_one_stops_the_start() {
    let mut world = World::new(&postgres_database("kind"), &rabbitmq_vhost("kind")).await;
    let events = world.config().join("events");
    let loan = fs::read_to_string(events.join("payment.rejected.toml"))
        .unwrap()
        .replace("payment.rejected", "loan.due")
        .replace("Avvisad betalning", "Lån förfaller");
    fs::write(events.join("loan.due.toml"), &loan).unwrap();
    let lines = company().lines().replace("payment.rejected\",\"einvoice", "loan.due\",\"einvoice");
    let lines = lines.replace("\"kind\":\"payment.rejected\"", "\"kind\":\"loan.due\"");
    let file = world.config().join("customers.jsonl");
    fs::write(&file, lines).unwrap();
    world.run(&["import", file.to_str().unwrap()]);
    let dispatcher = world.dispatcher();
    let (operators, url) = world.service("bevaka-operators");
    ready(&url).await;
    let token = world.config().join("token");
    fs::write(&token, "0123456789abcdef0123456789abcdef\n").unwrap();
    let data = r#"{"payment_id": "1", "reason": "other"}"#;
    let server = ["--server", &url, "--token-file", token.to_str().unwrap()];
    let inject = ["inject", "loan.due", "--org", COMPANY, "--data", data, "--because", "a test"];
    let said = tokio::task::block_in_place(|| world.run(&[&inject[..], &server[..]].concat()));
    drop(said);
    eventually("the SMS", || async { (world.gateway.received().len() == 1).then_some(()) }).await;
    assert!(operators.stop() && dispatcher.stop());

    fs::write(events.join("loan.due.toml"), loan.replace("{{company}}", "{{amount}}")).unwrap();
    let (dispatcher, _) = world.service("bevaka-dispatcher");
    let log = eventually("the refusal", || async {
        let log = dispatcher.log();
        log.contains("loan.due.toml:").then_some(log)
    })
    .await;
    assert!(log.contains("amount"), "{log}");
}

/// Waits until a service is ready.
async fn ready(url: &str) {
    let address = format!("{url}/health/ready");
    eventually("ready", || async {
        let answer = http().get(&address).send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
}

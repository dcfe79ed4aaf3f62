//! The services as processes: they start with their own rights, tell their health, refuse what they do not know
//! and stop when they are asked.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "this is a test")]

use bevaka_rig::{html::Page, postgres_database, rabbitmq_vhost};
use bevaka_tests::{Company, World, bevaka, command, config_dir, eventually, http};
use reqwest::StatusCode;
use serde_json::{Value, json};

const SERVICES: [&str; 4] = ["bevaka-agreements", "bevaka-watches", "bevaka-dispatcher", "bevaka-operators"];
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn status(url: &str) -> Option<StatusCode> {
    Some(http().get(url).send().await.ok()?.status())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_starts_tells_its_health_and_stops_when_asked() {
    let mut world = World::new(&postgres_database("services"), &rabbitmq_vhost("services")).await;
    for name in SERVICES {
        let (service, url) = world.service(name);
        let ready = format!("{url}/health/ready");
        eventually(name, || async { (status(&ready).await? == StatusCode::OK).then_some(()) }).await;
        assert_eq!(status(&format!("{url}/health/live")).await, Some(StatusCode::OK));
        assert_eq!(status(&format!("{url}/metrics")).await, Some(StatusCode::OK));
        assert_eq!(status(&format!("{url}/nowhere")).await, Some(StatusCode::NOT_FOUND));
        // The dispatcher has no pages.
        if name != "bevaka-dispatcher" {
            let loaded = whatever_a_page_loads(&url).await;
            assert!(loaded.iter().any(|address| address.contains("bevaka.css")), "{name}: {loaded:?}");
        }
        let log = service.log();
        let started =
            log.lines().find(|line| line.contains("\"serving\"")).unwrap_or_else(|| panic!("{name}: {log}"));
        let started: Value = serde_json::from_str(started).unwrap();
        assert_eq!(started["service"], name);
        assert_eq!(started["database.role"], name.replace('-', "_"));
        assert!(started["database"].as_str().unwrap().starts_with("PostgreSQL 127.0.0.1:"), "{started}");
        assert!(started["bus"].as_str().unwrap().starts_with("amqp 127.0.0.1:"), "{started}");
        assert!(!started["bus"].as_str().unwrap().contains("guest"), "{started}");
        assert!(
            service.log().lines().all(|line| serde_json::from_str::<Value>(line).is_ok()),
            "{}",
            service.log()
        );
        assert!(service.stop(), "{name}");
    }
}

/// Fetches everything that a page of a service names for its head, and gives what it was.
async fn whatever_a_page_loads(url: &str) -> Vec<String> {
    let answer = http().get(format!("{url}/nowhere")).header("accept", "text/html").send().await.unwrap();
    let page = Page::parse(&answer.text().await.unwrap());
    let named =
        page.elements.iter().filter(|element| matches!(element.name.as_str(), "link" | "script" | "img"));
    let named: Vec<_> =
        named.filter_map(|element| element.get("href").or(element.get("src"))).map(str::to_owned).collect();
    assert!(!named.is_empty());
    for address in &named {
        assert_eq!(status(&format!("{url}{address}")).await, Some(StatusCode::OK), "{url}{address}");
    }
    named
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_on_another_bus_than_the_others_does_not_start() {
    let (postgres, vhost) = (postgres_database("same_bus"), rabbitmq_vhost("same-bus"));
    let mut world = World::new(&postgres, &vhost).await;
    let (first, url) = world.service("bevaka-dispatcher");
    eventually("ready", || async {
        status(&format!("{url}/health/ready")).await.filter(|s| *s == StatusCode::OK)
    })
    .await;
    eventually("its bus is recorded", || async {
        let mut tx = world.db.begin_read().await.ok()?;
        bevaka_store::bus_of_database::find(&mut tx).await.ok()?
    })
    .await;
    let other = rabbitmq_vhost("other-bus");
    let refused = async |mut world: World, name: &str| {
        let (mut service, _) = world.service(name);
        eventually("it gives up", || {
            let runs = service.is_running();
            async move { (!runs).then_some(()) }
        })
        .await;
        (world, service.log())
    };
    for (key, value, before) in
        [("BUS__KIND", "table", "amqp"), ("BUS__URL", &*other, &*vhost), ("BUS__NAME", "broker-2", "")]
    {
        world = world.set(key, value);
        for name in ["bevaka-watches", "bevaka-agreements"] {
            let log;
            (world, log) = refused(world, name).await;
            assert!(
                log.contains("--forget-bus") && log.contains("bevaka-dispatcher has recorded"),
                "{key} {name}: {log}"
            );
            assert!(!log.contains("guest:guest"), "{log}");
        }
        world = world.set(key, before);
    }
    assert!(first.stop());

    // All of them move, when the owner says so.
    world.run(&["migrate", "--forget-bus"]);
    world = world.set("BUS__KIND", "table").set("BUS__URL", "");
    let (service, url) = world.service("bevaka-watches");
    eventually("ready", || async {
        status(&format!("{url}/health/ready")).await.filter(|s| *s == StatusCode::OK)
    })
    .await;
    assert!(service.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_stopped_while_its_database_is_away_begins_no_work() {
    let world = World::new(&postgres_database("away"), &rabbitmq_vhost("away")).await;
    let nobody = format!("postgres://postgres@127.0.0.1:{}/away", bevaka_rig::ports::free().unwrap());
    let mut world = world.set("DATABASE__URL", nobody);
    for name in SERVICES {
        let (service, _) = world.service(name);
        eventually("it waits", || {
            let waits = service.log().contains("waiting for it");
            async move { waits.then_some(()) }
        })
        .await;
        let file = service.log_file();
        assert!(service.stop(), "{name}");
        let log = std::fs::read_to_string(file).unwrap();
        let errors = log.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).count();
        assert!(errors == 0 && !log.contains("dispatcher runs"), "{name}: {log}");
    }
}

#[test]
fn a_program_tells_its_own_name_and_version_and_whether_it_is_healthy() {
    for name in SERVICES.into_iter().chain(["bevaka-sandbox"]) {
        let output = command(name).arg("--version").output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("{name} {}\n", env!("CARGO_PKG_VERSION"))
        );
        let nobody = format!("127.0.0.1:{}", bevaka_rig::ports::free().unwrap());
        let output = command(name).arg("--health").env("BEVAKA__HTTP__LISTEN", nobody).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("is not ready"), "{name}");
    }
}

#[test]
fn an_unknown_setting_is_refused_by_name() {
    for name in SERVICES {
        let output = command(name)
            .args(["--config-dir", config_dir().to_str().unwrap()])
            .env("BEVAKA__SMTP__HOTS", "mail.example")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("hots"), "{name}: {said}");
    }
}

#[test]
fn no_service_starts_without_what_seals_personal_numbers_and_makes_codes() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().display().to_string();
    let variable = ("BEVAKA__PROCESS__DATA_DIR".to_owned(), data_dir.clone());
    assert!(bevaka(&["migrate"], &[variable]).status.success());
    for name in ["bevaka-agreements", "bevaka-dispatcher", "bevaka-operators"] {
        let output = command(name)
            .args(["--config-dir", config_dir().to_str().unwrap()])
            .env("BEVAKA__PROCESS__DATA_DIR", &data_dir)
            .env("BEVAKA__HTTP__LISTEN", "127.0.0.1:0")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains("vault.key") && said.contains("openssl rand"),
            "{name}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_api_wants_its_token_and_answers_faults_as_problems() {
    let mut world = World::new(&postgres_database("api"), &rabbitmq_vhost("api")).await;
    world.import(&[Company::new("5560160680", "Exempelbolaget AB").user("anna", Some("0701740605"), None)]);
    let (operators, url) = world.service("bevaka-operators");
    eventually("ready", || async {
        status(&format!("{url}/health/ready")).await.filter(|s| *s == StatusCode::OK)
    })
    .await;
    let client = http();
    let injections = format!("{url}/dispatcher/api/injections");
    for token in ["", "wrong", &TOKEN[1..]] {
        let answer = client.post(&injections).bearer_auth(token).json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    let post = |body: Vec<u8>| {
        let request = client.post(&injections).bearer_auth(TOKEN).body(body);
        request.header("content-type", "application/json").send()
    };
    let events = |events: Value| serde_json::to_vec(&json!({"because": "a test", "events": events})).unwrap();
    for body in [&b""[..], b"{", b"{\"because\": ", b"\xff"] {
        assert_eq!(post(body.to_vec()).await.unwrap().status(), StatusCode::BAD_REQUEST, "{body:?}");
    }
    let answer = post(events(json!([{}, 7, null]))).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused: Value = answer.json().await.unwrap();
    assert_eq!(refused["refused"].as_array().unwrap().len(), 3);
    let too_many = json!(vec![json!({}); 10_001]);
    assert_eq!(post(events(too_many)).await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    for (path, expected) in [
        ("deliveries?state=lost", StatusCode::UNPROCESSABLE_ENTITY),
        ("deliveries?limit=0", StatusCode::UNPROCESSABLE_ENTITY),
        ("deliveries?limit=x", StatusCode::UNPROCESSABLE_ENTITY),
        ("dead-letters?limit=501", StatusCode::UNPROCESSABLE_ENTITY),
        ("deliveries?contact=0701740605", StatusCode::UNPROCESSABLE_ENTITY),
        ("deliveries/not-an-id", StatusCode::NOT_FOUND),
        ("events?company=5560160681", StatusCode::UNPROCESSABLE_ENTITY),
        ("events?source=a&id=b", StatusCode::OK),
        ("events/not-an-id", StatusCode::NOT_FOUND),
        ("injections?state=lost", StatusCode::UNPROCESSABLE_ENTITY),
        ("injections?before=x", StatusCode::UNPROCESSABLE_ENTITY),
        ("injections/not-an-id", StatusCode::NOT_FOUND),
        ("injections", StatusCode::OK),
        ("deliveries", StatusCode::OK),
        ("dead-letters", StatusCode::OK),
    ] {
        let answer =
            client.get(format!("{url}/dispatcher/api/{path}")).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{path}");
    }
    assert!(operators.stop());
}

//! What a newcomer does: `bevaka`, then `bevaka inject`, on SQLite, with the sandbox; and that a second start
//! continues, whatever ended the first.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "this is a test")]

use bevaka_tests::{Child, bevaka, command, config_dir, eventually, http};
use serde_json::{Value, json};
use std::{fs, path::Path};

struct Up {
    child: Child,
    url: String,
}

async fn up(data_dir: &Path) -> Up {
    let url = format!("http://127.0.0.1:{}", bevaka_rig::ports::free().unwrap());
    let mut program = command("bevaka");
    program
        .args([
            "up",
            "--listen",
            url.trim_start_matches("http://"),
            "--smtp-listen",
            "127.0.0.1:0",
            "--bankid-listen",
            "127.0.0.1:0",
            "--config-dir",
        ])
        .arg(config_dir())
        .arg("--data-dir")
        .arg(data_dir)
        // Thousands of events are injected here, which nobody is there to approve.
        .env("BEVAKA__OPERATORS__APPROVAL_ABOVE", "10000");
    let child = Child::spawn(program, &data_dir.with_extension("log"));
    let ready = format!("{url}/health/ready");
    eventually("ready", || async {
        http().get(&ready).send().await.ok()?.status().is_success().then_some(())
    })
    .await;
    Up { child, url }
}

fn inject(data_dir: &Path, arguments: &[&str]) -> (i32, Value) {
    let data_dir = data_dir.to_str().unwrap();
    let all = [&["inject", "--json", "--because", "a test", "--data-dir", data_dir], arguments].concat();
    let output = tokio::task::block_in_place(|| bevaka(&all, &[]));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let code = output.status.code().unwrap();
    (
        code,
        serde_json::from_str(&said)
            .unwrap_or_else(|_| panic!("{said}{}", String::from_utf8_lossy(&output.stderr))),
    )
}

async fn messages(url: &str) -> Vec<Value> {
    let text = http().get(format!("{url}/sandbox/api/messages")).send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_sees_the_sms_and_the_mail_that_the_right_people_get() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let bevaka = up(&data).await;
    let payment =
        ["payment.rejected", "--org", "556016-0680", "--data", r#"{"payment_id":"1","reason":"other"}"#];
    let (code, became) = inject(&data, &[&payment[..], &["--watch"]].concat());
    assert_eq!(code, 0, "{became}");
    let decisions = became["became"][0]["decisions"].as_array().unwrap();
    let of = |who: &str| decisions.iter().find(|d| d["reference"] == who).unwrap();
    assert_eq!(of("erik")["suppressed"], "no_access");
    assert_eq!(of("sara")["suppressed"], "contact_not_verified");
    assert_eq!(of("olof")["suppressed"], "user_blocked");
    assert_eq!(of("karin")["suppressed"], "no_watch");
    assert_eq!(of("anna")["deliveries"].as_array().unwrap().len(), 2);
    let mut told: Vec<_> =
        messages(&bevaka.url).await.iter().map(|m| m["to"].as_str().unwrap().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["+46701740605", "anna@exempelbolaget.example", "maja@exempelbolaget.example"]);

    let (code, refused) = inject(&data, &payment[..3]);
    assert_eq!((code, refused["sent"]["refused"][0]["reason"].as_str()), (3, Some("data")));
    let page = http().get(format!("{}/sandbox/", bevaka.url)).send().await.unwrap();
    assert!(page.status().is_success());
    assert!(bevaka.child.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_continues_after_a_kill_in_the_middle() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let first = up(&data).await;
    let file = directory.path().join("events.jsonl");
    let events: Vec<_> = (0..2_000)
        .map(|n| {
            let event = json!({"specversion": "1.0", "id": format!("e{n}"), "source": "/test",
                "type": "einvoice.received", "subject": "556016-0680", "time": "2026-11-21T13:02:00Z",
                "data": {"invoice_id": n.to_string()}});
            event.to_string()
        })
        .collect();
    // Sent at once, so that the time to live never runs out while the test does.
    let events = events.join("\n").replace("2026-11-21T13:02:00Z", &now());
    fs::write(&file, events).unwrap();
    let (code, sent) = inject(&data, &["--file", file.to_str().unwrap()]);
    assert_eq!((code, sent["sent"]["accepted"].as_array().unwrap().len()), (0, 2_000));
    first.child.kill();

    let second = up(&data).await;
    let (code, became) = inject(&data, &["--file", file.to_str().unwrap(), "--watch", "--timeout-s", "100"]);
    assert_eq!(code, 0, "every event is settled");
    let events = became["became"].as_array().unwrap();
    let mut repeated = 0;
    for event in events {
        let told: Vec<_> = event["decisions"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|decision| decision["deliveries"].as_array().unwrap())
            .collect();
        assert_eq!(told.len(), 1, "{event}");
        assert_eq!(told[0]["state"], "accepted", "{event}");
        repeated += usize::from(told[0]["possible_duplicate"] == true);
    }
    assert_eq!(events.len(), 2_000);
    let stored = fs::read_to_string(data.join("sandbox.jsonl")).unwrap();
    let received = stored.lines().count();
    assert!(
        (2_000..=2_000 + repeated).contains(&received),
        "{received} mails, {repeated} possible duplicates"
    );
    assert!(second.child.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_in_one_directory_are_refused_with_words() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let first = up(&data).await;
    let output = bevaka(&["up", "--listen", "127.0.0.1:0", "--data-dir", data.to_str().unwrap()], &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("another `bevaka up` works in"), "{said}");
    assert!(first.child.stop());
}

fn now() -> String {
    use bevaka_chassis::clock::SystemClock;
    use bevaka_domain::clock::Clock;
    SystemClock.now().to_string()
}

//! The command line against a real dispatcher over PostgreSQL and RabbitMQ: an operator at three in the morning.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "this is a test")]

use bevaka_rig::{postgres_database, rabbitmq_vhost};
use bevaka_tests::{Child, Company, World, bevaka, command, config_dir, event, eventually, http};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Output, Stdio},
};
use tempfile::TempDir;

const COMPANY: &str = "5560160680";
const BECAUSE: &str = "kund ringde, INC-204711";

/// A dispatcher, a company, and who talks to it.
struct Desk {
    world: World,
    dispatcher: Child,
    operators: Child,
    url: String,
    directory: TempDir,
}

/// What a command ended with.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err))
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Desk {
    async fn open(name: &str) -> Self {
        let mut world = World::new(&postgres_database(name), &rabbitmq_vhost(name)).await;
        world.import(&[Company::new(COMPANY, "Exempelbolaget AB")
            .user("anna", Some("0701740605"), None)
            .user("erik", Some("0701740606"), None)]);
        let directory = tempfile::tempdir().unwrap();
        let dispatcher = world.dispatcher();
        let (operators, url) = world.service("bevaka-operators");
        let desk = Self { world, dispatcher, operators, url, directory };
        desk.import(&json!({"type": "user", "company": COMPANY, "reference": "erik", "name": "Erik Berg",
            "access": "restricted"}));
        let ready = format!("{}/health/ready", desk.url);
        eventually("ready", || async {
            http().get(&ready).send().await.ok()?.status().is_success().then_some(())
        })
        .await;
        desk
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn import(&self, line: &Value) {
        let file = self.file("import.jsonl", &line.to_string());
        tokio::task::block_in_place(|| self.world.run(&["import", &file]));
    }

    /// A client with these roles, of a person.
    fn token(&self, person: &str, roles: &str) -> String {
        let create = ["tokens", "create", person, "--owner", person, "--role", roles];
        tokio::task::block_in_place(|| self.world.run(&create)).trim().to_owned()
    }

    fn as_who(&self, token: &str, arguments: &[&str]) -> Ended {
        let env = [("BEVAKA_SERVER", self.url.as_str()), ("BEVAKA_TOKEN", token)];
        let env: Vec<_> = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        tokio::task::block_in_place(|| bevaka(arguments, &env)).into()
    }

    /// What a command prints as JSON, after it succeeded.
    fn json(&self, token: &str, arguments: &[&str]) -> Value {
        let ended = self.as_who(token, &[arguments, &["--json"]].concat());
        assert_eq!(ended.code, 0, "{arguments:?}: {}{}", ended.out, ended.err);
        ended.json()
    }

    async fn publish(&self, body: Vec<u8>) {
        let message = bevaka_bus::Message { id: "m".into(), key: "payment.rejected".into(), body };
        self.world.bus.publish(&[message]).await.unwrap();
    }
}

fn now() -> String {
    use bevaka_chassis::clock::SystemClock;
    use bevaka_domain::clock::Clock;
    SystemClock.now().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r37_r38_r39_r40_r41_a_customer_says_that_nothing_came() {
    let desk = Desk::open("story").await;
    let operator = desk.token("karin", "operator");
    let auditor = desk.token("eva", "auditor");

    // Erik was not told, since he lacks the permission.
    desk.publish(event("p1", COMPANY, &now()).to_string().into_bytes()).await;
    let search = ["events", "search", "--org", "556016-0680", "--id", "p1"];
    let found = eventually("p1 is found", || async {
        desk.json(&operator, &search)[0]["event_id"].as_str().map(str::to_owned)
    })
    .await;
    let explained = desk.json(&operator, &["explain", &found]);
    let of = |explained: &Value, who: &str| {
        let users = explained["users"].as_array().unwrap();
        users.iter().find(|user| user["reference"] == who).unwrap().clone()
    };
    assert_eq!(of(&explained, "erik")["decision"]["suppressed"], "no_access");
    let table = desk.as_who(&operator, &["explain", &found]);
    assert!(table.code == 0 && table.out.contains("Hantera Bevaka ärenden"), "{}", table.out);
    let nobody = desk.as_who(&operator, &["events", "send-again", &found, "--because", BECAUSE]);
    assert_eq!(nobody.code, 3, "nobody is left to be told: {}", nobody.err);

    desk.import(&json!({"type": "user", "company": COMPANY, "reference": "erik", "name": "Erik Berg",
        "access": "restricted", "permissions": ["manage_watches"]}));
    let again = desk.json(&operator, &["events", "send-again", &found, "--because", BECAUSE]);
    let alert = again["deliveries"][0]["delivery_id"].as_str().unwrap().to_owned();
    eventually("Erik is told", || async {
        (desk.json(&operator, &["deliveries", "show", &alert])["state"] == "accepted").then_some(())
    })
    .await;

    // Another payment never became an event, since its publisher sent no reason.
    let mut unsound = event("p2", COMPANY, &now());
    unsound["data"] = json!({"payment_id": "p2"});
    desk.publish(unsound.to_string().into_bytes()).await;
    let letters = ["dead-letters", "--state", "open"];
    let letter = eventually("the dead letter is listed", || async {
        desk.json(&operator, &letters)[0]["dead_letter_id"].as_str().map(str::to_owned)
    })
    .await;
    let shown = desk.json(&operator, &["dead-letters", "show", &letter, "--content"]);
    assert_eq!((&shown["reason"], &shown["content"]["now"]["passes"]), (&json!("data"), &json!(false)));
    let mended = desk.file("mended.json", &event("p2", COMPANY, &now()).to_string());
    let requeue = ["dead-letters", "requeue", &letter, "--body", &mended, "--because", BECAUSE];
    assert_eq!(desk.json(&operator, &requeue)["id"], "p2");
    assert_eq!(desk.as_who(&operator, &requeue).code, 3, "a second time it is ended already");
    let search = ["events", "search", "--source", "/payments", "--id", "p2"];
    let event = eventually("p2 tells both", || async {
        let found = desk.json(&operator, &search);
        (found[0]["alerts"]["accepted"] == 2).then(|| found[0].clone())
    })
    .await;
    assert_eq!(event["origin"], format!("dead_letter:{letter}"));

    // The trail tells it all, and proves it to whoever gets it as a file.
    let actions = |query: &[&str]| -> Vec<String> {
        let found = desk.json(&auditor, &[&["trail", "list"], query].concat());
        found.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(actions(&["--subject", &found]), ["event_sent_again"]);
    assert_eq!(actions(&["--subject", &letter]), ["dead_letter_requeued", "dead_letter_read"]);
    assert_eq!(
        actions(&["--actor", "operator:karin (karin)"]),
        ["dead_letter_requeued", "dead_letter_read", "event_sent_again"]
    );
    assert!(actions(&["--org", COMPANY, "--action", "permission_granted"]).len() == 1);
    let file = desk.directory.path().join("trail.jsonl");
    let file = file.to_str().unwrap();
    assert_eq!(desk.as_who(&auditor, &["trail", "export", file]).code, 0);
    assert_eq!(desk.as_who("", &["trail", "verify", "--export", file]).code, 0);
    let altered = fs::read_to_string(file).unwrap().replacen("dead_letter_read", "dead_letter_seen", 1);
    let altered = desk.file("altered.jsonl", &altered);
    let told = desk.as_who("", &["trail", "verify", "--export", &altered, "--json"]);
    let broken = &told.json()["broken"];
    assert_eq!((told.code, &broken["chain"], &broken["fault"]), (5, &json!("operators"), &json!("hash")));
    assert!(desk.operators.stop() && desk.dispatcher.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_say_by_their_exit_code_what_is_wrong() {
    let desk = Desk::open("codes").await;
    let (viewer, operator) = (desk.token("vera", "viewer"), desk.token("karin", "operator"));
    let nobody = "01a1ff7a-ece6-7044-bd2a-febe98be8fed";
    let inject = ["inject", "payment.rejected", "--org", COMPANY, "--because", BECAUSE];
    for (token, arguments, code, word) in [
        (&viewer, &inject[..], 6, "operator"),
        (&viewer, &["trail", "list"], 6, "auditor"),
        (&operator, &["trail", "export", "-"], 6, "auditor"),
        (&operator, &["injections", "approve", nobody], 6, "approver"),
        (&viewer, &["channels", "pause", "sms", "--because", BECAUSE], 6, "operator"),
        (&viewer, &["events", "show", nobody, "--content"], 3, "Not found"),
        (&"wrong".to_owned(), &["now"], 6, "token"),
        (&operator, &["events", "show", nobody], 3, "Not found"),
        (&operator, &["deliveries", "--state", "lost"], 3, "state"),
        (&operator, &["events", "search", "--org", "1"], 3, "company"),
        (&operator, &["inject", "payment.rejected", "--org", "1", "--because", BECAUSE], 3, "refused"),
        (&operator, &["deliveries", "cancel", nobody], 2, "--because"),
        (&operator, &["now", "--token", "x"], 2, "--token-file"),
        (&operator, &["now", "--server", "http://127.0.0.1:1"], 8, "no service answers"),
        (&operator, &["explain", "payment.rejected"], 1, "--org"),
        (&operator, &["nothing"], 2, "Usage"),
    ] {
        let ended = desk.as_who(token, arguments);
        let said = format!("{}{}", ended.out, ended.err);
        assert_eq!(ended.code, code, "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    assert!(desk.operators.stop() && desk.dispatcher.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_is_a_table_for_people_and_json_for_machines() {
    let desk = Desk::open("lists").await;
    let all = desk.token("karin", "operator,approver,auditor");
    let sent = desk.json(
        &all,
        &[
            "inject",
            "payment.rejected",
            "--org",
            COMPANY,
            "--id",
            "p1",
            "--because",
            BECAUSE,
            "--watch",
            "--data",
            r#"{"payment_id": "1", "reason": "other"}"#,
        ],
    );
    assert_eq!(sent["became"][0]["decisions"].as_array().unwrap().len(), 2);
    let injection = sent["sent"]["injections"][0]["injection_id"].as_str().unwrap().to_owned();
    let event = sent["became"][0]["event_id"].as_str().unwrap().to_owned();
    desk.publish(b"no event".to_vec()).await;
    eventually("a dead letter", || async {
        (!desk.json(&all, &["dead-letters"]).as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    for (arguments, heads) in [
        (&["injections", "list"][..], "INJECTION"),
        (&["injections", "show", &injection], "recipients"),
        (&["events", "search"], "RECEIVED"),
        (&["events", "show", &event], "WHEN"),
        (&["explain", &event], "DECISION"),
        (&["deliveries"], "ALERT"),
        (&["dead-letters"], "LETTER"),
        (&["channels", "list"], "GATEWAY"),
        (&["now"], "last hour"),
        (&["trail", "list"], "ENTRY"),
    ] {
        let table = desk.as_who(&all, arguments);
        assert_eq!(table.code, 0, "{arguments:?}: {}", table.err);
        assert!(table.out.contains(heads), "{arguments:?}: {}", table.out);
        assert!(!table.out.contains('\u{1b}'), "no colours where no terminal is: {arguments:?}");
        assert!(!desk.json(&all, arguments).is_null());
    }
    let pause = |what| ["channels", what, "sms", "--because", BECAUSE];
    assert_eq!(desk.json(&all, &pause("pause"))["standing"], "paused");
    assert_ne!(desk.json(&all, &pause("resume"))["standing"], "paused");
    let preview = ["dead-letters", "discard", "--reason", "json", "--because", BECAUSE];
    let preview = desk.as_who(&all, &preview);
    assert!(preview.code == 0 || preview.err.contains("--yes"), "{}{}", preview.out, preview.err);
    let letter = desk.json(&all, &["dead-letters"])[0].clone();
    let discard =
        ["dead-letters", "discard", "--reason", letter["reason"].as_str().unwrap(), "--because", BECAUSE];
    let unasked = desk.as_who(&all, &discard);
    assert!(unasked.code == 1 && unasked.err.contains("--yes"), "{}", unasked.err);
    assert_eq!(desk.json(&all, &[&discard[..], &["--yes"]].concat())["done"], 1);
    assert!(desk.operators.stop() && desk.dispatcher.stop());
}

#[test]
fn whoever_reads_only_the_beginning_ends_a_command_quietly() {
    let mut child = command("bevaka")
        .args(["completion", "bash", "--config-dir", config_dir().to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!first.is_empty() && output.status.success() && said.is_empty(), "{said}");
    std::io::stdout().flush().unwrap();
}

use super::*;
use crate::gateway::{GatewayError, InvalidGateway};

const SOUND: &str = r#"base_url = "https://sms.example"

[text]
max_segments = 2

[request]
method = "POST"
path = "/sms"
encoding = "form"

[request.fields]
to = "{{to}}"
text = "{{text}}"

[response]
success_statuses = [200]
"#;

fn refused(name: &str, text: &str) -> InvalidGateway {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(name);
    std::fs::write(&file, text).unwrap();
    GatewayConfig::load(&file).unwrap_err()
}

#[test]
fn every_shipped_file_is_sound_and_asks_for_reports() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        let config = GatewayConfig::load(&path).unwrap();
        assert!(config.reports.is_some(), "{}", path.display());
        gateway(config.clone(), "");
        names.push(config.name().to_owned());
    }
    names.sort();
    assert_eq!(names, ["46elks", "kannel", "twilio"]);
}

#[test]
fn the_example_in_the_documentation_is_sound() {
    let text = include_str!("../../../../../docs/adding-a-gateway.md");
    let example = text.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    gateway(written(example), "");
}

#[test]
fn a_faulty_line_is_named_with_its_file_and_the_reason() {
    for (from, to, line, reason) in [
        ("method = \"POST\"", "methd = \"POST\"", 7, "methd"),
        ("method = \"POST\"", "method = \"PATCH\"", 7, "PATCH"),
        ("\"{{to}}\"", "\"{{too}}\"", 12, "{{too}}"),
        ("\"{{to}}\"", "[\"{{to\"]", 12, "}}"),
        ("\"/sms\"", "\"sms\"", 8, "begins with `/`"),
        ("[200]", "[20]", 16, "between 200 and 599"),
        ("https:", "ftp:", 1, "http"),
        ("= 2", "= 0", 4, "nonzero"),
        ("[response]", "[respons]", 15, "respons"),
        ("[200]", "[200]\nid = \"id\"", 17, "JSON pointer"),
        ("[200]", "[200", 16, ""),
    ] {
        let fault = refused("own.toml", &SOUND.replacen(from, to, 1));
        assert_eq!(fault.line, Some(line), "{to}: {fault}");
        assert!(fault.file.ends_with("own.toml") && fault.reason.contains(reason), "{to}: {fault}");
        assert!(fault.to_string().contains(&format!("own.toml, line {line}: ")), "{fault}");
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    let report = |rest: &str| format!("[200]\n[reports]\n{rest}\nstatuses = {{ 1 = \"delivered\" }}");
    for (from, to, reason) in [
        ("\"POST\"", "\"GET\"".to_owned(), "GET"),
        ("\"{{to}}\"", "[\"{{to}}\"]".to_owned(), "json"),
        ("\"form\"", "\"form\"\nauth = { kind = \"bearer\", token = \"{{to}}\" }".to_owned(), "request.auth"),
        ("[200]", "[]".to_owned(), "success_statuses"),
        ("[200]", "[200]\nsuccess_equals = 0".to_owned(), "success_pointer"),
        ("[200]", report("encoding = \"json\"\nstatus = \"status\""), "JSON pointers"),
        ("[200]", report("encoding = \"query\"\nstatus = \"s\"\nverifier = \"twilio\""), "twilio"),
    ] {
        let fault = refused("own.toml", &SOUND.replacen(from, &to, 1));
        assert!(fault.reason.contains(reason), "{to}: {fault}");
    }
    assert!(refused("My Gateway.toml", SOUND).reason.contains("file name"));
    let missing = GatewayConfig::load(&directory().join("missing.toml")).unwrap_err();
    assert!(missing.file.ends_with("missing.toml"));
}

#[test]
fn unusable_settings_are_named_without_the_secret() {
    let fault = |change: &dyn Fn(&mut settings::Sms)| {
        let mut settings = settings("http://127.0.0.1");
        change(&mut settings);
        let config = written(&SOUND.replacen(
            "\"form\"",
            "\"form\"\nauth = { kind = \"bearer\", token = \"{{secret}}\" }",
            1,
        ));
        SmsGateway::new(config, &settings, PUBLIC_URL).err().unwrap()
    };
    assert!(matches!(fault(&|s| s.base_url = "gateway".into()), GatewayError::BaseUrl(_)));
    for sender in ["", "Far too long", "Åke", "Min Bank", "+"] {
        assert!(matches!(fault(&|s| s.sender = sender.into()), GatewayError::Sender), "{sender}");
    }
    let credentials = fault(&|s| s.secret = "hunter2\n".to_owned().into());
    assert!(credentials.to_string().contains("sms.secret") && !credentials.to_string().contains("hunter2"));
}

//! The shipped kinds, and what is refused.

mod digests;
mod notices;

use super::*;
use bevaka_domain::{
    clock::Timestamp,
    sms::{Encoding, Sms},
};
use serde_json::json;
use std::path::PathBuf;

fn shipped_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/events")
}

fn notices_directory() -> PathBuf {
    shipped_directory().with_file_name("notices")
}

fn shipped() -> Catalogue {
    Catalogue::load(&shipped_directory()).unwrap().with_notices(&notices_directory()).unwrap()
}

fn facts() -> AlertFacts<'static> {
    AlertFacts {
        company: "Exempelbolaget AB",
        occurred_at: Timestamp::parse("2026-11-21T13:02:00Z").unwrap(),
        proof: Proof { code: CODE, unsubscribe: Some(OFF) },
    }
}

const CODE: &str = "K7M2-9QFD";
const OFF: &str = "https://bank.example/sluta/aB-9_z";

/// The faults of a directory with one file, made from a shipped one by a replacement.
fn faults(name: &str, from: &str, to: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let sound = std::fs::read_to_string(shipped_directory().join("payment.rejected.toml")).unwrap();
    assert!(sound.contains(from), "{from}");
    std::fs::write(directory.path().join(name), sound.replacen(from, to, 1)).unwrap();
    Catalogue::load(directory.path()).unwrap_err().to_string()
}

#[test]
fn r07_three_kinds_stand_from_the_start_with_names_in_both_languages() {
    let catalogue = shipped();
    assert_eq!(catalogue.listed(), "einvoice.received, message.received, payment.rejected");
    let names = |language| catalogue.kinds().map(|kind| kind.name(language)).collect::<Vec<_>>();
    assert_eq!(
        names(Language::Swedish),
        ["Inkommen e-faktura", "Personligt meddelande", "Avvisad betalning"]
    );
    assert_eq!(names(Language::English), ["Incoming e-invoice", "Personal message", "Rejected payment"]);
}

#[test]
fn r07_a_further_kind_is_a_file() {
    let directory = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(shipped_directory()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
    }
    let loan = std::fs::read_to_string(shipped_directory().join("payment.rejected.toml"))
        .unwrap()
        .replace("payment.rejected", "loan.due");
    std::fs::write(directory.path().join("loan.due.toml"), loan).unwrap();
    assert!(Catalogue::load(directory.path()).unwrap().get("loan.due").is_some());
}

#[test]
fn data_are_checked_and_faults_name_the_place_but_never_the_value() {
    let catalogue = shipped();
    let kind = catalogue.get("payment.rejected").unwrap();
    assert_eq!(kind.check(&json!({"payment_id": "p1", "reason": "other"})), Ok(()));
    let fault = kind.check(&json!({"payment_id": "p1", "reason": "hemligt"})).unwrap_err();
    assert_eq!(fault.place, "/data/reason");
    assert!(!fault.to_string().contains("hemligt"), "{fault}");
    let fault = kind.check(&json!({"payment_id": "p1", "reason": "other", "hem\u{0}ligt": 1})).unwrap_err();
    assert_eq!(fault.problem, "holds 1 fields that the schema does not know");
    for wrong in [json!({}), json!([]), json!(null), json!({"payment_id": "p1", "reason": "other", "x": 1})] {
        assert!(kind.check(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn r35_alerts_carry_kind_company_time_and_code_and_no_link_but_the_one_that_turns_them_off() {
    for kind in shipped().kinds() {
        for language in Language::ALL {
            let (sms, mail) = (kind.sms(language, &facts()), kind.mail(language, &facts()));
            let (date, time) = match language {
                Language::Swedish => ("21 november 2026", "kl. 14.02"),
                Language::English => ("21 November 2026", "14:02"),
            };
            for text in [&sms, &mail.text, &mail.html] {
                for part in ["Exempelbolaget AB", date, time, CODE] {
                    assert!(text.contains(part), "{part} in {text}");
                }
            }
            assert!(!sms.contains("://"), "{sms}");
            for text in [&mail.text, &mail.html] {
                assert_eq!(text.matches("://").count(), 1, "{text}");
            }
            let (off, note) = match language {
                Language::Swedish => ("Stäng av den här bevakningen", "du behöver inte logga in"),
                Language::English => ("Turn off this watch", "you need not sign in"),
            };
            assert!(mail.text.contains(&format!("{off} ({note}): {OFF}\n")), "{}", mail.text);
            let link = format!("<a href=\"{OFF}\" style=\"color:#0b5d5b\">{off}</a> ({note})");
            assert!(mail.html.contains(&link), "{}", mail.html);
        }
    }
}

#[test]
fn r36_a_swedish_alert_fits_one_segment_with_its_code() {
    for kind in shipped().kinds() {
        let sms = Sms::new(&kind.sms(Language::Swedish, &facts()));
        assert_eq!((sms.encoding, sms.segments), (Encoding::Gsm7, 1), "{}", sms.text);
        assert!(sms.text.ends_with(". Kod K7M2-9QFD."), "{}", sms.text);
        assert!(kind.sms(Language::English, &facts()).ends_with(". Code K7M2-9QFD."));
    }
}

#[test]
fn what_an_alert_has_no_link_for_is_not_mentioned_in_it() {
    let catalogue = shipped();
    let kind = catalogue.get("payment.rejected").unwrap();
    let proof = Proof { unsubscribe: None, ..facts().proof };
    let mail = kind.mail(Language::Swedish, &AlertFacts { proof, ..facts() });
    for text in [&mail.text, &mail.html] {
        assert!(!text.contains("Stäng av") && !text.contains("href") && text.contains(CODE), "{text}");
    }
}

#[test]
fn html_escapes_and_text_does_not() {
    let catalogue = shipped();
    let kind = catalogue.get("payment.rejected").unwrap();
    let mail = kind.mail(Language::Swedish, &AlertFacts { company: "A & B <i>\r\nBcc: x", ..facts() });
    assert_eq!(mail.subject, "Avvisad betalning för A & B <i>  Bcc: x");
    assert!(mail.html.contains("A &amp; B &lt;i&gt;") && !mail.html.contains("<i>"));
    assert!(mail.text.contains("A & B <i>"));
}

#[test]
fn a_faulty_file_is_refused_with_its_name_line_and_reason() {
    for (from, to, expected) in [
        ("addressed = \"never\"", "addressed = never", "payment.rejected.toml:6:"),
        ("addressed = \"never\"", "adressed = \"never\"", "adressed"),
        (
            "time_to_live_s = 86_400",
            "time_to_live_s = 5",
            "payment.rejected.toml:4: time_to_live_s: must lie",
        ),
        ("kind = \"payment.rejected\"", "kind = \"Payment\"", "payment.rejected.toml:2: kind: a kind is"),
        ("type = \"object\"", "type = \"objekt\"", "schema"),
        ("minLength = 1", "minLength = \"x\"", "schema/properties/payment_id/minLength"),
        ("En betalning för {{company}} har", "En betalning för {{company har", "email.text.sv"),
        ("En betalning för {{company}} har", "En betalning för {{amount}} har", "amount"),
        ("{{> facts}}", "{{> fakta}}", "email.html.sv"),
        ("critical = true", "critical = \"ja\"", "payment.rejected.toml:8:"),
        ("Se internetbanken.", &"Se internetbanken. ".repeat(15), "longer than 2 SMS segments"),
        ("Se internetbanken.", "Se https://bank.example.", "sms.sv: an SMS holds no link"),
        ("Se internetbanken.", "Kod {{code}}.", "code"),
        ("account = \"account\"", "iban = \"account\"", "unknown field `iban`"),
        ("amount = \"amount\"", "amount = \"total\"", "filters: the schema knows no text named total"),
        (
            "[schema.properties.account]\ntype = \"string\"\nmaxLength = 34",
            "[schema.properties.account]\ntype = \"integer\"",
            "filters: the schema knows no text named account",
        ),
    ] {
        let fault = faults("payment.rejected.toml", from, to);
        assert!(fault.starts_with("payment.rejected.toml:") && fault.contains(expected), "{fault}");
    }
    assert!(faults("other.toml", "kind", "kind").contains("must be named payment.rejected.toml"));
}

#[test]
fn the_line_of_a_template_fault_is_that_of_the_file() {
    let sound = std::fs::read_to_string(shipped_directory().join("payment.rejected.toml")).unwrap();
    let line = sound.lines().position(|line| line.starts_with("Tid:")).unwrap() + 1;
    let fault = faults("payment.rejected.toml", "Tid:    {{date}}", "Tid:    {{amount}}");
    assert!(fault.starts_with(&format!("payment.rejected.toml:{line}:")), "{line}: {fault}");
}

#[test]
fn the_line_of_a_faulty_filter_is_its_own() {
    let sound = std::fs::read_to_string(shipped_directory().join("payment.rejected.toml")).unwrap();
    let line = sound.lines().position(|line| line == "currency = \"currency\"").unwrap() + 1;
    let fault = faults("payment.rejected.toml", "currency = \"currency\"", "currency = \"hemligt\"");
    assert!(fault.starts_with(&format!("payment.rejected.toml:{line}: filters:")), "{fault}");
}

#[test]
fn filters_look_at_the_data_that_the_file_names_and_at_nothing_that_cannot_be_read() {
    let catalogue = shipped();
    let (payment, message) =
        (catalogue.get("payment.rejected").unwrap(), catalogue.get("message.received").unwrap());
    assert!(payment.is_critical() && !message.is_critical());
    assert_eq!(message.filters(), &Filters::default());
    assert_eq!(payment.filters().account.as_deref(), Some("account"));
    let data =
        json!({"payment_id": "p1", "amount": "10000.50", "currency": "SEK", "account": "8327-9, 123 456"});
    let facts = payment.facts(&data);
    assert_eq!(facts.amount.unwrap().to_string(), "10000.50");
    assert_eq!(facts.currency.as_deref(), Some("SEK"));
    assert_eq!(facts.account.unwrap().as_str(), "83279123456");
    assert!(message.facts(&data).is_empty());
    for data in [json!({}), json!([]), json!({"amount": "1,50", "account": "", "currency": 7})] {
        assert!(payment.facts(&data).is_empty(), "{data}");
    }
}

#[test]
fn an_empty_or_missing_directory_says_so() {
    let directory = tempfile::tempdir().unwrap();
    assert!(Catalogue::load(directory.path()).unwrap_err().to_string().contains("no event kind"));
    assert!(Catalogue::load(&directory.path().join("x")).unwrap_err().to_string().contains("cannot be read"));
}

#[test]
fn the_languages_have_the_same_words() {
    let words = |source| toml::from_str::<BTreeMap<String, String>>(source).unwrap();
    let (sv, en) = (words(include_str!("../templates/sv.toml")), words(include_str!("../templates/en.toml")));
    assert_eq!(sv.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
    for (key, text) in &sv {
        assert_eq!(text.matches("{{").count(), en[key].matches("{{").count(), "{key}");
    }
}

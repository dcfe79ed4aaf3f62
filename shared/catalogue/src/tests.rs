//! The shipped kinds, and what is refused.

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
    }
}

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
fn r35_alerts_carry_kind_company_and_time_and_no_link() {
    for kind in shipped().kinds() {
        for language in Language::ALL {
            let (sms, mail) = (kind.sms(language, &facts()), kind.mail(language, &facts()));
            let (date, time) = match language {
                Language::Swedish => ("21 november 2026", "kl. 14.02"),
                Language::English => ("21 November 2026", "14:02"),
            };
            for text in [&sms, &mail.text, &mail.html] {
                for part in ["Exempelbolaget AB", date, time] {
                    assert!(text.contains(part), "{part} in {text}");
                }
                assert!(!text.contains("://") && !text.contains("href"), "{text}");
            }
        }
    }
}

#[test]
fn r36_a_swedish_alert_fits_one_segment() {
    for kind in shipped().kinds() {
        let sms = Sms::new(&kind.sms(Language::Swedish, &facts()));
        assert_eq!((sms.encoding, sms.segments), (Encoding::Gsm7, 1), "{}", sms.text);
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

fn notice_facts() -> AlertFacts<'static> {
    AlertFacts { company: "Exempelbolaget & Co AB", ..facts() }
}

fn content() -> Content {
    let user = "00000000-0000-0000-0000-000000000001";
    let data = json!({"users": [user], "kinds": ["payment.rejected", "loan.due"], "receipt": "7K3F<9A2C"});
    Content::parse(&data.to_string()).unwrap()
}

#[test]
fn r11_a_notice_tells_company_time_kinds_and_receipt_in_both_languages() {
    let catalogue = shipped();
    for topic in Topic::ALL {
        let kind = Kind::parse(topic.as_str()).unwrap();
        let mail = |language| catalogue.notice_mail(&kind, language, &notice_facts(), &content()).unwrap();
        for (language, date, name, why) in [
            (
                Language::Swedish,
                "21 november 2026 kl. 14.02",
                "Avvisad betalning",
                "Du får det här för att du kan teckna",
            ),
            (Language::English, "21 November 2026", "Rejected payment", "because you can sign"),
        ] {
            let mail = mail(language);
            for part in [date, why, catalogue.name(&kind, language)] {
                assert!(mail.text.contains(part) && mail.html.contains(part), "{part} in {}", mail.text);
            }
            assert!(
                mail.subject.contains("Exempelbolaget & Co AB")
                    && mail.text.contains("Exempelbolaget & Co AB")
            );
            assert!(mail.text.contains("7K3F<9A2C") && mail.html.contains("7K3F&lt;9A2C"));
            assert!(mail.html.contains("Exempelbolaget &amp; Co AB"));
            // The ending tells of all at once, and users have nothing to do with kinds.
            let told = !matches!(topic, Topic::AgreementEnded | Topic::UserAdded | Topic::UserRemoved);
            assert_eq!(mail.text.contains(&format!("- loan.due\n- {name}\n")), told, "{}", mail.text);
            assert_eq!(mail.html.contains(&format!("<li>loan.due</li><li>{name}</li>")), told);
            for text in [&mail.text, &mail.html] {
                assert!(!text.contains("://") && !text.contains("href") && !text.contains("{{"), "{text}");
            }
        }
    }
}

#[test]
fn what_a_notice_does_not_have_leaves_no_trace() {
    let catalogue = shipped();
    let kind = Kind::parse("order.pending").unwrap();
    let bare = Content { kinds: [].into(), receipt: String::new(), ..content() };
    let mail = catalogue.notice_mail(&kind, Language::Swedish, &facts(), &bare).unwrap();
    for word in ["Beställningen gäller", "Kvitto", "<ul>", "\n\n\n"] {
        assert!(
            !mail.text.contains(word) && !mail.html.contains(word),
            "{word} in {}{}",
            mail.text,
            mail.html
        );
    }
}

#[test]
fn r26_a_notice_is_no_kind_that_could_be_watched_or_agreed_on() {
    let catalogue = shipped();
    for topic in Topic::ALL.map(Topic::as_str) {
        assert!(catalogue.get(topic).is_none(), "{topic}");
        assert!(catalogue.kinds().all(|kind| kind.kind.as_str() != topic));
        assert!(!catalogue.listed().contains(topic));
        assert!(catalogue.notice(&Kind::parse(topic).unwrap()).is_some());
    }
    assert!(catalogue.notice(&Kind::parse("payment.rejected").unwrap()).is_none());
}

#[test]
fn notices_are_complete_and_sound_or_refused() {
    let refused = |change: &dyn Fn(&Path)| {
        let directory = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(notices_directory()).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
        }
        change(directory.path());
        let events = Catalogue::load(&shipped_directory()).unwrap();
        events.with_notices(directory.path()).unwrap_err().to_string()
    };
    let rewritten = |file: &str, from: &str, to: &str| {
        refused(&|directory| {
            let path = directory.join(file);
            let sound = std::fs::read_to_string(&path).unwrap();
            assert!(sound.contains(from), "{from}");
            std::fs::write(&path, sound.replacen(from, to, 1)).unwrap();
        })
    };
    let file = "agreement.ended.toml";
    let fault = refused(&|directory| std::fs::remove_file(directory.join(file)).unwrap());
    assert_eq!(fault, "agreement.ended.toml: is missing: Bevaka sends this notice");
    for (from, to, expected) in [
        (
            "kind = \"agreement.ended\"",
            "kind = \"agreement.lost\"",
            "agreement.ended.toml:3: kind: nothing sends",
        ),
        ("{{company}}", "{{amount}}", "amount"),
        ("time_to_live_s = 604_800", "time_to_live_s = 5", "time_to_live_s: must lie"),
        ("[name]", "[sms]", "sms"),
    ] {
        let fault = rewritten(file, from, to);
        assert!(fault.contains(expected), "{fault}");
    }
    // An alert never has what only notices have (R35).
    assert!(faults("payment.rejected.toml", "{{company}} har", "{{receipt}} har").contains("receipt"));

    let directory = tempfile::tempdir().unwrap();
    let taken = std::fs::read_to_string(shipped_directory().join("payment.rejected.toml"))
        .unwrap()
        .replace("payment.rejected", "order.expired");
    std::fs::write(directory.path().join("order.expired.toml"), taken).unwrap();
    let fault = Catalogue::load(directory.path()).unwrap().with_notices(&notices_directory()).unwrap_err();
    assert!(fault.to_string().contains("is the name of a notice"), "{fault}");
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

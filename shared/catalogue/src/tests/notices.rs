//! What Bevaka itself tells.

use super::*;

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
        let code = (topic == Topic::ContactCode).then_some("493817");
        let mail =
            |language| catalogue.notice_mail(&kind, language, &notice_facts(), &content(), code).unwrap();
        let why = if topic.names_contacts() {
            ["Du får det här för att adressen är", "because this address is"]
        } else {
            ["Du får det här för att du kan teckna", "because you can sign"]
        };
        for (language, date, name, why) in [
            (Language::Swedish, "21 november 2026 kl. 14.02", "Avvisad betalning", why[0]),
            (Language::English, "21 November 2026", "Rejected payment", why[1]),
        ] {
            let mail = mail(language);
            for part in [date, why, catalogue.name(&kind, language)] {
                assert!(mail.text.contains(part) && mail.html.contains(part), "{part} in {}", mail.text);
            }
            assert!(
                mail.subject.contains("Exempelbolaget & Co AB")
                    && mail.text.contains("Exempelbolaget & Co AB")
            );
            let has_receipt = mail.text.contains("7K3F<9A2C") && mail.html.contains("7K3F&lt;9A2C");
            assert_ne!(has_receipt, topic.names_contacts(), "{}", mail.text);
            assert!(mail.html.contains("Exempelbolaget &amp; Co AB"));
            // The ending tells of all at once, and users and contact points have nothing to do with kinds.
            let about_kinds = !matches!(topic, Topic::AgreementEnded | Topic::UserAdded | Topic::UserRemoved);
            let told = about_kinds && !topic.names_contacts();
            assert_eq!(mail.text.contains(&format!("- loan.due\n- {name}\n")), told, "{}", mail.text);
            assert_eq!(mail.html.contains(&format!("<li>loan.due</li><li>{name}</li>")), told);
            // Nobody turns a notice off.
            for text in [&mail.text, &mail.html] {
                assert!(!text.contains("://") && !text.contains("href") && !text.contains("{{"), "{text}");
                assert_eq!(text.contains(CODE), code.is_none(), "{text}");
            }
        }
    }
}

#[test]
fn r28_the_code_of_a_contact_point_is_in_the_text_and_never_in_the_subject() {
    let catalogue = shipped();
    let kind = Kind::parse("contact.code").unwrap();
    for language in Language::ALL {
        let (facts, content, code) = (facts(), content(), Some("493817"));
        let sms = catalogue.notice_sms(&kind, language, &facts, &content, code).unwrap();
        let mail = catalogue.notice_mail(&kind, language, &facts, &content, code).unwrap();
        for text in [&sms, &mail.text, &mail.html] {
            assert_eq!(text.matches("493817").count(), 1, "{text}");
            assert!(text.contains("30 minut") && !text.contains(CODE), "{text}");
        }
        assert!(!mail.subject.contains("493817") && !format!("{mail:?}").contains("493817"));
        assert_eq!(Sms::new(&sms).segments, 1, "{sms}");
    }
    assert!(catalogue.notice(&kind).unwrap().time_to_live == Duration::from_secs(1_800));
}

#[test]
fn r36_a_swedish_notice_to_a_phone_fits_one_segment_and_the_others_have_no_text_for_one() {
    let catalogue = shipped();
    for topic in Topic::ALL {
        let kind = Kind::parse(topic.as_str()).unwrap();
        let code = (topic == Topic::ContactCode).then_some("493817");
        let sms = catalogue.notice_sms(&kind, Language::Swedish, &facts(), &content(), code);
        assert_eq!(sms.is_some(), topic.names_contacts(), "{kind}");
        let Some(sms) = sms.map(|sms| Sms::new(&sms)) else { continue };
        assert_eq!((sms.encoding, sms.segments), (Encoding::Gsm7, 1), "{}", sms.text);
    }
    let test = Kind::parse("watch.test").unwrap();
    let sms = catalogue.notice_sms(&test, Language::Swedish, &facts(), &content(), None).unwrap();
    assert!(
        sms.starts_with("TEST ") && sms.contains("Inget har hänt") && sms.ends_with("Kod K7M2-9QFD."),
        "{sms}"
    );
}

#[test]
fn what_a_notice_does_not_have_leaves_no_trace() {
    let catalogue = shipped();
    let kind = Kind::parse("order.pending").unwrap();
    let bare = Content { kinds: [].into(), receipt: String::new(), ..content() };
    let mail = catalogue.notice_mail(&kind, Language::Swedish, &facts(), &bare, None).unwrap();
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
        (
            "[email.sv]",
            "[sms]\nsv = \"x\"\nen = \"x\"\n[email.sv]",
            "agreement.ended.toml:11: sms: this notice goes to e-mail",
        ),
    ] {
        let fault = rewritten(file, from, to);
        assert!(fault.contains(expected), "{fault}");
    }
    for (from, to, expected) in [
        (
            "subject = \"Bekräfta",
            "subject = \"{{code}} Bekräfta",
            "email.subject.sv: a subject holds no {{code}}",
        ),
        ("Din kod är {{code}}. Den gäller i 30 minuter. Skriv", "Skriv", "sms.sv: must hold {{code}}"),
        ("Din kod är {{code}}.", "Din kod är {{kod}}.", "kod"),
    ] {
        let fault = rewritten("contact.code.toml", from, to);
        assert!(fault.contains(expected), "{fault}");
    }
    let fault = rewritten("watch.test.toml", "Så här kommer dina aviseringar.\"", "Kod {{code}}.\"");
    assert!(fault.contains("sms.sv") && fault.contains("code"), "{fault}");
    let fault = refused(&|directory| {
        let path = directory.join("watch.test.toml");
        let sound = std::fs::read_to_string(&path).unwrap();
        let (before, after) = (sound.find("[sms]").unwrap(), sound.find("[email.sv]").unwrap());
        std::fs::write(&path, format!("{}{}", &sound[..before], &sound[after..])).unwrap();
    });
    assert_eq!(fault, "watch.test.toml:3: sms: this notice goes to mobile numbers too; give its text");
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

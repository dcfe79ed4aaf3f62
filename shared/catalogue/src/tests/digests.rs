//! Several alerts as one message.

use super::*;

/// So many e-invoices and one message, a minute apart.
fn digest(invoices: usize, language: Language) -> Vec<(String, Timestamp)> {
    let catalogue = shipped();
    let name = |kind: &str| catalogue.get(kind).unwrap().name(language).to_owned();
    let kinds = std::iter::repeat_n("einvoice.received", invoices).chain(["message.received"]);
    let at = |n: usize| facts().occurred_at.plus(Duration::from_secs(60 * n as u64));
    kinds.enumerate().map(|(n, kind)| (name(kind), at(n))).collect()
}

fn digest_facts<'a>(events: &'a [(&'a str, Timestamp)]) -> DigestFacts<'a> {
    DigestFacts { company: "Exempelbolaget AB", events, proof: facts().proof }
}

#[test]
fn a_digest_tells_how_many_of_which_kinds_and_a_mail_when_each_was() {
    let catalogue = shipped();
    let told = |language| {
        let events = digest(2, language);
        let events: Vec<_> = events.iter().map(|(kind, at)| (kind.as_str(), *at)).collect();
        let facts = digest_facts(&events);
        (catalogue.digest_sms(language, &facts), catalogue.digest_mail(language, &facts))
    };
    let (sms, mail) = told(Language::Swedish);
    assert_eq!(
        sms,
        "3 ärenden för Exempelbolaget AB: 2 inkommen e-faktura, 1 personligt meddelande. Se internetbanken. \
         Kod K7M2-9QFD."
    );
    assert_eq!(Sms::new(&sms).segments, 1);
    assert_eq!(mail.subject, "3 ärenden för Exempelbolaget AB");
    for text in [&mail.text, &mail.html] {
        assert!(
            text.contains("21 november 2026 kl. 14.03") && text.contains(CODE) && text.contains(OFF),
            "{text}"
        );
        assert!(text.contains("Stäng av de här bevakningarna") && !text.contains(" till</li>"), "{text}");
    }
    assert!(
        mail.text.contains("\n\n- Inkommen e-faktura, 21 november 2026 kl. 14.02\n- Inkommen"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("kl. 14.04\n\nLogga in"), "{}", mail.text);
    let (sms, mail) = told(Language::English);
    assert!(
        sms.starts_with("3 events for Exempelbolaget AB: 2 incoming e-invoice, 1 personal message."),
        "{sms}"
    );
    assert!(mail.text.contains("- Incoming e-invoice, 21 November 2026 14:02\n"), "{}", mail.text);
}

#[test]
fn a_digest_of_very_many_lists_a_hundred_and_counts_the_rest() {
    let events = digest(141, Language::Swedish);
    let events: Vec<_> = events.iter().map(|(kind, at)| (kind.as_str(), *at)).collect();
    let mail = shipped().digest_mail(Language::Swedish, &digest_facts(&events));
    assert_eq!(mail.text.matches("- Inkommen e-faktura, ").count(), 100);
    assert!(
        mail.text.contains("\n- och 42 till\n") && mail.html.contains("<li>och 42 till</li>"),
        "{}",
        mail.text
    );
    assert_eq!(mail.html.matches("<li>").count(), 101);
}

#[test]
fn a_digest_of_many_kinds_fits_two_segments_on_a_phone() {
    let kinds: Vec<_> = (0..20).map(|n| format!("Ärende av ett ovanligt slag {n}")).collect();
    let events: Vec<_> = kinds.iter().map(|kind| (kind.as_str(), facts().occurred_at)).collect();
    let sms = shipped().digest_sms(Language::Swedish, &digest_facts(&events));
    assert_eq!(sms, "20 ärenden för Exempelbolaget AB. Se internetbanken. Kod K7M2-9QFD.");
}

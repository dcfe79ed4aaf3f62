//! What single pages say and hold.

use crate::samples::in_language;
use bevaka_domain::{entitlement::Reason, language::Language, watch::Because};
use bevaka_rig::html::{Element, Page};
use bevaka_watches::pages::{Field, Typed};
use std::collections::BTreeSet;

fn page(name: &str, language: Language) -> Page {
    let shown = in_language(language).find(|shown| shown.name == name);
    Page::parse(&shown.unwrap_or_else(|| panic!("no page {name}")).html)
}

#[test]
fn every_reason_and_every_cause_to_wait_is_told_in_words_of_its_own() {
    let pages = bevaka_watches::pages::pages().unwrap();
    for language in Language::ALL {
        let keys = Reason::ALL.map(|reason| format!("reason-{}", reason.as_str().replace('_', "-")));
        let holds = Because::ALL.map(|because| format!("hold-{}", because.as_str().replace('_', "-")));
        let shown = page("alerts-reasons", language);
        let mut said = BTreeSet::new();
        for key in keys.iter().chain(&holds) {
            let text = pages.text(language, key).unwrap();
            assert!(shown.all("span").any(|span| span.text.starts_with(&text)), "{language} {key}");
            assert!(said.insert(text), "{language} {key}: another one says the same");
        }
    }
}

#[test]
fn r25_my_watches_are_shown_to_read_and_changed_on_a_page_of_their_own() {
    for language in Language::ALL {
        let page = page("watches", language);
        let fields = page.all("input").filter(|input| input.get("type") != Some("hidden"));
        assert_eq!(fields.count(), 0);
        assert!(page.all("a").any(|link| link.get("href") == Some("/bevakningar/andra")));
    }
}

#[test]
fn a_preview_that_is_cut_says_since_when_it_counts() {
    for (language, since, whole) in [
        (Language::Swedish, "sedan 21 november 2026 kl. 14.02.", "de senaste 90 dagarna."),
        (Language::English, "since 21 November 2026 14:02.", "in the last 90 days."),
    ] {
        let says = |name, text: &str| page(name, language).all("p").any(|words| words.text.contains(text));
        for (cut, uncut) in
            [("edit-preview-cut", "edit-preview"), ("edit-preview-none-cut", "edit-preview-none")]
        {
            assert!(says(cut, since) && !says(cut, whole), "{language} {cut}");
            assert!(!says(uncut, since) && says(uncut, whole), "{language} {uncut}");
        }
    }
}

#[test]
fn r28_codes_are_typed_with_the_keys_for_digits_and_offered_by_the_phone() {
    for language in Language::ALL {
        let page = page("contacts", language);
        let code = page.all("input").find(|input| input.get("name") == Some("code")).unwrap();
        assert_eq!(code.get("inputmode"), Some("numeric"));
        assert_eq!(code.get("autocomplete"), Some("one-time-code"));
    }
}

#[test]
fn r46_a_fold_with_a_fault_in_it_stands_open() {
    for language in Language::ALL {
        let open =
            |name| page(name, language).all("details").filter(|fold| fold.get("open").is_some()).count();
        assert_eq!(open("edit"), 0);
        // Accounts of the first kind, times of the second, absence of the third.
        assert_eq!(open("edit-wrong-0"), 3);
    }
}

#[test]
fn the_form_posts_what_can_be_read_again() {
    let page = page("edit", Language::Swedish);
    let posted = |name: &str| {
        let named = |element: &&Element| element.get("name") == Some(name);
        let chosen = |element: &&Element| match element.get("type") {
            Some("checkbox" | "radio") => element.get("checked").is_some(),
            _ => true,
        };
        page.all("input").filter(named).find(chosen).map(|input| input.get("value").unwrap_or_default())
    };
    let typed = Typed::read("einvoice.received", posted);
    assert!(typed.email && !typed.sms && typed.weekdays_only);
    assert_eq!((typed.digest.as_str(), typed.digest_at.as_str()), ("daily", "08:00"));
    assert_eq!(typed.email_to, "019c");
    assert_eq!(posted(&Field::LeastAmount.of("payment.rejected")), Some("10 000"));
}

#[test]
fn a_page_of_a_strangers_link_shows_nothing_of_the_user() {
    for language in Language::ALL {
        for name in ["stop", "stop-off", "stop-unknown"] {
            let page = page(name, language);
            assert_eq!(page.all("nav").count(), 0, "{name}");
            assert!(!page.elements.iter().any(|element| element.text.contains("070-174")), "{name}");
        }
    }
}

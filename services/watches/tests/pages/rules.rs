//! What holds for every page.

use crate::samples::{everything, in_language};
use bevaka_domain::language::Language;
use bevaka_portal::{help, paths as portal};
use bevaka_rig::{html::Page, pages};
use bevaka_watches::paths;
use std::{collections::BTreeSet, path::Path};

/// Every state with its name for messages, parsed.
fn all_pages() -> Vec<(String, Page)> {
    everything()
        .iter()
        .map(|shown| (format!("{} {}", shown.language, shown.name), Page::parse(&shown.html)))
        .collect()
}

#[test]
fn every_page_is_well_formed() {
    pages::well_formed(&all_pages());
}

#[test]
fn every_state_looks_different() {
    for language in Language::ALL {
        let mut seen = BTreeSet::new();
        for shown in in_language(language) {
            assert!(seen.insert(&shown.html), "{language} {} looks as another state does", shown.name);
        }
    }
}

#[test]
fn r42_the_skip_link_comes_first_and_printing_and_closing_are_there() {
    pages::skip_print_close(&all_pages());
}

#[test]
fn r43_every_page_links_its_section_of_the_help_page() {
    pages::help_linked(&all_pages(), &help::ALL.map(help::href));
}

#[test]
fn r44_whoever_is_signed_in_is_warned_before_the_session_ends() {
    pages::session_warned(&all_pages(), portal::SIGN_OUT);
}

#[test]
fn r45_every_field_has_its_label_and_every_reference_its_target() {
    pages::named_and_labelled(&all_pages());
}

#[test]
fn r46_every_fault_links_to_its_field_and_is_repeated_there() {
    let faults = pages::faults_repeated(&all_pages());
    assert!(faults >= 20, "only {faults} faults were shown");
}

#[test]
fn nothing_is_styled_or_scripted_inside_a_page() {
    pages::nothing_inline(&all_pages());
}

#[test]
fn every_link_and_form_leads_to_a_known_address() {
    let routes = [
        paths::WATCHES,
        paths::WATCHES_CHANGE,
        paths::TEST,
        paths::SWITCH_ON,
        paths::ALERTS,
        paths::CONTACTS,
        paths::CONFIRM,
        paths::NEW_CODE,
        paths::REPLACE,
        paths::REMOVE,
        paths::COVERAGE,
        paths::UNSUBSCRIBE,
        paths::LANGUAGE,
        portal::START,
        portal::AGREEMENT,
        portal::CONNECT,
        portal::PERMISSIONS,
        portal::HELP,
        portal::SIGN_IN,
        portal::SIGN_OUT,
    ];
    pages::addresses_known(&all_pages(), &routes, &[]);
}

#[test]
fn templates_hold_no_text_of_their_own() {
    pages::templates_without_text(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")));
}

#[test]
fn the_bank_never_shouts() {
    pages::texts_without_shouting(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/translations")));
}

//! What holds for every page.

use crate::samples::{everything, in_language};
use bevaka_agreements::paths;
use bevaka_domain::language::Language;
use bevaka_portal::help;
use bevaka_rig::{html::Page, pages};
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
fn r43_the_help_page_has_exactly_the_four_sections() {
    for language in Language::ALL {
        let help = in_language(language).find(|shown| shown.name == "help").unwrap();
        let page = Page::parse(&help.html);
        assert_eq!(page.all("h2").count(), 4);
        let sections: Vec<&str> = page.all("section").filter_map(|section| section.get("id")).collect();
        assert_eq!(sections, help::ALL.map(|section| section.id));
    }
}

#[test]
fn r21_only_administrators_see_the_links_to_permissions() {
    for shown in everything() {
        let is_administrator = shown.html.contains("<span>Anna Lind</span>");
        let links = shown.html.contains(&format!("href=\"{}\">", paths::PERMISSIONS))
            || shown.html.contains(&format!("href=\"{}\" aria-current", paths::PERMISSIONS));
        assert_eq!(links, is_administrator, "{} {}", shown.language, shown.name);
    }
}

#[test]
fn r44_whoever_is_signed_in_is_warned_before_the_session_ends() {
    pages::session_warned(&all_pages(), paths::SIGN_OUT);
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
fn r46_every_refusal_has_its_three_parts_and_a_way_on() {
    for shown in everything().iter().filter(|shown| shown.name.starts_with("refused-")) {
        let page = Page::parse(&shown.html);
        let inside = |name: &str| {
            page.elements.iter().any(|element| {
                element.name == name
                    && !element.text.is_empty()
                    && element.around.iter().any(|around| around == "main")
            })
        };
        assert!(inside("h1") && inside("p") && inside("a"), "{}", shown.html);
    }
}

#[test]
fn nothing_is_styled_or_scripted_inside_a_page() {
    pages::nothing_inline(&all_pages());
}

#[test]
fn every_link_and_form_leads_to_a_known_address() {
    let routes = [
        paths::SIGN_IN,
        paths::SIGN_IN_BANKID,
        paths::SIGN_IN_TOKEN,
        paths::SIGN_OUT,
        paths::CHOOSE_COMPANY,
        paths::START,
        paths::CONNECT,
        paths::CHANGE,
        paths::END,
        paths::END_CONFIRM,
        paths::AGREEMENT,
        paths::ORDER,
        paths::ORDER_BANKID,
        paths::ORDER_TOKEN,
        paths::ORDER_DONE,
        paths::EVIDENCE,
        paths::PERMISSIONS,
        paths::ADD_USER,
        paths::USER,
        paths::HELP,
        paths::LANGUAGE,
        paths::WATCHES,
        bevaka_portal::paths::ALERTS,
        bevaka_portal::paths::CONTACTS,
        bevaka_portal::paths::COVERAGE,
    ];
    let cancelled =
        [paths::SIGN_IN_BANKID, paths::SIGN_IN_TOKEN, paths::ORDER, paths::ORDER_BANKID, paths::ORDER_TOKEN];
    let cancels = cancelled.map(|route| format!("{route}{}", paths::CANCEL));
    let routes: Vec<&str> = routes.into_iter().chain(cancels.iter().map(String::as_str)).collect();
    pages::addresses_known(&all_pages(), &routes, &["https://app.bankid.com/", "bankid:///"]);
}

#[test]
fn templates_hold_no_text_of_their_own() {
    pages::templates_without_text(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")));
}

#[test]
fn the_bank_never_shouts() {
    pages::texts_without_shouting(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/translations")));
}

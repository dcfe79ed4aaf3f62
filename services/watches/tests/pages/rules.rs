//! What holds for every page.

use crate::{
    html::{Element, Page},
    samples::{everything, in_language},
};
use bevaka_domain::language::Language;
use bevaka_portal::paths as portal;
use bevaka_watches::{paths, views::Section};
use std::{collections::BTreeSet, fs};

/// Every state with its name for messages, parsed.
fn all_pages() -> Vec<(String, Page)> {
    everything()
        .iter()
        .map(|shown| (format!("{} {}", shown.language, shown.name), Page::parse(&shown.html)))
        .collect()
}

#[test]
fn every_page_is_well_formed() {
    for (name, page) in all_pages() {
        assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
        let ids: Vec<&str> = page.values("id").collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}: an id stands twice in {ids:?}");
        assert_eq!(page.all("h1").count(), 1, "{name}");
    }
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
    for (name, page) in all_pages() {
        let first = page.focusable().next().unwrap();
        assert_eq!((first.get("href"), first.get("accesskey")), (Some("#text"), Some("S")), "{name}");
        assert!(page.has_id("text"), "{name}");
        let footer = |attribute| {
            page.elements.iter().any(|element| {
                element.get(attribute).is_some() && element.around.iter().any(|around| around == "footer")
            })
        };
        assert!(footer("data-print") && footer("data-close"), "{name}");
    }
}

#[test]
fn r43_every_page_links_its_section_of_the_help_page() {
    let hrefs: Vec<String> = Section::ALL.iter().map(|section| section.href()).collect();
    for (name, page) in all_pages() {
        let in_footer = |link: &&Element| link.around.iter().any(|around| around == "footer");
        let first = page.all("a").find(in_footer).and_then(|link| link.get("href")).unwrap();
        assert!(hrefs.iter().any(|href| href == first), "{name}: {first}");
    }
}

#[test]
fn r44_whoever_is_signed_in_is_warned_before_the_session_ends() {
    for (name, page) in all_pages() {
        let signed_in = page.all("form").any(|form| form.get("action") == Some(portal::SIGN_OUT));
        let warns = page.values("data-warns-s").next().is_some();
        assert_eq!(warns, signed_in, "{name}");
    }
}

#[test]
fn r45_every_field_has_its_label_and_every_reference_its_target() {
    for (name, page) in all_pages() {
        let labelled: BTreeSet<&str> = page.all("label").filter_map(|label| label.get("for")).collect();
        for field in page.all("input").filter(|input| input.get("type") != Some("hidden")) {
            let id = field.get("id").unwrap_or_default();
            assert!(labelled.contains(id), "{name}: the field {id:?} has no label");
        }
        for attribute in ["for", "aria-labelledby", "aria-describedby"] {
            for target in page.values(attribute).flat_map(str::split_whitespace) {
                assert!(page.has_id(target), "{name}: {attribute} names {target:?}");
            }
        }
        for control in page.all("button").chain(page.all("a")) {
            assert!(!control.text.is_empty(), "{name}: a link or button says nothing");
        }
        for image in page.all("img") {
            assert!(image.get("alt").is_some_and(|alt| !alt.is_empty()), "{name}");
        }
    }
}

#[test]
fn r46_every_fault_links_to_its_field_and_is_repeated_there() {
    let mut faults = 0;
    for (name, page) in all_pages() {
        let is_link =
            |link: &&Element| link.around.iter().any(|around| around == "li") && link.text.ends_with('.');
        for link in page.all("a").filter(is_link) {
            let field = link.get("href").and_then(|href| href.strip_prefix('#')).unwrap();
            assert!(page.has_id(field), "{name}: {field}");
            let id = format!("{field}-fault");
            let repeated = page.elements.iter().find(|element| element.get("id") == Some(&id));
            assert_eq!(repeated.map(|element| &element.text), Some(&link.text), "{name}");
            assert!(page.values("aria-describedby").any(|ids| ids.ends_with(&id)), "{name}: {id}");
            faults += 1;
        }
    }
    assert!(faults >= 20, "only {faults} faults were shown");
}

/// The content security policy would block them.
#[test]
fn nothing_is_styled_or_scripted_inside_a_page() {
    for (name, page) in all_pages() {
        for element in &page.elements {
            assert!(element.name != "style", "{name}");
            assert!(element.name != "script" || element.get("src").is_some(), "{name}");
            let inline = element.attributes.keys().find(|key| *key == "style" || key.starts_with("on"));
            assert_eq!(inline, None, "{name}");
        }
    }
}

/// Whether an address is one of [`paths`], with anything for its placeholders.
fn is_served(address: &str) -> bool {
    const ALL: [&str; 20] = [
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
    let path = address.split(['?', '#']).next().unwrap_or_default();
    ALL.iter().any(|pattern| {
        let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len()
            && pattern.iter().zip(&path).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
    })
}

#[test]
fn every_link_and_form_leads_to_a_known_address() {
    for (name, page) in all_pages() {
        let links = page.all("a").filter_map(|link| link.get("href"));
        let forms = page.all("form").filter_map(|form| form.get("action"));
        for address in links.chain(forms).filter(|address| address.starts_with('/')) {
            assert!(is_served(address), "{name}: {address}");
        }
        for form in page.all("form") {
            assert_eq!(form.get("method"), Some("post"), "{name}");
        }
        for link in page.all("a").filter_map(|link| link.get("href")) {
            let known = ["/", "#", "https://app.bankid.com/", "bankid:///"];
            assert!(known.iter().any(|start| link.starts_with(start)), "{name}: {link}");
        }
    }
}

#[test]
fn templates_hold_no_text_of_their_own() {
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap() {
        let path = file.unwrap().path();
        let template = fs::read_to_string(&path).unwrap();
        let markup = without(&without(&template, "{{!--", "--}}"), "{{", "}}");
        let text = without(&markup, "<", ">");
        assert!(!text.contains(char::is_alphabetic), "{}: {}", path.display(), text.trim());
        for attribute in ["alt", "title", "aria-label", "placeholder"] {
            let worded = markup.split(&format!(" {attribute}=\"")).skip(1).any(|rest| !rest.starts_with('"'));
            assert!(!worded, "{}: {attribute}", path.display());
        }
    }
}

/// A text without what stands between two marks.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once(to).map_or("", |(_, rest)| rest));
    }
    kept
}

#[test]
fn the_bank_never_shouts() {
    for catalogue in ["sv", "en"] {
        let path = format!("{}/translations/{catalogue}.toml", env!("CARGO_MANIFEST_DIR"));
        assert!(!fs::read_to_string(path).unwrap().contains('!'), "{catalogue}");
    }
}

//! What holds for every page that a service shows, whatever it says (R42 to R46). Each rule panics with the page's name.

#![allow(clippy::panic, clippy::missing_panics_doc, reason = "a page that breaks a rule fails its test")]

use crate::html::{Element, Page};
use std::{collections::BTreeSet, fs, path::Path};

/// A page in one state, by its name for messages.
pub type Named = (String, Page);

/// Nothing for the parser to complain about, no `id` twice, one heading of the first rank.
pub fn well_formed(pages: &[Named]) {
    for (name, page) in pages {
        assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
        let ids: Vec<&str> = page.values("id").collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}: an id stands twice in {ids:?}");
        assert_eq!(page.all("h1").count(), 1, "{name}");
    }
}

/// The skip link comes first, printing and closing are there (R42).
pub fn skip_print_close(pages: &[Named]) {
    for (name, page) in pages {
        let first = page.focusable().next().map(|first| (first.get("href"), first.get("accesskey")));
        assert_eq!(first, Some((Some("#text"), Some("S"))), "{name}");
        assert!(page.has_id("text"), "{name}");
        let footer = |attribute| {
            page.elements
                .iter()
                .any(|element| element.get(attribute).is_some() && is_inside(element, "footer"))
        };
        assert!(footer("data-print") && footer("data-close"), "{name}");
    }
}

/// The footer's first link leads to a section of the help page (R43).
pub fn help_linked(pages: &[Named], sections: &[String]) {
    for (name, page) in pages {
        let first = page.all("a").find(|link| is_inside(link, "footer")).and_then(|link| link.get("href"));
        assert!(sections.iter().any(|href| Some(href.as_str()) == first), "{name}: {first:?}");
    }
}

/// Whoever can sign out is warned before the session ends (R44).
pub fn session_warned(pages: &[Named], sign_out: &str) {
    for (name, page) in pages {
        let signed_in = page.all("form").any(|form| form.get("action") == Some(sign_out));
        let warns = page.values("data-warns-s").next().is_some();
        assert_eq!(warns, signed_in, "{name}");
    }
}

/// Every field has its label, every reference its target, every link, button and image its words (R45).
pub fn named_and_labelled(pages: &[Named]) {
    for (name, page) in pages {
        let labelled: BTreeSet<&str> = page.all("label").filter_map(|label| label.get("for")).collect();
        let fields = page.all("input").chain(page.all("select")).chain(page.all("textarea"));
        for field in fields.filter(|field| field.get("type") != Some("hidden")) {
            let id = field.get("id").unwrap_or_default();
            let has_label = labelled.contains(id) || field.get("aria-labelledby").is_some();
            assert!(has_label, "{name}: the field {id:?} has no label");
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

/// Every fault links to its field and is repeated there (R46). Gives how many were shown.
pub fn faults_repeated(pages: &[Named]) -> usize {
    let mut faults = 0;
    for (name, page) in pages {
        for link in page.all("a").filter(|link| is_inside(link, "li") && link.text.ends_with('.')) {
            let field = link.get("href").and_then(|href| href.strip_prefix('#'));
            let Some(field) = field else { panic!("{name}: {} leads to no field", link.text) };
            assert!(page.has_id(field), "{name}: {field}");
            let id = format!("{field}-fault");
            let repeated = page.elements.iter().find(|element| element.get("id") == Some(&id));
            assert_eq!(repeated.map(|element| &element.text), Some(&link.text), "{name}");
            assert!(page.values("aria-describedby").any(|ids| ids.ends_with(&id)), "{name}: {id}");
            faults += 1;
        }
    }
    faults
}

/// Nothing is styled or scripted inside a page: the content security policy would block it.
pub fn nothing_inline(pages: &[Named]) {
    for (name, page) in pages {
        for element in &page.elements {
            assert!(element.name != "style", "{name}");
            assert!(element.name != "script" || element.get("src").is_some(), "{name}");
            let inline = element.attributes.keys().find(|key| *key == "style" || key.starts_with("on"));
            assert_eq!(inline, None, "{name}");
        }
    }
}

/// Every link and form leads to an address of these `routes`, and every form posts. `elsewhere` are beginnings of links
/// that leave the bank.
pub fn addresses_known(pages: &[Named], routes: &[&str], elsewhere: &[&str]) {
    let is_known = |address: &str| routes.iter().any(|route| fits(route, address));
    for (name, page) in pages {
        let links = || page.all("a").filter_map(|link| link.get("href"));
        let forms = page.all("form").filter_map(|form| form.get("action"));
        for address in links().chain(forms).filter(|address| address.starts_with('/')) {
            assert!(is_known(address), "{name}: {address}");
        }
        for form in page.all("form") {
            assert_eq!(form.get("method"), Some("post"), "{name}");
        }
        for link in links().filter(|link| !link.starts_with(['/', '#'])) {
            assert!(elsewhere.iter().any(|start| link.starts_with(start)), "{name}: {link}");
        }
    }
}

/// Templates hold no text of their own: it would be in one language.
pub fn templates_without_text(folder: &Path) {
    for path in files(folder) {
        let template = read(&path);
        let markup = without(&without(&template, "{{!--", "--}}"), "{{", "}}");
        let text = without(&markup, "<", ">");
        assert!(!text.contains(char::is_alphabetic), "{}: {}", path.display(), text.trim());
        for attribute in ["alt", "title", "aria-label", "placeholder"] {
            let worded = markup.split(&format!(" {attribute}=\"")).skip(1).any(|rest| !rest.starts_with('"'));
            assert!(!worded, "{}: {attribute}", path.display());
        }
    }
}

/// The bank never shouts.
pub fn texts_without_shouting(folder: &Path) {
    for path in files(folder) {
        assert!(!read(&path).contains('!'), "{}", path.display());
    }
}

fn is_inside(element: &Element, name: &str) -> bool {
    element.around.iter().any(|around| around == name)
}

/// Whether an address is one of a route, with anything for its placeholders.
fn fits(route: &str, address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    let same = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
    route.len() == path.len() && route.iter().zip(&path).all(same)
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    let files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
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

use super::*;
use crate::layout::{Fault, Here, Link, Notice, Session, Tone};
use axum::http::Uri;
use serde_json::json;

const SV: &str = "
hello = 'Hej {name} & <alla>'
dogs-one = '{count} hund'
dogs-many = '{count} hundar'
is-on-card = 'på kort'";
const EN: &str = "
hello = 'Hello {name} & <all>'
dogs-one = '{count} dog'
dogs-many = '{count} dogs'
is-on-card = 'on card'";

fn builder(name: &str, template: &str) -> PagesBuilder {
    let mut builder = PagesBuilder::new().unwrap();
    builder.templates.insert(name.to_owned(), template.as_bytes().to_vec());
    builder.texts(Translations::parse(SV, EN).unwrap()).unwrap()
}

fn here() -> Here {
    Uri::from_static("/a?q=1").into()
}

#[test]
fn a_page_has_the_frame_in_its_language() {
    let pages = builder(
        "a",
        "{{#> layout}}{{#*inline \"head\"}}<meta name=\"x\">{{/inline}}<h1>{{x}}</h1>{{/layout}}",
    )
    .build()
    .unwrap();
    let frame = Frame::new("Titel", Language::Swedish, &here())
        .nav("/a", "Bevakningar", true)
        .nav("/b", "Avtal", false)
        .who("Anna Lind")
        .close("/")
        .help(Link { href: "/help".into(), text: "Hjälp".into() });
    let Html(page) = pages.page(Language::Swedish, "a", &frame, &json!({ "x": "<b>" })).unwrap();
    for part in [
        "<html lang=\"sv\">",
        "<title>Titel – Bevaka</title>",
        "accesskey=\"S\">Till textinnehållet på sidan</a>",
        "<a href=\"/a\" aria-current=\"page\">Bevakningar</a>",
        "<a href=\"/b\">Avtal</a>",
        "<span>Anna Lind</span>",
        "Skriv ut",
        "<h1>&lt;b&gt;</h1>",
        "In English",
        "data-close>Stäng",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let head = page.split("</head>").next().unwrap();
    assert!(head.contains("<meta name=\"x\">"), "{head}");
    // R42: nothing that takes focus stands before the skip link.
    let first = page.split("<body>").nth(1).unwrap().trim_start();
    assert!(first.starts_with("<a class=\"skip\""), "{first}");
    // The content security policy allows no inline script or style.
    assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("<script>"));
}

#[test]
fn texts_and_values_are_escaped_once() {
    let pages = builder("a", "{{t \"hello\" name=who}}|{{#with (t \"hello\" name=\"x\")}}{{this}}{{/with}}")
        .build()
        .unwrap();
    let Html(html) = pages.fragment(Language::English, "a", &json!({ "who": "<i>" })).unwrap();
    assert_eq!(html, "Hello &lt;i&gt; &amp; &lt;all&gt;|Hello x &amp; &lt;all&gt;");
}

#[test]
fn counts_words_and_times_are_shown_in_the_language_of_the_page() {
    let template =
        "{{n \"dogs\" one}}|{{n \"dogs\" two}}|{{word \"is\" how}}|{{date at}}|{{time at}}|{{moment at}}";
    let pages = builder("a", template).build().unwrap();
    let data = json!({ "one": 1, "two": 2, "how": "on_card", "at": "2026-11-21T13:02:00Z" });
    let shown = |language| pages.fragment(language, "a", &data).unwrap().0;
    assert_eq!(
        shown(Language::Swedish),
        "1 hund|2 hundar|på kort|21 november 2026|kl. 14.02|21 november 2026 kl.\u{a0}14.02"
    );
    assert_eq!(
        shown(Language::English),
        "1 dog|2 dogs|on card|21 November 2026|14:02|21 November 2026 14:02"
    );
    let other = json!({ "one": 1, "two": 2, "how": "by_post", "at": "2026-11-21T13:02:00Z" });
    assert!(pages.fragment(Language::Swedish, "a", &other).is_err());
}

#[test]
fn names_stand_inside_a_sentence() {
    let template = "{{t \"hello\" name=(list names)}}|{{list nobody none=(t \"is-on-card\")}}";
    let pages = builder("a", template).build().unwrap();
    let Html(html) =
        pages.fragment(Language::English, "a", &json!({ "names": ["Anna", "Bo"], "nobody": [] })).unwrap();
    assert_eq!(html, "Hello Anna, Bo &amp; &lt;all&gt;|on card");
}

#[test]
fn r46_what_is_wrong_is_listed_on_top_and_repeated_at_the_field() {
    let field = "{{> field id=\"mail\" name=\"mail\" label=\"E-post\" hint=\"\" value=\"x\" type=\"email\" \
                 fill=\"email\" mode=\"\" size=\"\"}}";
    let pages = builder("a", &format!("{{{{#> layout}}}}{field}{{{{/layout}}}}")).build().unwrap();
    let frame = Frame::new("Titel", Language::Swedish, &here());
    let Html(right) = pages.page(Language::Swedish, "a", &frame, &json!({})).unwrap();
    assert!(!right.contains("aria-invalid") && !right.contains("id=\"faults\""), "{right}");
    let frame = frame.fault(Fault { field: "mail".into(), text: "Skriv en e-postadress.".into() });
    let Html(wrong) = pages.page(Language::Swedish, "a", &frame, &json!({})).unwrap();
    for part in [
        "<title>Fel: Titel – Bevaka</title>",
        "<a href=\"#mail\">Skriv en e-postadress.</a>",
        "<p class=\"fault\" id=\"mail-fault\">Skriv en e-postadress.</p>",
        "aria-invalid=\"true\" aria-describedby=\"mail-fault\"",
    ] {
        assert!(wrong.contains(part), "{part} in {wrong}");
    }
}

#[test]
fn r44_a_page_of_a_session_warns_before_it_ends() {
    let pages = builder("a", "{{#> layout}}{{/layout}}").build().unwrap();
    let frame = Frame::new("Titel", Language::Swedish, &here());
    let Html(outside) = pages.page(Language::Swedish, "a", &frame, &json!({})).unwrap();
    assert!(!outside.contains("session.js") && !outside.contains("Logga ut"), "{outside}");
    let frame = frame.sign_out("/out").session(Session { ends_s: 300, warns_s: 60, keep: "/start".into() });
    let frame =
        frame.notice(Notice { tone: Tone::Success, title: "Klart.".into(), text: "Det är sparat.".into() });
    let Html(page) = pages.page(Language::Swedish, "a", &frame, &json!({})).unwrap();
    for part in [
        "data-ends-s=\"300\" data-warns-s=\"60\" hidden>",
        "href=\"/start\" data-keep>Fortsätt</a>",
        "<form class=\"sign-out\" method=\"post\" action=\"/out\">",
        "<div class=\"note success\" role=\"status\">",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn missing_data_is_an_error() {
    let pages = builder("a", "{{t \"hello\" name=who}}").build().unwrap();
    assert!(pages.fragment(Language::Swedish, "a", &json!({})).is_err());
    let pages = builder("a", "{{who}}").build().unwrap();
    assert!(pages.fragment(Language::Swedish, "a", &json!({})).is_err());
}

#[test]
fn misspelt_names_are_found_at_start() {
    for template in [
        "{{t \"helo\" name=x}}",
        "{{t \"hello\"}}",
        "{{t \"hello\" name=x more=y}}",
        "{{#if x}}{{else}}{{t \"nothing\"}}{{/if}}",
        "{{#if (t \"nothing\")}}{{/if}}",
        "{{#> layout}}{{t \"nothing\"}}{{/layout}}",
        "{{n \"hello\" 1 name=x}}",
        "{{n \"dogs\" 1 more=x}}",
        "{{word \"nothing\" x}}",
        "{{#*inline \"head\"}}{{t \"nothing\"}}{{/inline}}",
        "{{asset \"none.css\"}}",
        "{{> none}}",
        "{{> layout x=(t \"nothing\")}}",
        "{{#if}",
    ] {
        assert!(builder("a", template).build().is_err(), "{template}");
    }
}

#[test]
fn a_value_by_the_name_of_a_helper_is_found_at_start() {
    for template in ["<p>{{date}}</p>", "{{#if x}}{{list}}{{/if}}"] {
        let fault = builder("a", template).build().unwrap_err();
        assert!(matches!(&fault, PagesError::Reference { name, .. } if name == "a"), "{fault}");
    }
}

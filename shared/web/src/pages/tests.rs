use super::*;
use crate::layout::{Here, Link};
use axum::http::Uri;
use serde_json::json;

fn builder(name: &str, template: &str) -> PagesBuilder {
    let mut builder = PagesBuilder::new().unwrap();
    builder.templates.insert(name.to_owned(), template.as_bytes().to_vec());
    builder
        .texts(
            Translations::parse("hello = 'Hej {name} & <alla>'", "hello = 'Hello {name} & <all>'").unwrap(),
        )
        .unwrap()
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
        "{{#*inline \"head\"}}{{t \"nothing\"}}{{/inline}}",
        "{{asset \"none.css\"}}",
        "{{> none}}",
        "{{> layout x=(t \"nothing\")}}",
        "{{#if}",
    ] {
        assert!(builder("a", template).build().is_err(), "{template}");
    }
}

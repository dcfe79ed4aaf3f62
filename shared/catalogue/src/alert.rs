//! The texts of an alert: the kind's own templates inside the frame that all alerts share.

use bevaka_domain::{clock::Timestamp, language::Language, sms::Sms};
use handlebars::{Handlebars, RenderError, Template};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most segments that a kind's own text may take with a company name of usual length.
const MAX_SAMPLE_SEGMENTS: u32 = 2;

/// What an alert tells. The minimum of R35: nothing here comes from the data of the event.
#[derive(Clone, Copy, Debug)]
pub struct AlertFacts<'a> {
    /// The company's registered name.
    pub company: &'a str,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// What a notice tells beside that.
#[derive(Clone, Copy, Debug)]
pub struct NoticeFacts<'a> {
    /// The names of the event kinds that it is about, in the reader's language.
    pub kinds: &'a [&'a str],
    /// What people refer to it by; empty if there is nothing.
    pub receipt: &'a str,
}

/// What the templates of notices are tried with.
pub(crate) const NOTICE_SAMPLE: NoticeFacts<'_> =
    NoticeFacts { kinds: &["Avvisad betalning", "Personligt meddelande"], receipt: "7K3F9A2C" };

/// An e-mail, ready but for its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// For people who read mail as text.
    pub text: String,
    /// The same with the bank's look.
    pub html: String,
}

/// A text that a kind's file brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Sms,
    Subject,
    Text,
    Html,
}

impl Part {
    /// The key in the file.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Subject => "email.subject",
            Self::Text => "email.text",
            Self::Html => "email.html",
        }
    }
}

type Words = BTreeMap<String, String>;

/// One engine, two registries: HTML escapes, text does not.
pub(crate) struct Templates {
    text: Handlebars<'static>,
    html: Handlebars<'static>,
    words: BTreeMap<Language, Words>,
    /// What they are tried with beside company and time; alerts have nothing else.
    sample: Option<NoticeFacts<'static>>,
}

#[derive(Serialize)]
struct Context<'a> {
    language: &'a str,
    words: &'a Words,
    kind: &'a str,
    company: &'a str,
    date: String,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kinds: Option<&'a [&'a str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'a str>,
}

#[derive(Serialize)]
struct Frame<'a> {
    language: &'a str,
    subject: &'a str,
    content: &'a str,
    why: &'a str,
    safety: &'a str,
}

impl Templates {
    /// The shared frame, in every language; for notices with a sample of what they tell.
    pub fn new(sample: Option<NoticeFacts<'static>>) -> Result<Self, String> {
        let (mut text, mut html) = (Handlebars::new(), Handlebars::new());
        text.register_escape_fn(handlebars::no_escape);
        for registry in [&mut text, &mut html] {
            registry.set_strict_mode(true);
        }
        let fault = |fault: handlebars::TemplateError| fault.to_string();
        html.register_template_string("facts", include_str!("../templates/facts.html.hbs")).map_err(fault)?;
        html.register_template_string("frame", include_str!("../templates/mail.html.hbs")).map_err(fault)?;
        text.register_template_string("frame", include_str!("../templates/mail.txt.hbs")).map_err(fault)?;
        let mut words = BTreeMap::new();
        for (language, source) in [
            (Language::Swedish, include_str!("../templates/sv.toml")),
            (Language::English, include_str!("../templates/en.toml")),
        ] {
            let catalogue: Words = toml::from_str(source).map_err(|fault| fault.to_string())?;
            for key in ["why", "why_notice", "safety"] {
                let source = catalogue.get(key).map_or("", String::as_str);
                text.register_template_string(&format!("{key}.{language}"), source).map_err(fault)?;
            }
            words.insert(language, catalogue);
        }
        Ok(Self { text, html, words, sample })
    }

    /// Takes a template of the kind, and renders it with a sample so that nothing is left to go wrong later.
    /// A fault carries the line within the template, counted from 1.
    pub fn add(
        &mut self,
        language: Language,
        part: Part,
        source: &str,
        kind: &str,
    ) -> Result<(), (usize, String)> {
        let compiled = Template::compile(source.trim_start_matches('\n'))
            .map_err(|fault| (fault.pos().map_or(1, |(line, _)| line), fault.reason().to_string()))?;
        let name = format!("{}.{language}", part.key());
        let registry = if part == Part::Html { &mut self.html } else { &mut self.text };
        registry.register_template(&name, compiled);
        let sample =
            AlertFacts { company: "Exempelbolaget i Sundsvall AB", occurred_at: Timestamp::from_micros(0) };
        let rendered = self
            .render(part, language, kind, &sample, self.sample.as_ref())
            .map_err(|fault| (fault.line_no.unwrap_or(1), fault.reason().to_string()))?;
        if part == Part::Subject && rendered.contains(['\r', '\n']) {
            return Err((1, "a subject is one line".to_owned()));
        }
        if part == Part::Sms && Sms::new(&rendered).segments > MAX_SAMPLE_SEGMENTS {
            return Err((1, format!("longer than {MAX_SAMPLE_SEGMENTS} SMS segments; shorten it")));
        }
        if part == Part::Sms && rendered.contains("://") {
            return Err((1, "an SMS holds no link (R35)".to_owned()));
        }
        if rendered.trim().is_empty() {
            return Err((1, "renders to nothing".to_owned()));
        }
        Ok(())
    }

    pub fn sms(&self, language: Language, kind: &str, facts: &AlertFacts<'_>) -> String {
        one_line(&self.render(Part::Sms, language, kind, facts, None).unwrap_or_default())
    }

    /// The mail of an alert, or of a notice with what it tells beside that.
    pub fn mail(
        &self,
        language: Language,
        kind: &str,
        facts: &AlertFacts<'_>,
        notice: Option<&NoticeFacts<'_>>,
    ) -> MailText {
        let render = |part| self.render(part, language, kind, facts, notice).unwrap_or_default();
        let subject = one_line(&render(Part::Subject));
        let context = self.context(language, kind, facts, notice);
        let word = |key: &str| self.text.render(&format!("{key}.{language}"), &context).unwrap_or_default();
        let why = word(if notice.is_some() { "why_notice" } else { "why" });
        let safety = word("safety");
        let framed = |registry: &Handlebars<'_>, content: &str| {
            let frame =
                Frame { language: language.code(), subject: &subject, content, why: &why, safety: &safety };
            registry.render("frame", &frame).unwrap_or_default()
        };
        let text = framed(&self.text, render(Part::Text).trim_end());
        let html = framed(&self.html, &render(Part::Html));
        MailText { subject, text, html }
    }

    fn render(
        &self,
        part: Part,
        language: Language,
        kind: &str,
        facts: &AlertFacts<'_>,
        notice: Option<&NoticeFacts<'_>>,
    ) -> Result<String, RenderError> {
        let registry = if part == Part::Html { &self.html } else { &self.text };
        registry.render(&format!("{}.{language}", part.key()), &self.context(language, kind, facts, notice))
    }

    fn context<'a>(
        &'a self,
        language: Language,
        kind: &'a str,
        facts: &AlertFacts<'a>,
        notice: Option<&NoticeFacts<'a>>,
    ) -> Context<'a> {
        let local = facts.occurred_at.local();
        Context {
            language: language.code(),
            words: &self.words[&language],
            kind,
            company: facts.company,
            date: local.date(language),
            time: local.time_of_day(language),
            kinds: notice.map(|notice| notice.kinds),
            receipt: notice.map(|notice| notice.receipt),
        }
    }
}

/// Control characters of a company's name end up as spaces: they would break a header or a segment.
fn one_line(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

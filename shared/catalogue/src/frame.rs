//! The frame that all alerts share: why somebody gets one, how to turn it off, how to sign in safely, and the code by
//! which its recipient can ask whether it is genuine. No kind's file has to bring it, and none can leave it out.

use crate::MailText;
use bevaka_domain::language::Language;
use handlebars::Handlebars;
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) type Words = BTreeMap<String, String>;

/// What stands around a text, beside what it tells. No `Debug`: a link's token never reaches a log.
#[derive(Clone, Copy, Default)]
pub struct Proof<'a> {
    /// The code that an alert is checked by, such as `K7M2-9QFD`; empty where a message has none.
    pub code: &'a str,
    /// The https address that turns the watch off, where there is one to turn off.
    pub unsubscribe: Option<&'a str>,
}

/// Why somebody gets a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// They watch the kind.
    Watch,
    /// They gather what they watch.
    Digest,
    /// They can sign agreements.
    Signatory,
    /// Their contact points are concerned.
    Contact,
}

impl Why {
    const fn words(self) -> &'static str {
        match self {
            Self::Watch => "why",
            Self::Digest => "why_digest",
            Self::Signatory => "why_notice",
            Self::Contact => "why_contact",
        }
    }

    const fn stop(self) -> &'static str {
        match self {
            Self::Digest => "stop_digest",
            _ => "stop",
        }
    }
}

/// One engine, two registries: HTML escapes, text does not.
pub(crate) struct Frame {
    pub text: Handlebars<'static>,
    pub html: Handlebars<'static>,
    words: BTreeMap<Language, Words>,
}

#[derive(Serialize)]
struct Mail<'a> {
    language: &'a str,
    subject: &'a str,
    content: &'a str,
    why: &'a str,
    safety: &'a str,
    check: Option<String>,
    link: Option<&'a str>,
    stop: &'a str,
    stop_note: &'a str,
}

#[derive(Serialize)]
struct Code<'a> {
    code: &'a str,
}

impl Frame {
    /// The frame, in every language.
    pub fn new() -> Result<Self, String> {
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
            for (key, source) in &catalogue {
                text.register_template_string(&named(key, language), source).map_err(fault)?;
            }
            words.insert(language, catalogue);
        }
        Ok(Self { text, html, words })
    }

    /// The words of a language, for templates that ask for them.
    pub fn words(&self, language: Language) -> &Words {
        &self.words[&language]
    }

    /// A sentence of the frame, filled in.
    pub fn say(&self, key: &str, language: Language, context: &impl Serialize) -> String {
        self.text.render(&named(key, language), context).unwrap_or_default()
    }

    /// A text message: what it tells, and the code it is checked by.
    pub fn sms(&self, language: Language, content: &str, proof: Proof<'_>) -> String {
        let content = one_line(content);
        if proof.code.is_empty() {
            return content;
        }
        format!("{content} {}", self.say("code", language, &Code { code: proof.code }))
    }

    /// A mail of its parts; `context` fills in the sentence about why it came.
    pub fn mail(
        &self,
        language: Language,
        why: Why,
        (subject, text, html): (&str, &str, &str),
        proof: Proof<'_>,
        context: &impl Serialize,
    ) -> MailText {
        let subject = one_line(subject);
        let why_text = self.say(why.words(), language, context);
        let safety = self.say("safety", language, context);
        let framed = |registry: &Handlebars<'_>, content: &str| {
            let code = Code { code: proof.code };
            let mail = Mail {
                language: language.code(),
                subject: &subject,
                content,
                why: &why_text,
                safety: &safety,
                check: (!proof.code.is_empty()).then(|| self.say("check", language, &code)),
                link: proof.unsubscribe,
                stop: &self.words[&language][why.stop()],
                stop_note: &self.words[&language]["stop_note"],
            };
            registry.render("frame", &mail).unwrap_or_default()
        };
        let (text, html) = (framed(&self.text, text.trim_end()), framed(&self.html, html));
        MailText { subject, text, html }
    }
}

fn named(key: &str, language: Language) -> String {
    format!("words/{key}.{language}")
}

/// Control characters of a company's name end up as spaces: they would break a header or a segment.
pub(crate) fn one_line(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

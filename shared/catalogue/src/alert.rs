//! The texts of an alert: the kind's own templates inside the frame that all alerts share.

use crate::frame::{Frame, Proof, Why, Words, one_line};
use bevaka_domain::{clock::Timestamp, language::Language, sms::Sms};
use handlebars::{RenderError, Template};
use serde::Serialize;
use std::fmt;

/// The most segments that a text message may take with a company name of usual length.
pub(crate) const MAX_SEGMENTS: u32 = 2;

/// What templates are tried with in place of a code to type in.
const SAMPLE_CODE: &str = "493817";
const SAMPLE_PROOF: Proof<'_> =
    Proof { code: "K7M2-9QFD", unsubscribe: Some("https://bank.example/sluta/abc") };

/// What an alert tells. The minimum of R35: nothing here comes from the data of the event.
#[derive(Clone, Copy)]
pub struct AlertFacts<'a> {
    /// The company's registered name.
    pub company: &'a str,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What the frame shows beside that.
    pub proof: Proof<'a>,
}

/// The words of an alert, by channel. `Debug` hides them: texts never reach a log.
#[derive(Clone)]
pub enum AlertText {
    /// Normalised and counted.
    Sms(Sms),
    /// Subject and both bodies.
    Mail {
        /// They.
        text: MailText,
        /// Where the watch is turned off by one click (RFC 8058); none where there is no watch to turn off.
        unsubscribe: Option<String>,
    },
}

impl fmt::Debug for AlertText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sms(_) => "Sms(…)",
            Self::Mail { .. } => "Mail(…)",
        })
    }
}

/// What a notice tells beside that.
#[derive(Clone, Copy)]
pub(crate) struct NoticeFacts<'a> {
    /// The names of the event kinds that it is about, in the reader's language.
    pub kinds: &'a [&'a str],
    /// What people refer to it by; empty if there is nothing.
    pub receipt: &'a str,
    /// The code that confirms the contact point it goes to, if it brings one.
    pub code: Option<&'a str>,
}

/// What a notice is tried with; some bring a code to type in.
pub(crate) const fn notice_sample(brings_code: bool) -> NoticeFacts<'static> {
    NoticeFacts {
        kinds: &["Avvisad betalning", "Personligt meddelande"],
        receipt: "7K3F9A2C",
        code: if brings_code { Some(SAMPLE_CODE) } else { None },
    }
}

/// An e-mail, ready but for its addresses. `Debug` hides it: texts never reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// For people who read mail as text.
    pub text: String,
    /// The same with the bank's look.
    pub html: String,
}

impl fmt::Debug for MailText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailText(…)")
    }
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

/// The templates of one kind or notice.
pub(crate) struct Templates {
    frame: Frame,
    why: Why,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl Templates {
    /// No templates yet; those of a notice are tried with a sample of what it tells.
    pub fn new(why: Why, sample: Option<NoticeFacts<'static>>) -> Result<Self, String> {
        Ok(Self { frame: Frame::new()?, why, sample })
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
        let registry = if part == Part::Html { &mut self.frame.html } else { &mut self.frame.text };
        registry.register_template(&name, compiled);
        let sample = AlertFacts {
            company: "Exempelbolaget i Sundsvall AB",
            occurred_at: Timestamp::from_micros(0),
            proof: SAMPLE_PROOF,
        };
        let rendered = self
            .render(part, language, kind, &sample, self.sample.as_ref())
            .map_err(|fault| (fault.line_no.unwrap_or(1), fault.reason().to_string()))?;
        self.check(part, language, &rendered).map_err(|reason| (1, reason))
    }

    /// What a rendered sample must hold to.
    fn check(&self, part: Part, language: Language, rendered: &str) -> Result<(), String> {
        if part == Part::Subject && rendered.contains(['\r', '\n']) {
            return Err("a subject is one line".to_owned());
        }
        let sms = || Sms::new(&self.frame.sms(language, rendered, self.proof(SAMPLE_PROOF)));
        if part == Part::Sms && sms().segments > MAX_SEGMENTS {
            return Err(format!(
                "longer than {MAX_SEGMENTS} SMS segments with the alert's code behind it; shorten it"
            ));
        }
        if part == Part::Sms && rendered.contains("://") {
            return Err("an SMS holds no link (R35)".to_owned());
        }
        if rendered.trim().is_empty() {
            return Err("renders to nothing".to_owned());
        }
        let code = self.sample.as_ref().and_then(|sample| sample.code);
        match (part, code.map(|code| rendered.contains(code))) {
            // Subjects stand in lists and on locked screens.
            (Part::Subject, Some(true)) => Err("a subject holds no {{code}}".to_owned()),
            (Part::Sms | Part::Text | Part::Html, Some(false)) => Err("must hold {{code}}".to_owned()),
            _ => Ok(()),
        }
    }

    pub fn sms(
        &self,
        language: Language,
        kind: &str,
        facts: &AlertFacts<'_>,
        notice: Option<&NoticeFacts<'_>>,
    ) -> String {
        let content = self.render(Part::Sms, language, kind, facts, notice).unwrap_or_default();
        self.frame.sms(language, &content, self.proof(facts.proof))
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
        let (text, html) = (render(Part::Text), render(Part::Html));
        let context = self.context(language, kind, facts, notice);
        self.frame.mail(language, self.why, (&subject, &text, &html), self.proof(facts.proof), &context)
    }

    /// A message that brings a code to type in has no second one that could be taken for it; only watches are turned
    /// off by a link.
    fn proof<'a>(&self, proof: Proof<'a>) -> Proof<'a> {
        let brings_code = self.sample.as_ref().is_some_and(|sample| sample.code.is_some());
        Proof {
            code: if brings_code { "" } else { proof.code },
            unsubscribe: proof.unsubscribe.filter(|_| self.why == Why::Watch),
        }
    }

    fn render(
        &self,
        part: Part,
        language: Language,
        kind: &str,
        facts: &AlertFacts<'_>,
        notice: Option<&NoticeFacts<'_>>,
    ) -> Result<String, RenderError> {
        let registry = if part == Part::Html { &self.frame.html } else { &self.frame.text };
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
            words: self.frame.words(language),
            kind,
            company: facts.company,
            date: local.date(language),
            time: local.time_of_day(language),
            kinds: notice.map(|notice| notice.kinds),
            receipt: notice.map(|notice| notice.receipt),
            code: notice.and_then(|notice| notice.code),
        }
    }
}

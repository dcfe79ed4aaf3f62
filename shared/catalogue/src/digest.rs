//! The texts of a digest: several alerts that leave as one message.

use crate::{
    MailText,
    alert::MAX_SEGMENTS,
    frame::{Frame, Proof, Why},
};
use bevaka_domain::{clock::Timestamp, language::Language, sms::Sms};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most events that a mail lists; of further ones it tells how many they are.
const LISTED: usize = 100;

/// What a digest tells. The minimum of R35, as in a single alert.
#[derive(Clone, Copy)]
pub struct DigestFacts<'a> {
    /// The company's registered name.
    pub company: &'a str,
    /// What happened, and when, in this order.
    pub events: &'a [(&'a str, Timestamp)],
    /// What the frame shows beside that.
    pub proof: Proof<'a>,
}

/// The templates of digests.
pub(crate) struct Templates(Frame);

#[derive(Serialize)]
struct Context<'a> {
    count: usize,
    company: &'a str,
    listed: String,
    more: usize,
}

#[derive(Serialize)]
struct Body {
    lead: String,
    see: String,
    entries: Vec<Entry>,
    more: Option<String>,
}

#[derive(Serialize)]
struct Entry {
    kind: String,
    moment: String,
}

impl Templates {
    pub fn new() -> Result<Self, String> {
        let mut frame = Frame::new()?;
        let fault = |fault: handlebars::TemplateError| fault.to_string();
        frame
            .text
            .register_template_string("digest", include_str!("../templates/digest.txt.hbs"))
            .map_err(fault)?;
        frame
            .html
            .register_template_string("digest", include_str!("../templates/digest.html.hbs"))
            .map_err(fault)?;
        Ok(Self(frame))
    }

    /// How many of which kinds; where that takes too many segments, how many only.
    pub fn sms(&self, language: Language, facts: &DigestFacts<'_>) -> String {
        let context = context(facts);
        let said = |key| self.0.sms(language, &self.0.say(key, language, &context), facts.proof);
        let whole = said("digest_sms");
        if Sms::new(&whole).segments <= MAX_SEGMENTS { whole } else { said("digest_sms_short") }
    }

    /// A list of what happened, and when.
    pub fn mail(&self, language: Language, facts: &DigestFacts<'_>) -> MailText {
        let context = context(facts);
        let say = |key| self.0.say(key, language, &context);
        let entry = |(kind, at): &(&str, Timestamp)| Entry {
            kind: (*kind).to_owned(),
            moment: at.local().moment(language).replace('\u{a0}', " "),
        };
        let body = Body {
            lead: say("digest_lead"),
            see: say("digest_see"),
            entries: facts.events.iter().take(LISTED).map(entry).collect(),
            more: (context.more > 0).then(|| say("digest_more")),
        };
        let text = self.0.text.render("digest", &body).unwrap_or_default();
        let html = self.0.html.render("digest", &body).unwrap_or_default();
        self.0.mail(language, Why::Digest, (&say("digest"), &text, &html), facts.proof, &context)
    }
}

fn context<'a>(facts: &DigestFacts<'a>) -> Context<'a> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for (kind, _) in facts.events {
        *counts.entry(kind).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let listed: Vec<_> =
        counts.into_iter().map(|(kind, count)| format!("{count} {}", within_a_sentence(kind))).collect();
    Context {
        count: facts.events.len(),
        company: facts.company,
        listed: listed.join(", "),
        more: facts.events.len().saturating_sub(LISTED),
    }
}

/// A name as it is written in the middle of a sentence; abbreviations keep their capitals.
fn within_a_sentence(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => name.to_owned(),
    }
}

//! The file of one kind.

use crate::{EventKind, alert};
use bevaka_domain::{event::Kind, language::Language};
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};
use toml::Spanned;

/// The longest time to live: 90 days, as long as alerts are kept for users.
const MAX_TIME_TO_LIVE_S: u64 = 90 * 86_400;

/// Whether an event names the one user it is for (R29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Addressed {
    /// It concerns the whole company.
    Never,
    /// It may name one user.
    Optional,
    /// It names one user.
    Required,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindFile {
    kind: Spanned<String>,
    time_to_live_s: Spanned<u64>,
    addressed: Addressed,
    name: Texts,
    description: Texts,
    schema: Spanned<serde_json::Value>,
    sms: Texts,
    email: Emails,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    sv: Spanned<String>,
    en: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Emails {
    sv: Email,
    en: Email,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Email {
    subject: Spanned<String>,
    text: Spanned<String>,
    html: Spanned<String>,
}

/// A line, counted from 1, and what is wrong there.
type Fault = (Option<usize>, String);

/// Reads and checks the file of one kind.
pub(crate) fn parse(text: &str) -> Result<EventKind, Fault> {
    let line_at = |at: usize| Some(text.get(..at).unwrap_or(text).matches('\n').count() + 1);
    let file: KindFile = toml::from_str(text)
        .map_err(|fault| (fault.span().and_then(|span| line_at(span.start)), fault.message().to_owned()))?;

    let kind = Kind::parse(file.kind.get_ref())
        .map_err(|fault| (line_at(file.kind.span().start), format!("kind: {fault}")))?;
    let time_to_live_s = *file.time_to_live_s.get_ref();
    if !(60..=MAX_TIME_TO_LIVE_S).contains(&time_to_live_s) {
        let reason = format!("time_to_live_s: must lie between 60 and {MAX_TIME_TO_LIVE_S} seconds");
        return Err((line_at(file.time_to_live_s.span().start), reason));
    }
    let schema_line = line_at(file.schema.span().start);
    let schema_json = file.schema.into_inner();
    if schema_json.get("type").and_then(|kind| kind.as_str()) != Some("object") {
        return Err((schema_line, "schema: type must be \"object\"".to_owned()));
    }
    let schema = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema_json)
        .map_err(|fault| (schema_line, format!("schema{}: {fault}", fault.instance_path())))?;

    let mut templates = alert::Templates::new().map_err(|reason| (None, reason))?;
    let by_language = [
        (Language::Swedish, &file.sms.sv, &file.email.sv, &file.name.sv),
        (Language::English, &file.sms.en, &file.email.en, &file.name.en),
    ];
    for (language, sms, email, name) in by_language {
        for (part, source) in [
            (alert::Part::Sms, sms),
            (alert::Part::Subject, &email.subject),
            (alert::Part::Text, &email.text),
            (alert::Part::Html, &email.html),
        ] {
            templates.add(language, part, source.get_ref(), name.get_ref()).map_err(|(line, reason)| {
                // TOML drops the line break behind an opening """.
                let start = source.span().start;
                let opening = usize::from(text.get(start..).is_some_and(|at| at.starts_with("\"\"\"\n")));
                let first = line_at(start).unwrap_or(1) + opening;
                (Some(first + line.saturating_sub(1)), format!("{}.{language}: {reason}", part.key()))
            })?;
        }
    }
    for text in [&file.name.sv, &file.name.en, &file.description.sv, &file.description.en] {
        if text.get_ref().trim().is_empty() || text.get_ref().chars().any(char::is_control) {
            return Err((line_at(text.span().start), "a name or description is one line of text".to_owned()));
        }
    }
    let both = |texts: Texts| {
        BTreeMap::from([
            (Language::Swedish, texts.sv.into_inner()),
            (Language::English, texts.en.into_inner()),
        ])
    };
    Ok(EventKind {
        kind,
        time_to_live: Duration::from_secs(time_to_live_s),
        addressed: file.addressed,
        names: both(file.name),
        descriptions: both(file.description),
        schema,
        schema_json,
        templates,
    })
}

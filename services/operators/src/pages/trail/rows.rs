//! One entry in words.

use crate::{
    pages::{OperatorSession, paths},
    queries::trail::Found,
};
use bevaka_domain::{clock::Timestamp, trail::Action};
use bevaka_web::{local_path::with_query, page_error::PageResult};
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
pub(super) struct Row {
    /// When; left out where what stands there is no time.
    at: Option<Timestamp>,
    what: String,
    who: String,
    who_link: String,
    company: Option<Company>,
    subject: String,
    /// What else was done to it.
    subject_link: String,
    details: Vec<Detail>,
    place: String,
}

#[derive(Serialize)]
struct Company {
    name: String,
    /// What else concerns it, if it is still known.
    link: Option<String>,
}

#[derive(Serialize)]
struct Detail {
    name: String,
    value: String,
}

impl Row {
    /// An entry with the names behind its ids.
    pub(super) fn new(session: &OperatorSession, found: Found) -> PageResult<Self> {
        let Found { listed, company, user } = found;
        let link = listed.link;
        let narrowed =
            |field: &'static str, value: &str| with_query(paths::TRAIL, [(field, value)]).into_owned();
        let company = link.organisation.map(|id| match company {
            Some((number, name)) => Company { name, link: Some(narrowed("foretag", &number)) },
            None => Company { name: id, link: None },
        });
        Ok(Self {
            at: Timestamp::parse(&link.at).ok(),
            what: action(session, &link.action)?,
            who: who(session, &link.actor, user)?,
            who_link: narrowed("vem", &link.actor),
            company,
            subject_link: narrowed("vad", &link.subject),
            subject: link.subject,
            details: details(session, &link.detail)?,
            place: format!("{}:{}", listed.chain, link.seq),
        })
    }
}

/// An action in words; one that no version of ours knows as it is stored.
pub(super) fn action(session: &OperatorSession, stored: &str) -> PageResult<String> {
    if stored.parse::<Action>().is_err() {
        return Ok(stored.to_owned());
    }
    text(session, &format!("trail-did-{}", stored.replace('_', "-")))
}

fn who(session: &OperatorSession, stored: &str, user: Option<String>) -> PageResult<String> {
    Ok(match (stored, stored.split_once(':')) {
        ("system", _) => text(session, "trail-who-system")?,
        ("import", _) => text(session, "trail-who-import")?,
        ("person", _) => text(session, "trail-who-person")?,
        (_, Some(("operator", name))) => name.to_owned(),
        (_, Some(("user", id))) => user.unwrap_or_else(|| id.to_owned()),
        _ => stored.to_owned(),
    })
}

/// The fields of an entry's detail; what is no object as it stands there.
fn details(session: &OperatorSession, stored: &str) -> PageResult<Vec<Detail>> {
    let Ok(Value::Object(fields)) = serde_json::from_str(stored) else {
        let name = text(session, "trail-detail")?;
        return Ok(vec![Detail { name, value: stored.to_owned() }]);
    };
    let mut details = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        let key = format!("trail-detail-{}", name.replace('_', "-"));
        // Each command names what it tells; those that are told often have words.
        let name = session.app.pages.text(session.language, &key).unwrap_or(name);
        details.push(Detail { name, value: told(&value) });
    }
    Ok(details)
}

/// A value as people read it.
fn told(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "–".to_owned(),
        Value::Array(values) => values.iter().map(told).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name}: {}", told(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn text(session: &OperatorSession, key: &str) -> PageResult<String> {
    Ok(session.app.pages.text(session.language, key)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::language::Language;
    use serde_json::json;

    #[test]
    fn r41_every_action_and_every_fault_of_a_chain_has_words() {
        let pages = crate::pages::pages().unwrap();
        for language in Language::ALL {
            for action in Action::ALL {
                let key = format!("trail-did-{}", action.as_str().replace('_', "-"));
                pages.text(language, &key).unwrap();
            }
            for fault in ["missing", "extra", "previous", "hash", "head", "noted", "form"] {
                pages.text(language, &format!("trail-fault-{fault}")).unwrap();
            }
        }
    }

    #[test]
    fn a_value_is_told_without_the_marks_of_json() {
        for (value, expected) in [
            (json!(null), "–"),
            (json!([]), "–"),
            (json!(["a", 1]), "a, 1"),
            (json!({"payment.rejected": 2, "x": true}), "payment.rejected: 2, x: true"),
        ] {
            assert_eq!(told(&value), expected);
        }
    }
}

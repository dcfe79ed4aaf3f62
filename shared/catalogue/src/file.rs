//! The file of one kind, of events or of notices.

use crate::{EventKind, Filters, NoticeKind, alert, frame::Why};
use bevaka_domain::{event::Kind, language::Language, notice::Topic};
use serde::{Deserialize, de::DeserializeOwned};
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
    #[serde(default)]
    critical: bool,
    name: Texts,
    description: Texts,
    schema: Spanned<serde_json::Value>,
    #[serde(default)]
    filters: FiltersFile,
    sms: Texts,
    email: Emails,
}

/// The names of the properties that filters look at.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FiltersFile {
    amount: Option<Spanned<String>>,
    currency: Option<Spanned<String>>,
    account: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeFile {
    kind: Spanned<String>,
    time_to_live_s: Spanned<u64>,
    name: Texts,
    sms: Option<Texts>,
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
pub(crate) type Fault = (Option<usize>, String);

/// Reads and checks the file of one event kind.
pub(crate) fn event_kind(text: &str) -> Result<EventKind, Fault> {
    let source = Source(text);
    let file: KindFile = source.read()?;
    let kind = source.kind(&file.kind)?;
    let time_to_live = source.time_to_live(&file.time_to_live_s)?;
    let schema_line = Some(source.line_at(file.schema.span().start));
    let schema_json = file.schema.into_inner();
    if schema_json.get("type").and_then(|kind| kind.as_str()) != Some("object") {
        return Err((schema_line, "schema: type must be \"object\"".to_owned()));
    }
    let schema = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema_json)
        .map_err(|fault| (schema_line, format!("schema{}: {fault}", fault.instance_path())))?;
    let filters = source.filters(file.filters, &schema_json)?;
    let mut templates = alert::Templates::new(Why::Watch, None).map_err(|reason| (None, reason))?;
    source.texts(&mut templates, &file.sms, &file.name)?;
    source.mails(&mut templates, &file.email, &file.name)?;
    Ok(EventKind {
        kind,
        time_to_live,
        addressed: file.addressed,
        critical: file.critical,
        filters,
        names: source.lines(file.name)?,
        descriptions: source.lines(file.description)?,
        schema,
        schema_json,
        templates,
    })
}

/// Reads and checks the file of one notice.
pub(crate) fn notice_kind(text: &str) -> Result<NoticeKind, Fault> {
    let source = Source(text);
    let file: NoticeFile = source.read()?;
    let kind = source.kind(&file.kind)?;
    let kind_line = Some(source.line_at(file.kind.span().start));
    let Some(topic) = Topic::of(&kind) else {
        let topics: Vec<_> = Topic::ALL.map(Topic::as_str).into();
        return Err((kind_line, format!("kind: nothing sends this notice; known are {}", topics.join(", "))));
    };
    let time_to_live = source.time_to_live(&file.time_to_live_s)?;
    let by_phone = topic.names_contacts();
    let why = if by_phone { Why::Contact } else { Why::Signatory };
    let sample = alert::notice_sample(topic == Topic::ContactCode);
    let mut templates = alert::Templates::new(why, Some(sample)).map_err(|reason| (None, reason))?;
    match &file.sms {
        Some(sms) if by_phone => source.texts(&mut templates, sms, &file.name)?,
        None if !by_phone => {}
        Some(sms) => {
            let line = source.line_at(sms.sv.span().start);
            return Err((
                Some(line),
                "sms: this notice goes to e-mail addresses only; leave it out".to_owned(),
            ));
        }
        None => {
            return Err((kind_line, "sms: this notice goes to mobile numbers too; give its text".to_owned()));
        }
    }
    source.mails(&mut templates, &file.email, &file.name)?;
    Ok(NoticeKind { kind, time_to_live, by_phone, names: source.lines(file.name)?, templates })
}

/// The text of a file, for finding the lines of its faults.
struct Source<'a>(&'a str);

impl Source<'_> {
    fn line_at(&self, at: usize) -> usize {
        self.0.get(..at).unwrap_or(self.0).matches('\n').count() + 1
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        toml::from_str(self.0)
            .map_err(|fault| (fault.span().map(|span| self.line_at(span.start)), fault.message().to_owned()))
    }

    fn kind(&self, text: &Spanned<String>) -> Result<Kind, Fault> {
        Kind::parse(text.get_ref())
            .map_err(|fault| (Some(self.line_at(text.span().start)), format!("kind: {fault}")))
    }

    fn time_to_live(&self, seconds: &Spanned<u64>) -> Result<Duration, Fault> {
        if !(60..=MAX_TIME_TO_LIVE_S).contains(seconds.get_ref()) {
            let reason = format!("time_to_live_s: must lie between 60 and {MAX_TIME_TO_LIVE_S} seconds");
            return Err((Some(self.line_at(seconds.span().start)), reason));
        }
        Ok(Duration::from_secs(*seconds.get_ref()))
    }

    /// Filters look at texts that the schema knows: any other name would silently filter nothing.
    fn filters(&self, file: FiltersFile, schema: &serde_json::Value) -> Result<Filters, Fault> {
        let known = |name: Option<Spanned<String>>| {
            let Some(name) = name else { return Ok(None) };
            let property = schema.get("properties").and_then(|properties| properties.get(name.get_ref()));
            let is_text =
                |property: &serde_json::Value| property.get("type").is_some_and(|kind| kind == "string");
            if property.is_some_and(is_text) {
                return Ok(Some(name.into_inner()));
            }
            let reason = format!("filters: the schema knows no text named {}", name.get_ref());
            Err((Some(self.line_at(name.span().start)), reason))
        };
        Ok(Filters {
            amount: known(file.amount)?,
            currency: known(file.currency)?,
            account: known(file.account)?,
        })
    }

    fn texts(&self, templates: &mut alert::Templates, sms: &Texts, names: &Texts) -> Result<(), Fault> {
        for (language, sms, name) in
            [(Language::Swedish, &sms.sv, &names.sv), (Language::English, &sms.en, &names.en)]
        {
            self.template(templates, language, alert::Part::Sms, sms, name)?;
        }
        Ok(())
    }

    fn mails(&self, templates: &mut alert::Templates, emails: &Emails, names: &Texts) -> Result<(), Fault> {
        for (language, email, name) in
            [(Language::Swedish, &emails.sv, &names.sv), (Language::English, &emails.en, &names.en)]
        {
            for (part, source) in [
                (alert::Part::Subject, &email.subject),
                (alert::Part::Text, &email.text),
                (alert::Part::Html, &email.html),
            ] {
                self.template(templates, language, part, source, name)?;
            }
        }
        Ok(())
    }

    fn template(
        &self,
        templates: &mut alert::Templates,
        language: Language,
        part: alert::Part,
        source: &Spanned<String>,
        name: &Spanned<String>,
    ) -> Result<(), Fault> {
        templates.add(language, part, source.get_ref(), name.get_ref()).map_err(|(line, reason)| {
            // TOML drops the line break behind an opening """.
            let start = source.span().start;
            let opening = usize::from(self.0.get(start..).is_some_and(|at| at.starts_with("\"\"\"\n")));
            let first = self.line_at(start) + opening;
            (Some(first + line.saturating_sub(1)), format!("{}.{language}: {reason}", part.key()))
        })
    }

    /// Texts of one line each, by language.
    fn lines(&self, texts: Texts) -> Result<BTreeMap<Language, String>, Fault> {
        for text in [&texts.sv, &texts.en] {
            if text.get_ref().trim().is_empty() || text.get_ref().chars().any(char::is_control) {
                let reason = "a name or description is one line of text".to_owned();
                return Err((Some(self.line_at(text.span().start)), reason));
            }
        }
        Ok([(Language::Swedish, texts.sv.into_inner()), (Language::English, texts.en.into_inner())].into())
    }
}

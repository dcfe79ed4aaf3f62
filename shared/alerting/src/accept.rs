//! A body becomes an event, or is refused with a reason (R34).

use base64::{Engine, engine::general_purpose::STANDARD};
use bevaka_bus::{Envelope, ORIGIN};
use bevaka_catalogue::{Addressed, Catalogue};
use bevaka_domain::{
    clock::Timestamp,
    event::{Event, Facts, Kind},
    ids::EventId,
    notice::{self, Content},
    organisation::OrganisationNumber,
};
use serde_json::Value;
use std::{borrow::Cow, fmt, sync::Arc, time::Duration};
use unambiguous::{TWICE, Unambiguous};

mod unambiguous;

/// How far a publisher's clock may be ahead.
const MAX_AHEAD: Duration = Duration::from_secs(300);
/// The longest id, source and recipient, in characters.
const MAX_KEY: usize = 256;
/// The longest detail of a refusal, in characters.
const MAX_DETAIL: usize = 300;
/// Why a message is no event. The words name the field, the limit and what to do, and hold nothing of the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// As a code, for counting.
    pub reason: &'static str,
    /// In words.
    pub detail: String,
}

impl Refused {
    /// A message that is none of CloudEvents' forms, as the bus saw.
    pub fn malformed(why: &str) -> Self {
        Self { reason: "not_an_envelope", detail: why.to_owned() }
    }

    /// The attribute that is wrong, or the whole body. Of the data, the detail names the field.
    pub fn field(&self) -> &'static str {
        match self.reason {
            "body_too_large" | "not_an_envelope" | "attribute" => "body",
            "unknown_kind" => "type",
            "time_ahead" => "time",
            attribute => attribute,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

/// Takes what an operator wants to publish as a business event, or says why not: what the bus takes, and no mark of our own.
///
/// # Errors
/// [`Refused`] with the first fault.
pub fn accept(
    body: &[u8],
    catalogue: &Catalogue,
    max_bytes: usize,
    id: EventId,
    now: Timestamp,
) -> Result<Event, Refused> {
    let envelope = envelope(body, max_bytes)?;
    if envelope.bevakaorigin.is_some() {
        return refuse(ORIGIN, "bevakaorigin must be left out: Bevaka sets it itself");
    }
    event(envelope, catalogue, id, now)
}

/// Takes a body from the bus, where Bevaka's own notices travel as well.
///
/// # Errors
/// [`Refused`] with the first fault.
pub fn accept_from_bus(
    body: &[u8],
    catalogue: &Catalogue,
    max_bytes: usize,
    id: EventId,
    now: Timestamp,
) -> Result<Event, Refused> {
    let envelope = envelope(body, max_bytes)?;
    if envelope.source == notice::SOURCE {
        return self::notice(envelope, catalogue, id, now);
    }
    event(envelope, catalogue, id, now)
}

fn envelope(body: &[u8], max_bytes: usize) -> Result<Envelope, Refused> {
    if body.len() > max_bytes {
        let detail =
            format!("the body has {} bytes, the limit is {max_bytes}; send a reference instead", body.len());
        return refuse("body_too_large", detail);
    }
    let envelope = Envelope::parse(body).or_else(|fault| {
        refuse("not_an_envelope", format!("{fault}; send CloudEvents 1.0 as structured JSON"))
    })?;
    if envelope.specversion != "1.0" {
        return refuse("specversion", "specversion must be \"1.0\"");
    }
    if let Some(name) = &envelope.unknown {
        return refuse("attribute", unknown(name));
    }
    key("id", &envelope.id)?;
    key("source", &envelope.source)?;
    Ok(envelope)
}

/// A name is shown only if it looks like one: it may be content at the wrong place.
fn unknown(name: &str) -> String {
    let is_name = name.len() <= 20 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    let shown = if is_name { format!("the attribute {name}") } else { "an attribute".to_owned() };
    format!(
        "{shown} is none that Bevaka knows; names are in small letters, and what is told belongs into data"
    )
}

/// The data as they came, whichever way.
fn data(envelope: &Envelope) -> Result<Cow<'_, str>, Refused> {
    let is_json = |media_type: &str| {
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json")
    };
    if envelope.datacontenttype.as_deref().is_some_and(|media_type| !is_json(media_type)) {
        return refuse("datacontenttype", "datacontenttype must be application/json, or be left out");
    }
    match (&envelope.data, &envelope.data_base64) {
        (Some(_), Some(_)) => refuse("data", "data and data_base64 exclude each other"),
        (Some(data), None) => Ok(Cow::Borrowed(data.get())),
        (None, None) => Ok(Cow::Borrowed("{}")),
        (None, Some(encoded)) => {
            let bytes = STANDARD.decode(encoded).or_else(|_| refuse("data", "data_base64 must be Base64"))?;
            let text = String::from_utf8(bytes).or_else(|_| refuse("data", "data_base64 must hold UTF-8"))?;
            Ok(Cow::Owned(text))
        }
    }
}

/// Reads data of which every number and every key means one thing to every reader.
fn value(data: &str) -> Result<Value, Refused> {
    let Unambiguous(value) = serde_json::from_str(data).or_else(|fault| {
        let text = fault.to_string();
        let why = match () {
            () if text.starts_with("number out of range") => "data holds a number that is too large",
            () if text.starts_with(TWICE) => "data holds the same key twice in one object",
            () => "data must be JSON without half surrogates",
        };
        refuse("data", format!("{why}, at line {} column {}", fault.line(), fault.column()))
    })?;
    Ok(value)
}

fn event(envelope: Envelope, catalogue: &Catalogue, id: EventId, now: Timestamp) -> Result<Event, Refused> {
    if envelope.source == notice::SOURCE {
        return refuse("source", "source must name the publisher: this one is Bevaka's own");
    }
    let kind = Kind::parse(&envelope.kind).ok().and_then(|kind| catalogue.get(kind.as_str()));
    let Some(kind) = kind else {
        let known = catalogue.listed();
        return refuse("unknown_kind", format!("type must be a kind of the catalogue: {known}"));
    };
    let (organisation, occurred_at) = whose_and_when(&envelope, now)?;
    match (kind.addressed, &envelope.recipient) {
        (_, Some(recipient)) => key("recipient", recipient)?,
        (Addressed::Required, None) => {
            return refuse("recipient", "recipient must name one user for this kind");
        }
        (_, None) => {}
    }
    if kind.addressed == Addressed::Never && envelope.recipient.is_some() {
        return refuse("recipient", "recipient must be left out: this kind is for the whole company");
    }
    let data = data(&envelope)?.into_owned();
    let value = value(&data)?;
    kind.check(&value).or_else(|fault| refuse("data", fault.to_string()))?;
    Ok(Event {
        id,
        origin: envelope.origin(),
        kind: kind.kind.clone(),
        organisation,
        occurred_at,
        received_at: now,
        expires_at: occurred_at.plus(kind.time_to_live),
        data,
        facts: kind.facts(&value),
        notice: None,
        source: envelope.source,
        external_id: envelope.id,
        recipient: envelope.recipient,
    })
}

/// What Bevaka itself tells users by name (R11, R16).
fn notice(envelope: Envelope, catalogue: &Catalogue, id: EventId, now: Timestamp) -> Result<Event, Refused> {
    let kind = Kind::parse(&envelope.kind).ok();
    let Some(kind) = kind.and_then(|kind| catalogue.notice(&kind)) else {
        return refuse("unknown_kind", "type must be a notice of the catalogue");
    };
    let (organisation, occurred_at) = whose_and_when(&envelope, now)?;
    if envelope.recipient.is_some() {
        return refuse("recipient", "recipient must be left out: a notice names its users in data");
    }
    let data = data(&envelope)?.into_owned();
    let content = Content::parse(&data).or_else(|fault| refuse("data", fault.to_string()))?;
    Ok(Event {
        id,
        origin: envelope.origin(),
        kind: kind.kind.clone(),
        organisation,
        occurred_at,
        received_at: now,
        expires_at: occurred_at.plus(kind.time_to_live),
        data,
        facts: Facts::NONE,
        notice: Some(Arc::new(content)),
        source: envelope.source,
        external_id: envelope.id,
        recipient: None,
    })
}

fn whose_and_when(envelope: &Envelope, now: Timestamp) -> Result<(OrganisationNumber, Timestamp), Refused> {
    let organisation = OrganisationNumber::parse(&envelope.subject)
        .or_else(|fault| refuse("subject", format!("subject: {fault}")))?;
    let occurred_at =
        Timestamp::parse(&envelope.time).or_else(|fault| refuse("time", format!("time: {fault}")))?;
    if occurred_at > now.plus(MAX_AHEAD) {
        let limit = MAX_AHEAD.as_secs();
        return refuse(
            "time_ahead",
            format!("time lies more than {limit} s ahead; check the publisher's clock"),
        );
    }
    Ok((organisation, occurred_at))
}

/// Details travel in a header and stand in lists, so they are short and printable whatever they are made of.
fn refuse<T>(reason: &'static str, detail: impl AsRef<str>) -> Result<T, Refused> {
    let printable = detail.as_ref().chars().map(|c| if c.is_control() { ' ' } else { c });
    Err(Refused { reason, detail: printable.take(MAX_DETAIL).collect() })
}

/// Takes an id, a source or a recipient, or says what is wrong with it.
///
/// # Errors
/// [`Refused`] with this field.
pub fn key(field: &'static str, text: &str) -> Result<(), Refused> {
    if text.is_empty() || text.chars().count() > MAX_KEY || text.chars().any(char::is_control) {
        let detail = format!("{field} must have 1 to {MAX_KEY} characters, none of them a control character");
        return refuse(field, detail);
    }
    Ok(())
}

#[cfg(test)]
mod tests;

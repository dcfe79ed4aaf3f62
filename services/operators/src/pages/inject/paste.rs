//! CloudEvents as they are, pasted or uploaded: one, an array, or one on each line.

use super::{
    PASTE, because,
    preview::{Outcome, Preview, Ready, look_or_send},
};
use crate::pages::{Answer, Place, Title, View, Visitor};
use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bevaka_domain::operator::Act;
use bevaka_portal::FieldFault;
use bevaka_web::problem::Problem;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The page.
#[derive(Serialize)]
struct InjectPaste {
    action: &'static str,
    /// The same each time the form is sent.
    id: Uuid,
    text: String,
    because: String,
    preview: Option<Preview>,
    #[serde(skip)]
    faults: Vec<FieldFault>,
}

impl View for InjectPaste {
    const TEMPLATE: &'static str = "inject_paste";

    fn title(&self) -> Title {
        "inject-paste-title".into()
    }

    fn place(&self) -> Place {
        Place::Inject
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

pub(super) async fn show(visitor: Visitor) -> Response {
    visitor.answer(Place::Inject, shown(&visitor))
}

fn shown(visitor: &Visitor) -> Answer {
    visitor.may(Act::Inject)?;
    Ok(visitor.page(StatusCode::OK, &view(visitor, &BTreeMap::new()))?)
}

fn view(visitor: &Visitor, typed: &BTreeMap<String, Vec<u8>>) -> InjectPaste {
    let text = |name: &str| typed.get(name).map_or("".into(), |bytes| String::from_utf8_lossy(bytes));
    InjectPaste {
        action: PASTE,
        id: text("id").parse().unwrap_or_else(|_| visitor.app.chassis.entropy.id(visitor.now)),
        text: text("text").into_owned(),
        because: text("because").into_owned(),
        preview: None,
        faults: Vec::new(),
    }
}

pub(super) async fn submit(visitor: Visitor, request: Request) -> Response {
    visitor.answer(Place::Inject, submitted(&visitor, request).await)
}

async fn submitted(visitor: &Visitor, request: Request) -> Answer {
    visitor.may(Act::Inject)?;
    let typed = read(request).await.map_err(IntoResponse::into_response)?;
    let mut view = view(visitor, &typed);
    // A file that was chosen stands instead of the text, and in the text from then on.
    if let Some(file) = typed.get("file").filter(|file| !file.is_empty()) {
        match String::from_utf8(file.clone()) {
            Ok(text) => view.text = text,
            Err(_) => view.faults.push(FieldFault::new("file", "inject-file-wrong")),
        }
    }
    let because = because(&view.because).map_err(|fault| view.faults.push(fault));
    let text = view.text.clone();
    let events = split(&text);
    if events.is_empty() && view.faults.is_empty() {
        view.faults.push(FieldFault::new("text", "inject-none"));
    }
    let (Ok(because), true) = (because, view.faults.is_empty()) else {
        return Ok(visitor.page(StatusCode::UNPROCESSABLE_ENTITY, &view)?);
    };
    let sent = typed.get("go").is_some_and(|go| go == b"send");
    let seen = typed.get("seen").and_then(|seen| std::str::from_utf8(seen).ok()).filter(|_| sent);
    let ready = Ready { id: view.id, because: &because, events: &events, field: "text", seen };
    match look_or_send(visitor, &ready).await? {
        Outcome::Sent(response) => Ok(response),
        Outcome::Look(preview) => {
            view.preview = Some(preview);
            Ok(visitor.page(StatusCode::OK, &view)?)
        }
        Outcome::Fault(fault) => {
            view.faults.push(fault);
            Ok(visitor.page(StatusCode::UNPROCESSABLE_ENTITY, &view)?)
        }
    }
}

/// The fields of a form with a file (RFC 7578).
async fn read(request: Request) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok()).ok_or_else(unreadable)?;
    let stream = axum::RequestExt::with_limited_body(request).into_body().into_data_stream();
    let mut parts = multer::Multipart::new(stream, boundary);
    let mut fields = BTreeMap::new();
    while let Some(part) = parts.next_field().await.map_err(|_| unreadable())? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let bytes = part.bytes().await.map_err(|_| unreadable())?;
        fields.insert(name, bytes.to_vec());
    }
    Ok(fields)
}

fn unreadable() -> Problem {
    let (detail, action) = (
        "The body is not a form of this page, or too large.",
        "Open the page again, and send less at a time.",
    );
    Problem::new(StatusCode::BAD_REQUEST, "Unreadable form", detail, action)
}

/// One event, an array of them, or one on each line. What is none of these is a line that is no event.
fn split(text: &str) -> Vec<&str> {
    let whole = text.trim();
    if let Ok(events) = serde_json::from_str::<Vec<&RawValue>>(whole) {
        return events.into_iter().map(RawValue::get).collect();
    }
    if serde_json::from_str::<&RawValue>(whole).is_ok() {
        return vec![whole];
    }
    whole.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn events_are_one_or_an_array_or_lines() {
        assert_eq!(split(" {\"a\":\n 1}\n"), ["{\"a\":\n 1}"]);
        assert_eq!(split("[{}, 7]"), ["{}", "7"]);
        assert_eq!(split("{}\n\n {\"a\":1} \r\nnot json"), ["{}", "{\"a\":1}", "not json"]);
        assert_eq!(split("[]"), [""; 0]);
        assert_eq!(split(" \n"), [""; 0]);
    }
}

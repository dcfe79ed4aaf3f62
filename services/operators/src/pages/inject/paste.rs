//! CloudEvents as they are, pasted or uploaded: one, an array, or one on each line.

use super::{
    PASTE,
    preview::{Outcome, Preview, Ready, look_or_send},
};
use crate::pages::{OperatorSession, justification::justification, nav};
use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::IntoResponse,
};
use bevaka_domain::operator::Act;
use bevaka_web::{
    page::{At, FieldError, View},
    page_error::PageResult,
    problem::Problem,
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Serialize)]
struct InjectPaste {
    action: &'static str,
    /// The same each time the form is sent.
    id: Uuid,
    text: String,
    because: String,
    preview: Option<Preview>,
    #[serde(skip)]
    errors: Vec<FieldError>,
}

impl View for InjectPaste {
    const TEMPLATE: &'static str = "inject_paste";
    const TITLE: &'static str = "inject-paste-title";
    const AT: At = nav::INJECT;

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

pub(super) async fn show(session: OperatorSession) -> PageResult {
    session.may(Act::Inject)?;
    session.page(&view(&session, &BTreeMap::new()))
}

fn view(session: &OperatorSession, typed: &BTreeMap<String, Vec<u8>>) -> InjectPaste {
    let text = |name: &str| typed.get(name).map_or("".into(), |bytes| String::from_utf8_lossy(bytes));
    InjectPaste {
        action: PASTE,
        id: text("id").parse().unwrap_or_else(|_| session.app.chassis.entropy.id(session.now)),
        text: text("text").into_owned(),
        because: text("because").into_owned(),
        preview: None,
        errors: Vec::new(),
    }
}

pub(super) async fn submit(session: OperatorSession, request: Request) -> PageResult {
    session.may(Act::Inject)?;
    let typed = read(request).await.map_err(IntoResponse::into_response)?;
    let mut view = view(&session, &typed);
    // A file that was chosen stands instead of the text, and in the text from then on.
    if let Some(file) = typed.get("file").filter(|file| !file.is_empty()) {
        match String::from_utf8(file.clone()) {
            Ok(text) => view.text = text,
            Err(_) => view.errors.push(FieldError::new("file", "inject-file-wrong")),
        }
    }
    let because = justification("because", &view.because).map_err(|error| view.errors.push(error));
    let text = view.text.clone();
    let events = split(&text);
    if events.is_empty() && view.errors.is_empty() {
        view.errors.push(FieldError::new("text", "inject-none"));
    }
    let (Ok(because), true) = (because, view.errors.is_empty()) else {
        return session.page(&view);
    };
    let sent = typed.get("go").is_some_and(|go| go == b"send");
    let seen = typed.get("seen").and_then(|seen| std::str::from_utf8(seen).ok()).filter(|_| sent);
    let ready = Ready { id: view.id, because: &because, events: &events, field: "text", seen };
    match look_or_send(&session, &ready).await? {
        Outcome::Sent(response) => Ok(response),
        Outcome::Look(preview) => {
            view.preview = Some(preview);
            session.page(&view)
        }
        Outcome::Fault(fault) => {
            view.errors.push(fault);
            session.page(&view)
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

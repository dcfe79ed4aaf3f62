//! One mail: as people would see it, its headers, its source.

use crate::{
    mail::Mail,
    message::{Content, Message},
    page::{PageState, Section, frame, when},
};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bevaka_domain::language::Language;
use bevaka_web::{
    language::RequestLanguage,
    layout::{Here, Link},
    pages::ViewError,
    problem::{Problem, Refusal},
};
use serde::Serialize;
use std::sync::Arc;

/// A mail's HTML brings its own styles and nothing else: no scripts, no addresses that are loaded.
const MAIL_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";

pub(crate) fn router() -> Router<PageState> {
    Router::new()
        .route("/sandbox/mails/{id}", get(show))
        .route("/sandbox/mails/{id}/html", get(html))
        .route("/sandbox/mails/{id}/source", get(source))
}

#[derive(Serialize)]
struct View {
    id: u64,
    from: String,
    to: String,
    /// Who the envelope named; it may differ from the header.
    recipient: String,
    subject: String,
    written: String,
    when: String,
    text: Option<String>,
    html: bool,
    headers: Vec<(String, String)>,
}

async fn show(
    State(state): State<PageState>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Some((message, mail)) = find(&state, &id) else {
        return Ok(gone(&state, language, &here)?);
    };
    let view = View {
        id: message.id,
        from: mail.from,
        to: mail.to,
        recipient: message.to.clone(),
        subject: mail.subject,
        written: mail.date,
        when: when(message.received_at, language),
        text: mail.text,
        html: mail.html.is_some(),
        headers: mail.headers,
    };
    let title = match view.subject.as_str() {
        "" => state.pages.text(language, "sandbox-no-subject")?,
        subject => subject.to_owned(),
    };
    let frame = frame(&state.pages, &title, language, &here, Section::Messages)?.close("/sandbox/");
    Ok(state.pages.page(language, "mail", &frame, &view)?.into_response())
}

async fn html(
    State(state): State<PageState>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    match find(&state, &id).and_then(|(_, mail)| mail.html) {
        Some(html) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, MAIL_POLICY),
            ];
            Ok((headers, html).into_response())
        }
        None => Ok(gone(&state, language, &here)?),
    }
}

async fn source(
    State(state): State<PageState>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    match find(&state, &id) {
        Some((message, _)) => {
            let name = format!("attachment; filename=\"mail-{}.eml\"", message.id);
            let headers =
                [(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, name)];
            Ok((headers, raw_of(&message).unwrap_or_default().to_vec()).into_response())
        }
        _ => Ok(gone(&state, language, &here)?),
    }
}

fn find(state: &PageState, id: &str) -> Option<(Arc<Message>, Mail)> {
    let message = state.store.get(id.parse().ok()?)?;
    let mail = Mail::read(raw_of(&message)?);
    Some((message, mail))
}

fn raw_of(message: &Message) -> Option<&[u8]> {
    match &message.content {
        Content::Email { raw } => Some(&raw.0),
        Content::Sms { .. } => None,
    }
}

fn gone(state: &PageState, language: Language, here: &Here) -> Result<Response, ViewError> {
    let text = |key| state.pages.text(language, key);
    let refusal = Refusal {
        status: StatusCode::NOT_FOUND,
        title: text("sandbox-gone-title")?,
        reason: text("sandbox-gone-reason")?,
        action: text("sandbox-gone-action")?,
        link: Some(Link { href: "/sandbox/".to_owned(), text: text("sandbox-title")? }),
    };
    let frame = frame(&state.pages, &refusal.title, language, here, Section::Messages)?;
    Ok((refusal.status, refusal.page(&state.pages, language, &frame)?).into_response())
}

//! What was received as JSON, for tests and scripts.

use crate::{
    mail::Mail,
    message::{Content, Message, carriage},
    store::Store,
};
use axum::{
    Json, Router,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    routing::get,
};
use bevaka_web::problem::Problem;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn router(store: Arc<Store>) -> Router {
    Router::new().route("/sandbox/api/messages", get(list)).with_state(store)
}

#[derive(Deserialize)]
struct Filter {
    channel: Option<String>,
    to: Option<String>,
}

async fn list(
    State(store): State<Arc<Store>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<Value>>, Problem> {
    let Ok(Query(filter)) = filter else {
        return Err(bad_filter("query", "The query is not a list of distinct parameters."));
    };
    if filter.channel.as_deref().is_some_and(|channel| !["sms", "email"].contains(&channel)) {
        return Err(bad_filter("channel", "The channel is neither sms nor email."));
    }
    // In a query a plus sign means a space; who wrote +46… meant the number.
    let to = filter.to.map(|to| if to.starts_with(' ') { to.replacen(' ', "+", 1) } else { to });
    let listed = store
        .all()
        .iter()
        .filter(|message| filter.channel.as_deref().is_none_or(|channel| channel == name(message)))
        .filter(|message| to.as_deref().is_none_or(|to| message.to.eq_ignore_ascii_case(to)))
        .map(|message| entry(message))
        .collect();
    Ok(Json(listed))
}

fn bad_filter(field: &str, detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "Invalid filter", detail, "Correct the parameter, or leave it out.")
        .at(field)
}

const fn name(message: &Message) -> &'static str {
    match message.content {
        Content::Sms { .. } => "sms",
        Content::Email { .. } => "email",
    }
}

/// Every entry has the same keys; what a channel does not know is null.
fn entry(message: &Message) -> Value {
    let (text, subject, segments, status, message_id, headers) = match &message.content {
        Content::Sms { text, status } => {
            (json!(text), Value::Null, json!(carriage(text).1), json!(status), Value::Null, Value::Null)
        }
        Content::Email { raw } => {
            let mail = Mail::read(&raw.0);
            let headers = Value::Object(mail.header_object());
            (json!(mail.text), json!(mail.subject), Value::Null, Value::Null, json!(mail.message_id), headers)
        }
    };
    json!({
        "id": message.id,
        "channel": name(message),
        "to": message.to,
        "from": message.from,
        "received_at": message.received_at,
        "text": text,
        "subject": subject,
        "segments": segments,
        "status": status,
        "message_id": message_id,
        "headers": headers,
        "reference": message.reference,
    })
}

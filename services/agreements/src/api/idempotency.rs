//! Idempotency keys: a command that is sent again with its key has no second effect (docs/decisions/0014).

use crate::App;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bevaka_domain::ids::UserId;
use bevaka_portal::bearer::BearerSession;
use bevaka_store::{
    StoreError,
    idempotent::{self, Answer, Taken},
};
use bevaka_web::problem::Problem;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tracing::Instrument;
use utoipa::IntoParams;

/// The header of a command.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The largest request, in bytes.
pub(super) const MAX_REQUEST: usize = 64 * 1_024;
/// The longest key, in characters.
const LONGEST: usize = 128;
/// Where a sealed answer belongs.
const PLACE: &str = "idempotent_answers.body";
/// The largest answer, in bytes.
const MAX_ANSWER: usize = 1_024 * 1_024;
/// How long a request waits for the answer to another one with the same key.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks for it.
const LOOK: Duration = Duration::from_millis(20);

/// What a command may bear.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used; the middleware reads the header")]
pub(super) struct IdempotencyKey {
    /// Names this command, so that sending it again has no second effect; printable ASCII, such as a random UUID.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 128, nullable = false)]
    key: Option<String>,
}

bevaka_web::refusals! {
    /// The idempotency key is not valid, or was used for another request.
    pub(super) InvalidKey = UNPROCESSABLE_ENTITY;
}

/// A key of a user.
#[derive(Clone)]
struct Key {
    user: UserId,
    text: String,
}

/// Runs a command at most once for each key.
pub(super) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let user = request.extensions().get::<BearerSession>().and_then(|session| session.signed_in.session.user);
    let key = match (user, key(request.headers())) {
        (Some(user), Ok(Some(text))) if request.method() != Method::GET => Key { user, text },
        (_, Err(problem)) if request.method() != Method::GET => return problem.into_response(),
        _ => return next.run(request).await,
    };
    match with_key(app, key, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn with_key(app: App, key: Key, request: Request, next: Next) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_REQUEST).await.map_err(|_| Problem::too_large())?;
    let hash = request_hash(&parts, &body);
    if let Some(answer) = take(&app, &key, &hash).await? {
        return replay(&app, &answer);
    }
    let request = Request::from_parts(parts, Body::from(body));
    // A caller who goes away must not stop a command between its effect and the note of its answer.
    let run = async move {
        let response = next.run(request).await;
        note(&app, &key, response).await
    };
    tokio::spawn(run.in_current_span()).await.map_err(|_| Problem::internal())
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(&KEY) else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| {
        (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    });
    let invalid = "Idempotency-Key must have 1 to 128 printable ASCII characters, such as a random UUID.";
    text.map(|text| Some(text.to_owned())).ok_or_else(|| Problem::invalid_field("Idempotency-Key", invalid))
}

/// What makes two requests the same: address, body, and what else decides the effect.
fn request_hash(parts: &Parts, body: &Bytes) -> Vec<u8> {
    let channel = parts.extensions.get::<BearerSession>().map(|session| session.signed_in.session.channel);
    let language = parts.headers.get(header::ACCEPT_LANGUAGE);
    let mut hash = Sha256::new();
    for part in [
        parts.method.as_str().as_bytes(),
        parts.uri.path().as_bytes(),
        language.map(HeaderValue::as_bytes).unwrap_or_default(),
        format!("{channel:?}").as_bytes(),
        body,
    ] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// Takes the key. Gives the answer if there is one already; waits a moment for that of a request under way.
async fn take(app: &App, key: &Key, hash: &[u8]) -> Result<Option<Answer>, Problem> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match try_take(app, key, hash).await? {
            None => return Ok(None),
            Some(taken) if taken.request_hash != hash => return Err(other_request()),
            Some(Taken { answer: Some(answer), .. }) => return Ok(Some(answer)),
            Some(Taken { answer: None, .. }) if Instant::now() >= deadline => return Err(unknown_outcome()),
            Some(Taken { answer: None, .. }) => sleep(LOOK).await,
        }
    }
}

/// `None` if the key is this request's now.
async fn try_take(app: &App, key: &Key, hash: &[u8]) -> Result<Option<Taken>, StoreError> {
    let mut tx = app.chassis.db.begin_read().await?;
    if let Some(taken) = idempotent::find(&mut tx, key.user, &key.text).await? {
        return Ok(Some(taken));
    }
    drop(tx);
    let mut tx = app.chassis.db.begin().await?;
    let is_ours = idempotent::take(&mut tx, key.user, &key.text, hash, app.now()).await?;
    tx.commit().await?;
    Ok((!is_ours).then(|| Taken { request_hash: hash.to_vec(), answer: None }))
}

/// Keeps the answer of a command that did something, and frees the key of one that was refused. After a fault of ours
/// nobody knows, so the key stays taken.
async fn note(app: &App, key: &Key, response: Response) -> Response {
    let status = response.status();
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_ANSWER).await else { return Problem::internal().into_response() };
    let noted = if status.is_success() {
        keep(app, key, status, &body).await
    } else if status.is_client_error() || status == StatusCode::BAD_GATEWAY {
        free(app, key).await
    } else {
        Ok(())
    };
    if let Err(error) = noted {
        tracing::error!(%error, "the answer to a command could not be kept");
    }
    Response::from_parts(parts, Body::from(body))
}

async fn keep(app: &App, key: &Key, status: StatusCode, body: &[u8]) -> Result<(), StoreError> {
    let sealed = app.vault.seal(PLACE, body, &app.chassis.entropy);
    let answer = Answer { status: status.as_u16(), body: hex::encode(sealed) };
    let mut tx = app.chassis.db.begin().await?;
    idempotent::answer(&mut tx, key.user, &key.text, &answer, app.now()).await?;
    tx.commit().await
}

async fn free(app: &App, key: &Key) -> Result<(), StoreError> {
    let mut tx = app.chassis.db.begin().await?;
    idempotent::free(&mut tx, key.user, &key.text).await?;
    tx.commit().await
}

fn replay(app: &App, answer: &Answer) -> Result<Response, Problem> {
    let body = hex::decode(&answer.body).ok().and_then(|sealed| app.vault.open(PLACE, &sealed).ok());
    let status = StatusCode::from_u16(answer.status).ok();
    let (Some(body), Some(status)) = (body, status) else {
        tracing::error!("a kept answer does not open");
        return Err(Problem::internal());
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (REPLAYED, HeaderValue::from_static("true")),
    ];
    Ok((status, headers, body).into_response())
}

fn other_request() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Key used for another request",
        "This Idempotency-Key was sent with another request in the last 24 hours.",
        "Send each new request with a new key.",
    )
    .coded("key_used_otherwise")
    .at("Idempotency-Key")
}

fn unknown_outcome() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "Outcome not known",
        "A request with this Idempotency-Key is under way, or was interrupted after it began.",
        "Send it again with the same key; if this stays, read whether it had its effect.",
    )
    .coded("outcome_unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_1_to_128_printable_ascii_characters() {
        let with = |text: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(KEY, HeaderValue::from_bytes(text).unwrap());
            key(&headers)
        };
        assert_eq!(key(&HeaderMap::new()), Ok(None));
        for text in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", &"k".repeat(128)] {
            assert_eq!(with(text.as_bytes()), Ok(Some(text.to_owned())));
        }
        for text in [&b""[..], "å".as_bytes(), b"a\tb", &[b'k'; 129]] {
            assert_eq!(with(text).unwrap_err().field.as_deref(), Some("Idempotency-Key"));
        }
    }
}

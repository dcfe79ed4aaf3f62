//! The relying-party API, version 6.0: `auth`, `sign`, `collect`, `cancel`.

use super::{
    BankId,
    completion::Completion,
    error::{ApiError, ErrorCode, json},
    order::{Failure, Hint, Status, Tokens},
    request::Ask,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::header,
    routing::post,
};
use bevaka_eid::signature::Purpose;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// More than the longest texts together.
const BODY_LIMIT: usize = 300_000;

type Service = State<Arc<BankId>>;

pub(super) fn router(service: Arc<BankId>) -> Router {
    Router::new()
        .route("/rp/v6.0/auth", post(auth))
        .route("/rp/v6.0/sign", post(sign))
        .route("/rp/v6.0/collect", post(collect))
        .route("/rp/v6.0/cancel", post(cancel))
        .method_not_allowed_fallback(async || {
            ApiError::new(ErrorCode::MethodNotAllowed, "only POST is allowed")
        })
        .fallback(async || ApiError::new(ErrorCode::NotFound, "there is nothing at this path"))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(service)
}

/// A body that is said to be JSON, and nothing else: BankID refuses even a charset.
struct JsonText(Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonText {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_none_or(|kind| kind.as_bytes() != b"application/json") {
            let details = "Content-Type is application/json without parameters";
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, details));
        }
        let body = Bytes::from_request(request, state).await;
        body.map(Self).map_err(|_| ApiError::invalid("the body is too large or incomplete"))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    order_ref: String,
    auto_start_token: String,
    qr_start_token: String,
    qr_start_secret: String,
}

async fn auth(State(service): Service, JsonText(body): JsonText) -> Result<Json<Started>, ApiError> {
    begin(&service, Purpose::Identification, &body)
}

async fn sign(State(service): Service, JsonText(body): JsonText) -> Result<Json<Started>, ApiError> {
    begin(&service, Purpose::Signing, &body)
}

fn begin(service: &BankId, purpose: Purpose, body: &[u8]) -> Result<Json<Started>, ApiError> {
    let Tokens { reference, auto_start, qr_start, qr_secret } = service.begin(Ask::parse(purpose, body)?)?;
    Ok(Json(Started {
        order_ref: reference,
        auto_start_token: auto_start,
        qr_start_token: qr_start,
        qr_start_secret: qr_secret.expose_secret().to_owned(),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OrderRef {
    order_ref: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Collected {
    order_ref: String,
    #[serde(flatten)]
    standing: Standing,
}

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Standing {
    Pending { hint_code: Hint },
    Failed { hint_code: Failure },
    Complete { completion_data: Arc<Completion> },
}

async fn collect(State(service): Service, JsonText(body): JsonText) -> Result<Json<Collected>, ApiError> {
    let OrderRef { order_ref } = json(&body)?;
    let standing = match service.collect(&order_ref).await? {
        Status::Pending(hint_code) => Standing::Pending { hint_code },
        Status::Failed(hint_code) => Standing::Failed { hint_code },
        Status::Complete(completion_data) => Standing::Complete { completion_data },
    };
    Ok(Json(Collected { order_ref, standing }))
}

#[derive(Serialize)]
struct Nothing {}

async fn cancel(State(service): Service, JsonText(body): JsonText) -> Result<Json<Nothing>, ApiError> {
    let OrderRef { order_ref } = json(&body)?;
    service.cancel(&order_ref)?;
    Ok(Json(Nothing {}))
}

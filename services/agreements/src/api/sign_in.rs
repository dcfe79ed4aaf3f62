//! Signing in: a try is begun, looked at, answered or cancelled, and becomes a session once. Whoever began it proves so by
//! its secret.

use super::{
    attempt::{AttemptView, TokenAnswer, ensure_open},
    problems::{BodyFaults, Conflict, ErrorsOfOurs, Forbidden, JsonResult, NoBankId, NotFound},
};
use crate::{
    App,
    client::ClientAddress,
    fault::{Fault, Outcome},
    identity::{
        attempt::{self, Attempt, Purpose},
        bankid::{self, Asking},
        session::{SignInOutcome, begin as begin_session},
        token,
    },
};
use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use bevaka_domain::{agreement::HeldThrough, ids::AttemptId, signing::Method};

use bevaka_web::{accept_language::AcceptLanguage, body::JsonBody, extract::Id, problem::Problem};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use utoipa::{IntoParams, ToSchema};

/// How somebody signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// With what.
    method: Method,
    /// The person's number, twelve digits. Needed for the security token; with BankID, only that person can sign in.
    #[schema(max_length = 20)]
    personal_number: Option<String>,
    /// In which internet bank.
    channel: HeldThrough,
}

/// A try that has begun.
#[derive(Serialize, ToSchema)]
pub(super) struct Begun {
    /// Proves who began it; told once. It belongs into the header `Attempt-Secret` of what follows.
    secret: String,
    #[serde(flatten)]
    attempt: AttemptView,
}

bevaka_web::refusals! {
    /// Too many tries of this person or from this address.
    TooMany = TOO_MANY_REQUESTS;
}

/// Begins to sign in. With the security token every number gets a challenge: whether it is known is not told.
///
/// 409 if the method is not open; 422 for a number that is none.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/sign-in",
    operation_id = "beginSignIn",
    security(()),
    request_body = SignIn,
    responses(
        (status = CREATED, description = "The try has begun.", body = Begun),
        BodyFaults, Conflict, TooMany, NoBankId, ErrorsOfOurs,
    ),
)]
pub(super) async fn begin(
    app: State<App>,
    AcceptLanguage(language): AcceptLanguage,
    ClientAddress(address): ClientAddress,
    JsonBody(wish): JsonBody<SignIn>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    ensure_open(&app, wish.method)?;
    let secret = app.chassis.entropy.token();
    let asking = Asking { secret: &secret, address };
    let purpose = Purpose::SignIn { channel: wish.channel, next: String::new() };
    let number = wish.personal_number.as_deref();
    let id = match bankid::kind(wish.method) {
        Some(kind) => bankid::sign_in(&app, asking, kind, number, purpose).await?,
        None => token::sign_in(&app, asking, number.unwrap_or_default(), purpose).await?,
    };
    let attempt = AttemptView::new(&app, &attempt::find(&app, id, &secret).await?, language)?;
    Ok((StatusCode::CREATED, Json(Begun { secret, attempt })))
}

/// The secret of whoever began a try; without one, that of nobody.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct Secret {
    /// The secret of whoever began it.
    #[param(rename = "Attempt-Secret")]
    secret: String,
}

impl<S: Sync> FromRequestParts<S> for Secret {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let secret = parts.headers.get("attempt-secret").and_then(|value| value.to_str().ok());
        Ok(Self { secret: secret.unwrap_or_default().to_owned() })
    }
}

impl Secret {
    /// The try to sign in that this secret began.
    async fn attempt(&self, app: &App, id: AttemptId) -> Outcome<Attempt> {
        let attempt = attempt::find(app, id, &self.secret).await?;
        if attempt.is_for_order() { Err(Fault::NotFound) } else { Ok(attempt) }
    }
}

/// How far a try to sign in has come. With BankID it is asked about every other second, and its QR code each second.
///
/// 404 for everybody who did not begin it.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/sign-in/{attempt}",
    operation_id = "getSignIn",
    security(()),
    params(("attempt" = AttemptId, Path, description = "The try."), Secret),
    responses((status = OK, description = "The try as it stands.", body = AttemptView), NotFound, ErrorsOfOurs),
)]
pub(super) async fn get(
    app: State<App>,
    AcceptLanguage(language): AcceptLanguage,
    secret: Secret,
    Id(attempt): Id<AttemptId>,
) -> JsonResult<AttemptView> {
    let attempt = secret.attempt(&app, attempt).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

/// Answers the challenge of a try to sign in. A wrong answer leaves the try pending with fewer tries; after five it
/// has failed with `token_locked`, whether or not the number is known here.
///
/// 404 for everybody who did not begin it; 422 for what is no answer.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/sign-in/{attempt}/answer",
    operation_id = "answerSignIn",
    security(()),
    params(("attempt" = AttemptId, Path, description = "The try."), Secret),
    request_body = TokenAnswer,
    responses(
        (status = OK, description = "The try as it stands.", body = AttemptView), BodyFaults, NotFound, ErrorsOfOurs
    ),
)]
pub(super) async fn answer(
    app: State<App>,
    AcceptLanguage(language): AcceptLanguage,
    secret: Secret,
    Id(attempt): Id<AttemptId>,
    JsonBody(given): JsonBody<TokenAnswer>,
) -> JsonResult<AttemptView> {
    let id = secret.attempt(&app, attempt).await?.id;
    let attempt = token::answer(&app, id, &secret.secret, &given.answer).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

/// Ends a try to sign in, at BankID too. One that is over stays as it is.
///
/// 404 for everybody who did not begin it.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/sign-in/{attempt}/cancel",
    operation_id = "cancelSignIn",
    security(()),
    params(("attempt" = AttemptId, Path, description = "The try."), Secret),
    responses((status = OK, description = "The try as it stands.", body = AttemptView), NotFound, ErrorsOfOurs),
)]
pub(super) async fn cancel(
    app: State<App>,
    AcceptLanguage(language): AcceptLanguage,
    secret: Secret,
    Id(attempt): Id<AttemptId>,
) -> JsonResult<AttemptView> {
    let id = secret.attempt(&app, attempt).await?.id;
    let attempt = bankid::cancel(&app, id, &secret.secret).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

/// A session that has begun.
#[derive(Serialize, ToSchema)]
pub(super) struct Started {
    /// The bearer token; told once.
    token: String,
    /// Whether a company has to be chosen before anything else.
    chooses_company: bool,
}

/// Turns a proven try into a session, once.
///
/// 403 if no company has the person as an active user; 404 if the try is not proven, not yours, or used already.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/sign-in/{attempt}/session",
    operation_id = "startSession",
    security(()),
    params(("attempt" = AttemptId, Path, description = "The try."), Secret),
    responses(
        (status = CREATED, description = "The session has begun.", body = Started), Forbidden, NotFound, ErrorsOfOurs
    ),
)]
pub(super) async fn start_session(
    app: State<App>,
    secret: Secret,
    Id(attempt): Id<AttemptId>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let refused =
        |code, title, detail, action| Problem::new(StatusCode::FORBIDDEN, title, detail, action).coded(code);
    match begin_session(&app, attempt, &secret.secret, None).await? {
        SignInOutcome::Session { token, chooses } => {
            Ok((StatusCode::CREATED, Json(Started { token, chooses_company: chooses })))
        }
        SignInOutcome::Unknown => Err(refused(
            "unknown_person",
            "Not registered",
            "The identity is proven, but no company has this person as a user.",
            "Ask a colleague who is a user already to add you.",
        )),
        SignInOutcome::Blocked => Err(refused(
            "access_closed",
            "The access is closed",
            "In every company the person is blocked, denied or expired.",
            "Ask the company's permission administrator.",
        )),
    }
}

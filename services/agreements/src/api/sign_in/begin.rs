//! `POST /sign-in`: begins to sign in.

use super::super::{
    attempt::AttemptView,
    described::{BodyFaults, Conflict, ErrorsOfOurs, NoBankId, TooMany},
};
use crate::{
    App,
    client::ClientAddress,
    fault::Fault,
    identity::{
        attempt::{self, Purpose},
        bankid::{self, Asking},
        methods::Availability,
        token,
    },
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_domain::{agreement::HeldThrough, signing::Method};
use bevaka_portal::accept::Asked;
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How somebody signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct SignIn {
    #[schema(schema_with = super::super::described::method)]
    method: Method,
    /// The person's number, twelve digits. Needed for the security token; with BankID, only that person can sign in.
    #[schema(max_length = 20)]
    personal_number: Option<String>,
    #[schema(schema_with = super::super::described::channel)]
    channel: HeldThrough,
}

/// A try that has begun.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Begun {
    /// Proves who began it; told once. It belongs into the header `Attempt-Secret` of what follows.
    secret: String,
    #[serde(flatten)]
    attempt: AttemptView,
}

/// Begins to sign in. With the security token every number gets a challenge: whether it is known is not told.
///
/// # Errors
/// 409 if the method is not open; 422 for a number that is none; 429; 502 if BankID does not answer.
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
pub(in crate::api) async fn begin(
    State(app): State<App>,
    Asked(language): Asked,
    ClientAddress(address): ClientAddress,
    JsonBody(wish): JsonBody<SignIn>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    if app.availability(wish.method, app.now()) != Availability::Open {
        return Err(Fault::MethodClosed.into());
    }
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

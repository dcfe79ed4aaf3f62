//! Signing an order: a try is begun, looked at, answered or cancelled, by the session that began it.

use super::{
    attempt::{AttemptView, TokenAnswer, ensure_open},
    idempotency::{IdempotencyKey, InvalidKey},
    problems::{
        BodyFaults, CommonErrors, Conflict, ErrorsOfOurs, JsonResult, NoBankId, NotFound, Unauthorized,
    },
};
use crate::{
    App,
    client::ClientAddress,
    fault::{Fault, Outcome},
    identity::{
        attempt::{self, Attempt, Purpose},
        bankid::{self, Asking},
        token,
    },
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_domain::{
    ids::{AttemptId, OrderId},
    signing::Method,
};
use bevaka_portal::{Caller, bearer::BearerSession};
use bevaka_web::{accept_language::AcceptLanguage, body::JsonBody, extract::Id, problem::Problem};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// How somebody signs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Signing {
    /// With what.
    method: Method,
}

/// Begins to sign an order. Only this session can see and answer the try.
///
/// 403 without a mandate; 409 if it is over, signed by the same person already, or the method is not open.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/orders/{order}/signing",
    operation_id = "beginSigning",
    params(IdempotencyKey, ("order" = OrderId, Path, description = "The order.")),
    request_body = Signing,
    responses(
        (status = CREATED, description = "The try has begun.", body = AttemptView),
        BodyFaults, CommonErrors, NotFound, Conflict, NoBankId,
    ),
)]
pub(super) async fn begin(
    app: State<App>,
    session: BearerSession,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
    ClientAddress(address): ClientAddress,
    Id(order): Id<OrderId>,
    JsonBody(signing): JsonBody<Signing>,
) -> Result<(StatusCode, Json<AttemptView>), Problem> {
    ensure_open(&app, signing.method)?;
    let asking = Asking { secret: &session.token, address };
    let id = match bankid::kind(signing.method) {
        Some(kind) => bankid::sign_order(&app, asking, kind, (caller, order)).await?,
        None => token::sign_order(&app, asking, (caller, order)).await?,
    };
    let attempt = attempt::find(&app, id, &session.token).await?;
    Ok((StatusCode::CREATED, Json(AttemptView::new(&app, &attempt, language)?)))
}

/// The address of a try.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Address {
    /// The order.
    #[param(format = Uuid)]
    order: String,
    /// The try.
    #[param(format = Uuid)]
    attempt: String,
}

/// The try at an address, if this session began it for this order.
async fn find(app: &App, session: &BearerSession, address: &Address) -> Outcome<Attempt> {
    let (Ok(of), Ok(id)) = (address.order.parse::<OrderId>(), address.attempt.parse::<AttemptId>()) else {
        return Err(Fault::NotFound);
    };
    let attempt = attempt::find(app, id, &session.token).await?;
    match attempt.purpose {
        Purpose::Sign { order, user, .. } if order == of && Some(user) == session.signed_in.session.user => {
            Ok(attempt)
        }
        _ => Err(Fault::NotFound),
    }
}

/// How far a try to sign has come. With BankID it is asked about every other second, and its QR code each second.
///
/// 404 for every session that did not begin it.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/orders/{order}/signing/{attempt}",
    operation_id = "getSigning",
    params(Address),
    responses(
        (status = OK, description = "The try as it stands.", body = AttemptView), Unauthorized, NotFound, ErrorsOfOurs
    ),
)]
pub(super) async fn get(
    app: State<App>,
    session: BearerSession,
    AcceptLanguage(language): AcceptLanguage,
    Path(address): Path<Address>,
) -> JsonResult<AttemptView> {
    let attempt = find(&app, &session, &address).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

/// Answers the challenge of a try to sign. The right answer signs, and the last signature lets the order take effect. A
/// wrong one leaves the try pending with fewer tries; after the fifth the token is locked.
///
/// 404 for every session that did not begin it; 422 for what is no answer.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/orders/{order}/signing/{attempt}/answer",
    operation_id = "answerSigning",
    params(IdempotencyKey, Address),
    request_body = TokenAnswer,
    responses(
        (status = OK, description = "The try as it stands.", body = AttemptView),
        BodyFaults, Unauthorized, NotFound, Conflict, ErrorsOfOurs,
    ),
)]
pub(super) async fn answer(
    app: State<App>,
    session: BearerSession,
    AcceptLanguage(language): AcceptLanguage,
    Path(address): Path<Address>,
    JsonBody(given): JsonBody<TokenAnswer>,
) -> JsonResult<AttemptView> {
    let id = find(&app, &session, &address).await?.id;
    let attempt = token::answer(&app, id, &session.token, &given.answer).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

/// Ends a try to sign, at BankID too. The order waits on, and one that is signed stays so (R12).
///
/// 404 for every session that did not begin it.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/orders/{order}/signing/{attempt}/cancel",
    operation_id = "cancelSigning",
    params(IdempotencyKey, Address),
    responses(
        (status = OK, description = "The try as it stands.", body = AttemptView),
        InvalidKey, Unauthorized, NotFound, Conflict, ErrorsOfOurs,
    ),
)]
pub(super) async fn cancel(
    app: State<App>,
    session: BearerSession,
    AcceptLanguage(language): AcceptLanguage,
    Path(address): Path<Address>,
) -> JsonResult<AttemptView> {
    let id = find(&app, &session, &address).await?.id;
    let attempt = bankid::cancel(&app, id, &session.token).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

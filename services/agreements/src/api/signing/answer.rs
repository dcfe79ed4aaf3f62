//! `POST /orders/{order}/signing/{attempt}/answer`: the security token's answer signs the order.

use super::{
    super::{
        attempt::{AttemptView, TokenAnswer},
        described::{BodyFaults, Conflict, ErrorsOfOurs, IdempotencyKey, NotFound, Unauthorized},
    },
    Address, find,
};
use crate::{App, identity::token};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_portal::{accept::Asked, bearer::Bearer};
use bevaka_web::{body::JsonBody, problem::Problem};

/// Answers the challenge of a try to sign. The right answer signs, and the last signature lets the order take effect. A
/// wrong one leaves the try pending with fewer tries; after the fifth the token is locked.
///
/// # Errors
/// 404 for every session that did not begin it; 422 for what is no answer.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/orders/{order}/signing/{attempt}/answer",
    operation_id = "answerSigning",
    params(
        IdempotencyKey,
        ("order" = String, Path, format = Uuid, description = "The order."),
        ("attempt" = String, Path, format = Uuid, description = "The try."),
    ),
    request_body = TokenAnswer,
    responses(
        (status = OK, description = "The try as it stands.", body = AttemptView),
        BodyFaults, Unauthorized, NotFound, Conflict, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn answer(
    State(app): State<App>,
    bearer: Bearer,
    Asked(language): Asked,
    Path(address): Path<Address>,
    JsonBody(given): JsonBody<TokenAnswer>,
) -> Result<Json<AttemptView>, Problem> {
    let id = find(&app, &bearer, &address).await?.id;
    let attempt = token::answer(&app, id, &bearer.token, &given.answer).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

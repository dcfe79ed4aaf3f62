//! `POST /sign-in/{attempt}/answer`: the security token's answer.

use super::{
    super::{
        attempt::{AttemptView, TokenAnswer},
        described::{BodyFaults, ErrorsOfOurs, NotFound},
        id,
    },
    Secret,
};
use crate::{App, identity::token};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_portal::accept::Asked;
use bevaka_web::{body::JsonBody, problem::Problem};

/// Answers the challenge of a try to sign in. A wrong answer leaves the try pending with fewer tries; after five it
/// has failed with `token_locked`, whether or not the number is known here.
///
/// # Errors
/// 404 for everybody who did not begin it; 422 for what is no answer.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/sign-in/{attempt}/answer",
    operation_id = "answerSignIn",
    security(()),
    params(
        ("attempt" = String, Path, format = Uuid, description = "The try."),
        ("Attempt-Secret" = String, Header, description = "The secret of whoever began it."),
    ),
    request_body = TokenAnswer,
    responses(
        (status = OK, description = "The try as it stands.", body = AttemptView), BodyFaults, NotFound, ErrorsOfOurs
    ),
)]
pub(in crate::api) async fn answer(
    State(app): State<App>,
    Asked(language): Asked,
    secret: Secret,
    Path(attempt): Path<String>,
    JsonBody(given): JsonBody<TokenAnswer>,
) -> Result<Json<AttemptView>, Problem> {
    let id = secret.attempt(&app, id(&attempt)?).await?.id;
    let attempt = token::answer(&app, id, &secret.0, &given.answer).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

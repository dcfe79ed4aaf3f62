//! `POST /sign-in/{attempt}/cancel`: ends a try.

use super::{
    super::{
        attempt::AttemptView,
        described::{ErrorsOfOurs, NotFound},
        id,
    },
    Secret,
};
use crate::{App, identity::bankid};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_portal::accept::Asked;
use bevaka_web::problem::Problem;

/// Ends a try to sign in, at BankID too. One that is over stays as it is.
///
/// # Errors
/// 404 for everybody who did not begin it.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/sign-in/{attempt}/cancel",
    operation_id = "cancelSignIn",
    security(()),
    params(
        ("attempt" = String, Path, format = Uuid, description = "The try."),
        ("Attempt-Secret" = String, Header, description = "The secret of whoever began it."),
    ),
    responses((status = OK, description = "The try as it stands.", body = AttemptView), NotFound, ErrorsOfOurs),
)]
pub(in crate::api) async fn cancel(
    State(app): State<App>,
    Asked(language): Asked,
    secret: Secret,
    Path(attempt): Path<String>,
) -> Result<Json<AttemptView>, Problem> {
    let id = secret.attempt(&app, id(&attempt)?).await?.id;
    let attempt = bankid::cancel(&app, id, &secret.0).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

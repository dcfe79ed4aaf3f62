//! `GET /sign-in/{attempt}`: how far a try has come.

use super::{
    super::{
        attempt::AttemptView,
        described::{ErrorsOfOurs, NotFound},
        id,
    },
    Secret,
};
use crate::App;
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_portal::accept::Asked;
use bevaka_web::problem::Problem;

/// How far a try to sign in has come. With BankID it is asked about every other second, and its QR code each second.
///
/// # Errors
/// 404 for everybody who did not begin it.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/sign-in/{attempt}",
    operation_id = "getSignIn",
    security(()),
    params(
        ("attempt" = String, Path, format = Uuid, description = "The try."),
        ("Attempt-Secret" = String, Header, description = "The secret of whoever began it."),
    ),
    responses((status = OK, description = "The try as it stands.", body = AttemptView), NotFound, ErrorsOfOurs),
)]
pub(in crate::api) async fn look(
    State(app): State<App>,
    Asked(language): Asked,
    secret: Secret,
    Path(attempt): Path<String>,
) -> Result<Json<AttemptView>, Problem> {
    let attempt = secret.attempt(&app, id(&attempt)?).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}

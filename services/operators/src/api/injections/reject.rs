//! `POST /injections/{id}/reject`: whoever proposed it, or a second operator, stops it (R37).

use super::{
    super::{
        Caller,
        described::{Conflict, Invalid, NotFound, NotJson, Refusals, TooLarge, Unreadable},
    },
    InjectionView, because, id, undecided,
};
use crate::{app::App, commands::reject};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::operator::Act;
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// Why an injection is stopped.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RejectInjection)]
pub(in crate::api) struct Asked {
    /// For the trail: 3 to 200 characters, no address and no personal number.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
}

/// Stops an injection that waits: nothing of it is published, and its events are forgotten.
///
/// # Errors
/// 403 for another operator without the role for approvals; 404 if there is none; 409 if it waits no more; 422 without a
/// reason.
#[utoipa::path(
    post,
    path = "/dispatcher/api/injections/{id}/reject",
    operation_id = "rejectInjection",
    params(("id" = String, Path, format = Uuid, description = "The injection's id.")),
    request_body = Asked,
    responses(
        (status = OK, description = "It is rejected.", body = InjectionView),
        Unreadable, NotFound, Conflict, TooLarge, NotJson, Invalid, Refusals,
    ),
)]
pub(in crate::api) async fn reject(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
    asked: Result<JsonBody<Asked>, Problem>,
) -> Result<Json<InjectionView>, Problem> {
    let operator = caller.may(Act::Reject)?;
    let JsonBody(asked) = asked?;
    let because = because(&asked.because)?;
    let rejected = reject::reject(&app, operator, id(&path)?, &because).await;
    rejected.map(|injection| Json(injection.into())).map_err(|refusal| undecided(refusal, operator))
}

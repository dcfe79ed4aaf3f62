//! `POST /injections/{id}/approve`: a second operator lets it happen (R37).

use super::{
    super::{
        Caller,
        described::{Conflict, NotFound, Refusals},
    },
    InjectionView, id, undecided,
};
use crate::{app::App, commands::approve};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::operator::Act;
use bevaka_web::problem::Problem;

/// Publishes the events of an injection that waits. Another person than proposed it must ask for this.
///
/// # Errors
/// 403 for one's own injection (`own_injection`); 404 if there is none; 409 if it waits no more (`already_decided`), its time
/// is over (`injection_expired`), or intake would not take its events any more (`no_longer_sound`).
#[utoipa::path(
    post,
    path = "/dispatcher/api/injections/{id}/approve",
    operation_id = "approveInjection",
    params(("id" = String, Path, format = Uuid, description = "The injection's id.")),
    responses(
        (status = OK, description = "It is published.", body = InjectionView),
        NotFound, Conflict, Refusals,
    ),
)]
pub(in crate::api) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
) -> Result<Json<InjectionView>, Problem> {
    let operator = caller.may(Act::Approve)?;
    let approved = approve::approve(&app, operator, id(&path)?).await;
    approved.map(|injection| Json(injection.into())).map_err(|refusal| undecided(refusal, operator))
}

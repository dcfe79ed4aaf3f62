//! `POST /dispatcher/api/deliveries/cancel`: all alerts that the preview told of.

use super::{AllOfFilter, DeliveriesChanged, refused};
use crate::{
    api::{
        Caller,
        described::{BodyRefusals, Conflict, Refusals},
        justified::because,
    },
    app::App,
    commands::deliveries::{self as commands, What},
};
use axum::{Json, extract::State};
use bevaka_domain::operator::Act;
use bevaka_web::{body::JsonBody, problem::Problem};

/// Stops all alerts that the preview told of.
///
/// # Errors
/// 409 if there are more or fewer than expected: then nothing is changed; 422 names the field that is wrong.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/cancel",
    operation_id = "cancelDeliveries",
    request_body = AllOfFilter,
    responses(
        (status = OK, description = "What became of them.", body = DeliveriesChanged),
        Conflict, BodyRefusals, Refusals,
    ),
)]
pub async fn cancel_all(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<AllOfFilter>, Problem>,
) -> Result<Json<DeliveriesChanged>, Problem> {
    let operator = caller.may(Act::Repair)?;
    let JsonBody(asked) = body?;
    let (filter, because) = (asked.filter.read()?, because(&asked.because)?);
    let meant = (asked.through, asked.expected);
    let done = commands::many(&app, operator, What::Cancel, &filter, meant, &because).await;
    Ok(Json(done.map_err(refused)?.into()))
}

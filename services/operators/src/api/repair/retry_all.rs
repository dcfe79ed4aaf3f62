//! `POST /dispatcher/api/deliveries/retry`: all alerts that the preview told of.

use super::{AllOfFilter, refused};
use crate::{
    api::{
        Caller,
        described::{BodyRefusals, Conflict, Refusals},
        justified::because,
    },
    app::App,
    commands::deliveries::{self as commands, Done, What},
};
use axum::{Json, extract::State};
use bevaka_domain::operator::Act;
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What became of many alerts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesChanged {
    /// How many were changed.
    pub changed: usize,
    /// How many more were changed, as they leave as one message with one of those.
    pub along: usize,
    /// How many stayed as they were, by the reason.
    pub unchanged: BTreeMap<String, usize>,
}

impl From<Done> for DeliveriesChanged {
    fn from(done: Done) -> Self {
        let unchanged = done.unchanged.into_iter().map(|(why, count)| (why.as_str().to_owned(), count));
        Self { changed: done.changed, along: done.along, unchanged: unchanged.collect() }
    }
}

/// Lets all alerts be tried at once that the preview told of.
///
/// # Errors
/// 409 if there are more or fewer than expected: then nothing is changed; 422 names the field that is wrong.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/retry",
    operation_id = "retryDeliveries",
    request_body = AllOfFilter,
    responses(
        (status = OK, description = "What became of them.", body = DeliveriesChanged),
        Conflict, BodyRefusals, Refusals,
    ),
)]
pub async fn retry_all(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<AllOfFilter>, Problem>,
) -> Result<Json<DeliveriesChanged>, Problem> {
    let operator = caller.may(Act::Repair)?;
    let JsonBody(asked) = body?;
    let (filter, because) = (asked.filter.read()?, because(&asked.because)?);
    let meant = (asked.through, asked.expected);
    let done = commands::many(&app, operator, What::Retry, &filter, meant, &because).await;
    Ok(Json(done.map_err(refused)?.into()))
}

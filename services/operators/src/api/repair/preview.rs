//! `POST /dispatcher/api/deliveries/preview`: what a command about many alerts would be about.

use super::DeliveryFilter;
use crate::{
    api::{
        Caller,
        described::{self, BodyRefusals, Refusals},
        unavailable,
    },
    app::App,
    commands::deliveries::What,
    queries::deliveries as queries,
};
use axum::{Json, extract::State};
use bevaka_domain::{ids::DeliveryId, operator::Act};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is meant to be done with which alerts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeliveryQuestion)]
pub struct Asked {
    /// `retry` or `cancel`.
    #[schema(schema_with = described::what)]
    what: Wanted,
    /// Which alerts.
    filter: DeliveryFilter,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Retry,
    Cancel,
}

/// What a command would be about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryPreview {
    /// How many alerts; the most for one command is 10,000, the oldest first.
    pub count: usize,
    /// Whether there are more, for the next command.
    pub more: bool,
    /// The newest of them; the command wants it. Left out if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub through: Option<DeliveryId>,
    /// A few of them, the oldest.
    #[schema(value_type = Vec<String>)]
    pub sample: Vec<DeliveryId>,
    /// How many would be changed.
    pub changes: usize,
    /// How many would stay as they are, by the reason.
    pub unchanged: BTreeMap<String, usize>,
}

/// What a command about all alerts that a filter names would be about now. Changes nothing.
///
/// # Errors
/// 422 names the field that is wrong.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/preview",
    operation_id = "previewDeliveries",
    request_body = Asked,
    responses((status = OK, description = "What it would be about.", body = DeliveryPreview), BodyRefusals, Refusals),
)]
pub async fn preview(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<Asked>, Problem>,
) -> Result<Json<DeliveryPreview>, Problem> {
    caller.may(Act::See)?;
    let JsonBody(asked) = body?;
    let what = match asked.what {
        Wanted::Retry => What::Retry,
        Wanted::Cancel => What::Cancel,
    };
    let filter = asked.filter.read()?;
    let preview = queries::preview(&app, what, &filter).await.map_err(|error| unavailable(&error))?;
    Ok(Json(preview.into()))
}

impl From<queries::Preview> for DeliveryPreview {
    fn from(preview: queries::Preview) -> Self {
        let unchanged = preview.unchanged.into_iter().map(|(why, count)| (why.as_str().to_owned(), count));
        Self {
            count: preview.count,
            more: preview.more,
            through: preview.through,
            sample: preview.sample,
            changes: preview.changes,
            unchanged: unchanged.collect(),
        }
    }
}

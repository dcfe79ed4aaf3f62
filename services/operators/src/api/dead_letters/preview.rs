//! `POST /dispatcher/api/dead-letters/preview`: what a command about all open letters of a reason would be about.

use super::reason;
use crate::{
    api::{
        Caller,
        described::{BodyRefusals, Refusals},
        unavailable,
    },
    app::App,
    queries::dead_letters as queries,
};
use axum::{Json, extract::State};
use bevaka_domain::{clock::Timestamp, operator::Act};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Which letters.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeadLettersOfReason)]
pub struct Asked {
    /// The reason, as a code.
    #[schema(max_length = 400)]
    reason: String,
}

/// What a command would be about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterPreview {
    /// How many letters; the most for one command is 1,000, the oldest first.
    pub count: usize,
    /// Whether there are more, for the next command.
    pub more: bool,
    /// When the oldest of them came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub oldest: Option<Timestamp>,
    /// When the newest of them came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub newest: Option<Timestamp>,
    /// The newest of them; the command wants it. Left out if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub through: Option<Uuid>,
    /// A few of them, the oldest.
    pub sample: Vec<Uuid>,
    /// How many would pass intake now, as they came.
    pub pass: usize,
    /// Why the others would not, with how many each.
    pub faults: BTreeMap<String, usize>,
}

/// What a command about all open dead letters of a reason would be about now. Changes nothing.
///
/// # Errors
/// 422 for what is no reason.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/preview",
    operation_id = "previewDeadLetters",
    request_body = Asked,
    responses((status = OK, description = "What it would be about.", body = DeadLetterPreview), BodyRefusals, Refusals),
)]
pub async fn preview(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<Asked>, Problem>,
) -> Result<Json<DeadLetterPreview>, Problem> {
    caller.may(Act::See)?;
    let JsonBody(asked) = body?;
    let preview =
        queries::preview(&app, reason(&asked.reason)?).await.map_err(|error| unavailable(&error))?;
    Ok(Json(preview.into()))
}

impl From<queries::Preview> for DeadLetterPreview {
    fn from(preview: queries::Preview) -> Self {
        Self {
            count: preview.count,
            more: preview.more,
            oldest: preview.oldest,
            newest: preview.newest,
            through: preview.through,
            sample: preview.sample,
            pass: preview.pass,
            faults: preview.faults.into_iter().map(|(why, count)| (why.to_owned(), count)).collect(),
        }
    }
}

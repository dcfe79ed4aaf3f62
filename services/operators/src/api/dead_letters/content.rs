//! `POST /dispatcher/api/dead-letters/{id}/content`: what a dead letter holds. That it was read is in the trail.

use super::{EventKey, id, refused};
use crate::{
    api::{
        Caller,
        described::{NotFound, Refusals},
        unavailable,
    },
    app::App,
    commands,
    queries::dead_letters::{self as queries, Now},
    shown::{Form, Shown},
};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::{ids::EventId, operator::Act};
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a dead letter holds.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct DeadLetterContent {
    /// Our id.
    pub dead_letter_id: Uuid,
    /// The body as a text.
    pub text: String,
    /// How the text was made: `json` is laid out in lines, `text` is as it came, in `escaped` bytes that are no text stand
    /// as `\xNN`.
    #[schema(value_type = String)]
    pub form: Form,
    /// What was sent in instead, if it was mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mended: Option<String>,
    /// Whether it would pass now, as it came.
    pub now: WouldPass,
}

/// Whether a dead letter would pass now, as it came.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct WouldPass {
    /// Whether.
    pub passes: bool,
    /// If not, why, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// If not, why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// If not, the attribute that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// If it would, as which event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event: Option<EventKey>,
    /// The event of that key that is stored already: then requeueing tells nobody anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub stored_as: Option<EventId>,
}

/// What a dead letter holds, and whether it would pass now. The reading is noted in the trail.
///
/// # Errors
/// 404 if there is none.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/{id}/content",
    operation_id = "readDeadLetter",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "What it holds.", body = DeadLetterContent), NotFound, Refusals),
)]
pub async fn content(
    State(app): State<App>,
    caller: Caller,
    Path(letter): Path<String>,
) -> Result<Json<DeadLetterContent>, Problem> {
    let operator = caller.may(Act::ReadContent)?;
    let kept = commands::dead_letters::read(&app, operator, id(&letter)?).await.map_err(refused)?;
    let now = queries::now(&app, &kept).await.map_err(|error| unavailable(&error))?;
    let Shown { text, form } = Shown::of(&kept.letter.body);
    Ok(Json(DeadLetterContent {
        dead_letter_id: kept.letter.id,
        text,
        form,
        mended: kept.mended.map(|body| Shown::of(&body).text),
        now: now.into(),
    }))
}

impl From<Now> for WouldPass {
    fn from(now: Now) -> Self {
        let nothing =
            Self { passes: true, reason: None, detail: None, field: None, event: None, stored_as: None };
        match now {
            Now::Passes { event, stored } => Self { event: Some(event.into()), stored_as: stored, ..nothing },
            Now::Fails(fault) => Self {
                passes: false,
                reason: Some(fault.reason.to_owned()),
                field: Some(fault.field().to_owned()),
                detail: Some(fault.detail),
                ..nothing
            },
        }
    }
}

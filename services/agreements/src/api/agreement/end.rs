//! `POST /agreement/end`: ends the agreement, without a signature (R3, R16).

use super::super::described::{BodyFaults, Conflict, ErrorsOfOurs, Forbidden, IdempotencyKey, Unauthorized};
use crate::{App, commands};
use axum::{Json, extract::State};
use bevaka_domain::clock::Timestamp;
use bevaka_portal::bearer::Who;
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is to be ended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct End {
    /// The version that the person saw.
    version: u32,
}

/// That it is over.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Ended {
    /// From when on nothing is sent.
    #[schema(value_type = String, format = DateTime)]
    ended_at: Timestamp,
}

/// Ends the agreement in force. From the answer on nothing is sent, what waits in queues included; every signatory is
/// mailed.
///
/// # Errors
/// 403 without a mandate or through the other channel; 409 if there is none, or somebody changed it meanwhile.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/agreement/end",
    operation_id = "endAgreement",
    params(IdempotencyKey),
    request_body = End,
    responses(
        (status = OK, description = "It has ended.", body = Ended),
        BodyFaults, Unauthorized, Forbidden, Conflict, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn end(
    State(app): State<App>,
    Who(caller): Who,
    JsonBody(end): JsonBody<End>,
) -> Result<Json<Ended>, Problem> {
    let ended_at = commands::end::end(&app, caller, end.version).await?;
    Ok(Json(Ended { ended_at }))
}

//! `GET /dispatcher/api/trail/heads`: where each chain ends, to be noted where nobody who writes the database can.

use super::super::{Caller, described::Refusals, unavailable};
use crate::{app::App, queries};
use axum::{Json, extract::State};
use bevaka_domain::operator::Act;
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the chains of the trail end.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TrailHeads)]
pub struct Heads {
    /// One for each chain.
    pub heads: Vec<HeadView>,
}

/// The last entry of a chain.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TrailHead)]
pub struct HeadView {
    /// Which chain: `agreements`, `watches` or `operators`.
    pub chain: String,
    /// Its number; 0 while the chain is empty.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// All of it as `CHAIN:SEQ:HASH`, fit for `bevaka trail verify --head`.
    pub head: String,
}

/// Where each chain ends now.
///
/// # Errors
/// 403 without a role that reads the trail.
#[utoipa::path(
    get,
    path = "/dispatcher/api/trail/heads",
    operation_id = "getTrailHeads",
    responses((status = OK, description = "The heads.", body = Heads), Refusals),
)]
pub async fn heads(State(app): State<App>, caller: Caller) -> Result<Json<Heads>, Problem> {
    caller.may(Act::ReadTrail)?;
    let heads = queries::trail::heads(&app).await.map_err(|error| unavailable(&error))?;
    let view = |head: &bevaka_domain::trail::chain::Head| HeadView {
        chain: head.chain.as_str().to_owned(),
        seq: head.seq,
        hash: head.hash.clone(),
        head: head.to_string(),
    };
    Ok(Json(Heads { heads: heads.iter().map(view).collect() }))
}

//! `POST /agreement/preview`: what a scope would mean for people (R14). It changes nothing.

use super::super::described::{BodyFaults, ErrorsOfOurs, Forbidden, Unauthorized};
use crate::{
    App,
    company::{Company, insight},
    effect::{self, Effect},
};
use axum::{Json, extract::State};
use bevaka_domain::{agreement::Scope, event::Kind, ids::UserId, signing::Refusal};
use bevaka_portal::bearer::Who;
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A scope that somebody thinks about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Thought {
    /// The kinds in scope; none means the end of the agreement.
    #[schema(max_items = 64)]
    kinds: Vec<String>,
}

/// What changes for people.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct EffectView {
    /// Kinds that come into scope.
    #[schema(value_type = Vec<String>)]
    added: Scope,
    /// Kinds that stay.
    #[schema(value_type = Vec<String>)]
    kept: Scope,
    /// Kinds that leave.
    #[schema(value_type = Vec<String>)]
    removed: Scope,
    /// How many active users have access.
    users_with_access: u64,
    /// How many active users need a permission first.
    users_without_access: u64,
    /// Who is told of something now and would not be any more.
    losses: Vec<LossView>,
}

/// What one user would lose.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct LossView {
    /// Who.
    #[schema(value_type = String, format = Uuid)]
    user: UserId,
    /// Their name.
    name: String,
    /// The kinds that they would not be told of any more.
    #[schema(value_type = Vec<String>)]
    kinds: BTreeSet<Kind>,
}

impl EffectView {
    /// An effect, with the names of people.
    pub fn new(effect: Effect, company: &Company) -> Self {
        let loss = |(user, kinds)| LossView {
            user,
            name: company.member(user).map(|member| member.name.clone()).unwrap_or_default(),
            kinds,
        };
        Self {
            added: effect.added,
            kept: effect.kept,
            removed: effect.removed,
            users_with_access: effect.with_access,
            users_without_access: effect.without_access,
            losses: effect.losses.into_iter().map(loss).collect(),
        }
    }
}

/// What it would mean for people that this scope comes into force. Decided by the function that decides about alerts.
/// For signatories and permission administrators; other users get 403 `no_insight`.
///
/// # Errors
/// 403 `no_insight` for users who neither sign nor administer permissions; 422 for a kind that the catalogue does not have.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/agreement/preview",
    operation_id = "previewScope",
    request_body = Thought,
    responses(
        (status = OK, description = "The effect.", body = EffectView),
        BodyFaults, Unauthorized, Forbidden, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn preview(
    State(app): State<App>,
    Who(caller): Who,
    JsonBody(thought): JsonBody<Thought>,
) -> Result<Json<EffectView>, Problem> {
    let scope = scope(&app, &thought.kinds)?;
    let mut tx = app.chassis.db.begin_read().await?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    insight(&company, caller, app.now())?;
    let effect = effect::preview(&mut tx, &company, &app.chassis.catalogue, &scope, app.now()).await?;
    Ok(Json(EffectView::new(effect, &company)))
}

fn scope(app: &App, kinds: &[String]) -> Result<Scope, Problem> {
    let known = |kind: &String| app.chassis.catalogue.get(kind).map(|known| known.kind.clone());
    let scope: Option<Scope> = kinds.iter().map(known).collect();
    scope.ok_or_else(|| crate::fault::Fault::Refused(Refusal::UnknownKind).into())
}

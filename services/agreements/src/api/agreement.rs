//! The agreement of the session's company: what is in force, every version there has been (R18), what another scope would
//! mean (R14), and its end (R3, R16).

use super::{
    idempotency::IdempotencyKey,
    problems::{BodyFaults, CommonErrors, Conflict, JsonResult, NotFound},
    signatures::{SignatureView, names, signatures},
};
use crate::{
    App, commands,
    company::{Company, insight},
    effect::{self, Effect},
    fault::Fault,
};
use axum::{Json, extract::State};
use bevaka_domain::{
    agreement::{Agreement, AgreementState, HeldThrough, Scope},
    clock::Timestamp,
    event::Kind,
    ids::{AgreementId, OrderId, UserId},
    signing::Refusal,
};
use bevaka_portal::Caller;
use bevaka_store::{Result as Stored, Tx, agreements, agreements::Version, orders};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The agreement in force.
#[derive(Serialize, ToSchema)]
pub(super) struct AgreementView {
    /// Our id.
    agreement: AgreementId,
    /// Counts from 1 and grows with each change.
    version: u32,
    /// The kinds in scope.
    kinds: BTreeSet<Kind>,
    /// Through which internet bank it is held.
    held_through: HeldThrough,
    /// When it came into force.
    since: Timestamp,
}

impl From<&Agreement> for AgreementView {
    fn from(agreement: &Agreement) -> Self {
        let (AgreementState::Active { since } | AgreementState::Ended { at: since }) = agreement.state;
        Self {
            agreement: agreement.id,
            version: agreement.version,
            kinds: agreement.scope.clone(),
            held_through: agreement.held_through,
            since,
        }
    }
}

/// The agreement in force.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/agreement",
    operation_id = "getAgreement",
    responses((status = OK, description = "The agreement.", body = AgreementView), CommonErrors, NotFound),
)]
pub(super) async fn get(app: State<App>, caller: Caller) -> JsonResult<AgreementView> {
    let company = Company::load(&mut app.chassis.db.begin_read().await?, caller.organisation).await?;
    let agreement = company.agreement.as_ref().map(AgreementView::from);
    agreement.map(Json).ok_or_else(Problem::not_found)
}

/// One version of an agreement.
#[derive(Serialize, ToSchema)]
pub(super) struct VersionView {
    /// Of which agreement.
    agreement: AgreementId,
    /// Counts from 1.
    version: u32,
    /// The kinds in scope.
    kinds: BTreeSet<Kind>,
    /// Through which internet bank it is held.
    held_through: HeldThrough,
    /// Since when.
    effective_at: Timestamp,
    /// When the whole agreement ended.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// The name of who ended it.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
    /// The order that was signed; absent if the bank brought the agreement along.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    /// The text that was signed.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Who signed, when, with what.
    signatures: Vec<SignatureView>,
}

impl VersionView {
    async fn load(tx: &mut Tx, version: Version) -> Stored<Self> {
        let order = match version.order {
            Some(order) => orders::find(tx, order).await?,
            None => None,
        };
        let signatures = match &order {
            Some(order) => signatures(order, &names(tx, order).await?),
            None => Vec::new(),
        };
        Ok(Self {
            agreement: version.agreement,
            version: version.version,
            kinds: version.scope,
            held_through: version.held_through,
            effective_at: version.effective_at,
            ended_at: version.ended_at,
            ended_by: version.ended_by,
            order: version.order,
            text: order.map(|order| order.text),
            signatures,
        })
    }
}

/// Every version of every agreement of the company, the newest first. For signatories and permission administrators; other
/// users get 403 `no_insight`.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/agreement/versions",
    operation_id = "listVersions",
    responses((status = OK, description = "The versions.", body = Vec<VersionView>), CommonErrors),
)]
pub(super) async fn list_versions(app: State<App>, caller: Caller) -> JsonResult<Vec<VersionView>> {
    let mut tx = app.chassis.db.begin_read().await?;
    insight(&Company::load(&mut tx, caller.organisation).await?, caller, app.now())?;
    let mut views = Vec::new();
    for version in agreements::history(&mut tx, caller.organisation).await? {
        views.push(VersionView::load(&mut tx, version).await?);
    }
    Ok(Json(views))
}

/// A scope that somebody thinks about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Thought {
    /// The kinds in scope; none means the end of the agreement.
    #[schema(max_items = 64)]
    kinds: Vec<String>,
}

impl Thought {
    fn scope(&self, app: &App) -> Result<Scope, Fault> {
        let known = |kind: &String| app.chassis.catalogue.get(kind).map(|known| known.kind.clone());
        let scope: Option<Scope> = self.kinds.iter().map(known).collect();
        scope.ok_or(Fault::Refused(Refusal::UnknownKind))
    }
}

/// What changes for people.
#[derive(Serialize, ToSchema)]
pub(super) struct EffectView {
    /// Kinds that come into scope.
    added: BTreeSet<Kind>,
    /// Kinds that stay.
    kept: BTreeSet<Kind>,
    /// Kinds that leave.
    removed: BTreeSet<Kind>,
    /// How many active users have access.
    users_with_access: u64,
    /// How many active users need a permission first.
    users_without_access: u64,
    /// Who is told of something now and would not be any more.
    losses: Vec<LossView>,
}

/// What one user would lose.
#[derive(Serialize, ToSchema)]
pub(super) struct LossView {
    /// Who.
    user: UserId,
    /// Their name.
    name: String,
    /// The kinds that they would not be told of any more.
    kinds: BTreeSet<Kind>,
}

impl EffectView {
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
/// 422 for a kind that the catalogue does not have.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/agreement/preview",
    operation_id = "previewScope",
    request_body = Thought,
    responses((status = OK, description = "The effect.", body = EffectView), BodyFaults, CommonErrors),
)]
pub(super) async fn preview(
    app: State<App>,
    caller: Caller,
    JsonBody(thought): JsonBody<Thought>,
) -> JsonResult<EffectView> {
    let scope = thought.scope(&app)?;
    let mut tx = app.chassis.db.begin_read().await?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    insight(&company, caller, app.now())?;
    let effect = effect::preview(&mut tx, &company, &app.chassis.catalogue, &scope, app.now()).await?;
    Ok(Json(EffectView::new(effect, &company)))
}

/// What is to be ended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    /// The version that the person saw.
    version: u32,
}

/// That it is over.
#[derive(Serialize, ToSchema)]
pub(super) struct Ended {
    /// From when on nothing is sent.
    ended_at: Timestamp,
}

/// Ends the agreement in force. From the answer on nothing is sent, what waits in queues included; every signatory is
/// mailed.
///
/// 403 without a mandate or through the other channel; 409 if there is none, or somebody changed it meanwhile.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/agreement/end",
    operation_id = "endAgreement",
    params(IdempotencyKey),
    request_body = End,
    responses((status = OK, description = "It has ended.", body = Ended), BodyFaults, CommonErrors, Conflict),
)]
pub(super) async fn end(app: State<App>, caller: Caller, JsonBody(end): JsonBody<End>) -> JsonResult<Ended> {
    let ended_at = commands::end::end(&app, caller, end.version).await?;
    Ok(Json(Ended { ended_at }))
}

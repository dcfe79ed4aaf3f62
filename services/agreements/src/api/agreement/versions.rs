//! `GET /agreement/versions`: every version there has been (R18).

use super::super::{
    described::{self, ErrorsOfOurs, Forbidden, Unauthorized},
    orders::view::{SignatureView, names, signatures},
};
use crate::{
    App,
    company::{Company, insight},
};
use axum::{Json, extract::State};
use bevaka_domain::{
    agreement::{HeldThrough, Scope},
    clock::Timestamp,
    ids::{AgreementId, OrderId},
};
use bevaka_portal::bearer::Who;
use bevaka_store::{Result as Stored, Tx, agreements, agreements::Version, orders};
use bevaka_web::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// One version of an agreement.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct VersionView {
    /// Of which agreement.
    #[schema(value_type = String, format = Uuid)]
    agreement: AgreementId,
    /// Counts from 1.
    version: u32,
    /// The kinds in scope.
    #[schema(value_type = Vec<String>)]
    kinds: Scope,
    #[schema(schema_with = described::channel)]
    held_through: HeldThrough,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    effective_at: Timestamp,
    /// When the whole agreement ended.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// The name of who ended it.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
    /// The order that was signed; absent if the bank brought the agreement along.
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    /// The text that was signed.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Who signed, when, with what.
    signatures: Vec<SignatureView>,
}

/// Every version of every agreement of the company, the newest first. For signatories and permission administrators; other
/// users get 403 `no_insight`.
///
/// # Errors
/// 403 before a company is chosen, and `no_insight` for users who neither sign nor administer permissions.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/agreement/versions",
    operation_id = "listVersions",
    responses(
        (status = OK, description = "The versions.", body = Vec<VersionView>), Unauthorized, Forbidden, ErrorsOfOurs
    ),
)]
pub(in crate::api) async fn list(
    State(app): State<App>,
    Who(caller): Who,
) -> Result<Json<Vec<VersionView>>, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    insight(&Company::load(&mut tx, caller.organisation).await?, caller, app.now())?;
    let mut views = Vec::new();
    for version in agreements::history(&mut tx, caller.organisation).await? {
        views.push(view(&mut tx, version).await?);
    }
    Ok(Json(views))
}

async fn view(tx: &mut Tx, version: Version) -> Stored<VersionView> {
    let order = match version.order {
        Some(order) => orders::find(tx, order).await?,
        None => None,
    };
    let signatures = match &order {
        Some(order) => signatures(order, &names(tx, order).await?),
        None => Vec::new(),
    };
    Ok(VersionView {
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

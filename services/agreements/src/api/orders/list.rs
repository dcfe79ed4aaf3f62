//! `GET /orders`: the orders that I can see.

use super::{
    super::described::{ErrorsOfOurs, Forbidden, Unauthorized},
    view::{OrderView, names},
};
use crate::{
    App,
    company::{Company, insight, visible},
};
use axum::{Json, extract::State};
use bevaka_portal::bearer::Who;
use bevaka_store::orders;
use bevaka_web::problem::Problem;

/// The latest orders of the company that the person signed in can see, the newest first. What nobody has signed yet is
/// seen by whoever placed it, unless it is about a user. For signatories and permission administrators; other users get 403
/// `no_insight`.
///
/// # Errors
/// 403 before a company is chosen, and `no_insight` for users who neither sign nor administer permissions.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/orders",
    operation_id = "listOrders",
    responses(
        (status = OK, description = "The orders.", body = Vec<OrderView>), Unauthorized, Forbidden, ErrorsOfOurs
    ),
)]
pub(in crate::api) async fn list(
    State(app): State<App>,
    Who(caller): Who,
) -> Result<Json<Vec<OrderView>>, Problem> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_read().await?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    insight(&company, caller, now)?;
    let mut views = Vec::new();
    for order in orders::of_organisation(&mut tx, caller.organisation).await? {
        if let Ok(order) = visible(&company, Some(order), caller, now) {
            let names = names(&mut tx, &order).await?;
            views.push(OrderView::new(&order, &names, &company, caller, now));
        }
    }
    Ok(Json(views))
}

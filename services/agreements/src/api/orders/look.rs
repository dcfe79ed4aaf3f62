//! `GET /orders/{order}`: one order with its text and effect.

use super::{
    super::{
        agreement::preview::EffectView,
        described::{ErrorsOfOurs, Forbidden, NotFound, Unauthorized},
        id,
    },
    view::{OrderView, names},
};
use crate::{
    App,
    company::{Caller, Company, visible},
    effect,
    fault::Outcome,
};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::{
    ids::OrderId,
    signing::{Content, OrderState},
};
use bevaka_portal::bearer::Who;
use bevaka_store::orders;
use bevaka_web::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// An order with what it says and does.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct OrderDetail {
    #[serde(flatten)]
    order: OrderView,
    /// The text that is signed, byte for byte.
    text: String,
    /// What it would mean for people, as of now; only while it is open and about the agreement.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<EffectView>,
}

impl OrderDetail {
    /// An order as somebody sees it now.
    pub async fn load(app: &App, caller: Caller, id: OrderId) -> Outcome<Self> {
        let now = app.now();
        let mut tx = app.chassis.db.begin_read().await?;
        let company = Company::load(&mut tx, caller.organisation).await?;
        let order = visible(&company, orders::find(&mut tx, id).await?, caller, now)?;
        let names = names(&mut tx, &order).await?;
        let effect = match (&order.state, &order.content) {
            (OrderState::Open, Content::Connect { scope, .. } | Content::Change { scope, .. }) => {
                Some(effect::preview(&mut tx, &company, &app.chassis.catalogue, scope, now).await?)
            }
            _ => None,
        };
        Ok(Self {
            order: OrderView::new(&order, &names, &company, caller, now),
            text: order.text,
            effect: effect.map(|effect| EffectView::new(effect, &company)),
        })
    }
}

/// One order with its text, its effect and its signatures. For signatories, permission administrators and whoever placed
/// it; other users get 403 `no_insight`.
///
/// # Errors
/// 403 `no_insight` for users who neither sign nor administer permissions, unless the order is their own; 404 for an
/// order of another company, and for another person's that nobody has signed yet.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/orders/{order}",
    operation_id = "getOrder",
    params(("order" = String, Path, format = Uuid, description = "The order.")),
    responses(
        (status = OK, description = "The order.", body = OrderDetail),
        Unauthorized, Forbidden, NotFound, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn look(
    State(app): State<App>,
    Who(caller): Who,
    Path(order): Path<String>,
) -> Result<Json<OrderDetail>, Problem> {
    Ok(Json(OrderDetail::load(&app, caller, id(&order)?).await?))
}

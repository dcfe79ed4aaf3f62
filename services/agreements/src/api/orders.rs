//! Orders: what is to be signed, until it takes effect (R1, R2, R5, R8, R14).

use super::{
    agreement::EffectView,
    idempotency::{IdempotencyKey, InvalidKey},
    problems::{BodyFaults, CommonErrors, Conflict, JsonResult, NotFound},
    signatures::{NamedUser, SignatureView, names, signatures},
};
use crate::{
    App,
    commands::{
        place::{self, Wish},
        receipt,
    },
    company::{Company, insight, is_orphan, visible},
    effect,
    fault::Outcome,
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_domain::{
    agreement::HeldThrough,
    clock::Timestamp,
    event::Kind,
    ids::{OrderId, UserId},
    signing::{Content, Order, OrderKind, OrderState, OrderStateName, Overtaken},
    user::Access,
};
use bevaka_portal::Caller;
use bevaka_store::{orders, people::Users};
use bevaka_web::{accept_language::AcceptLanguage, body::JsonBody, extract::Id, problem::Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// An order.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderView {
    /// Our id.
    order: OrderId,
    /// What people refer to it by.
    receipt: String,
    /// What takes effect.
    kind: OrderKind,
    /// The kinds in scope afterwards, where it connects or changes.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    kinds: Option<BTreeSet<Kind>>,
    /// The internet bank that holds the agreement; sole traders choose it.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    held_through: Option<HeldThrough>,
    /// The version in force when a change was ordered.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    from_version: Option<u32>,
    /// The user who is added or removed.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<NamedUser>,
    /// How far the access reaches by itself.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<Access>,
    /// Who placed it.
    placed_by: NamedUser,
    /// When.
    placed_at: Timestamp,
    /// When it expires unless all have signed.
    expires_at: Timestamp,
    /// How far it has come.
    state: OrderStateName,
    /// Since when, if it is over.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// Why it was signed without effect.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_because: Option<Overtaken>,
    /// Who has signed.
    signatures: Vec<SignatureView>,
    /// Whether the person signed in may sign it now.
    may_sign: bool,
    /// Whether the person signed in may cancel it now.
    may_cancel: bool,
}

impl OrderView {
    /// An order as somebody sees it.
    fn new(order: &Order, names: &Users, company: &Company, caller: Caller, now: Timestamp) -> Self {
        let (state, ended_at, refused_because) = match order.state {
            OrderState::Open if now >= order.expires_at() => {
                (OrderStateName::Expired, Some(order.expires_at()), None)
            }
            OrderState::Open => (OrderStateName::Open, None, None),
            OrderState::Completed { at } | OrderState::Cancelled { at } | OrderState::Expired { at } => {
                (order.state.into(), Some(at), None)
            }
            OrderState::Refused { why, at } => (OrderStateName::Refused, Some(at), Some(why)),
        };
        let may_cancel = order.clone().cancel(caller.user, is_orphan(company, order, caller, now), now);
        let mut view = Self {
            order: order.id,
            receipt: receipt(order.id),
            kind: (&order.content).into(),
            kinds: None,
            held_through: None,
            from_version: None,
            user: None,
            access: None,
            placed_by: NamedUser::new(order.placed_by, names),
            placed_at: order.placed_at,
            expires_at: order.expires_at(),
            state,
            ended_at,
            refused_because,
            signatures: signatures(order, names),
            may_sign: order.may_be_signed(caller.person, &company.authority, now).is_ok(),
            may_cancel: may_cancel.is_ok(),
        };
        view.describe(&order.content);
        view
    }

    fn describe(&mut self, content: &Content) {
        match content {
            Content::Connect { scope, held_through } => {
                self.kinds = Some(scope.clone());
                self.held_through = Some(*held_through);
            }
            Content::Change { from_version, scope, .. } => {
                self.kinds = Some(scope.clone());
                self.from_version = Some(*from_version);
            }
            Content::AddUser { user, name, access, .. } => {
                self.user = Some(NamedUser { user: *user, name: name.clone() });
                self.access = Some(*access);
            }
            Content::RemoveUser { user, name, .. } => {
                self.user = Some(NamedUser { user: *user, name: name.clone() });
            }
        }
    }
}

/// The latest orders of the company that the person signed in can see, the newest first. What nobody has signed yet is
/// seen by whoever placed it, unless it is about a user. For signatories and permission administrators; other users get 403
/// `no_insight`.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/orders",
    operation_id = "listOrders",
    responses((status = OK, description = "The orders.", body = Vec<OrderView>), CommonErrors),
)]
pub(super) async fn list(app: State<App>, caller: Caller) -> JsonResult<Vec<OrderView>> {
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

/// An order with what it says and does.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderDetail {
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
    async fn load(app: &App, caller: Caller, id: OrderId) -> Outcome<Self> {
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
/// 404 also for another person's order that nobody has signed yet.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/orders/{order}",
    operation_id = "getOrder",
    params(("order" = OrderId, Path, description = "The order.")),
    responses((status = OK, description = "The order.", body = OrderDetail), CommonErrors, NotFound),
)]
pub(super) async fn get(app: State<App>, caller: Caller, Id(order): Id<OrderId>) -> JsonResult<OrderDetail> {
    Ok(Json(OrderDetail::load(&app, caller, order).await?))
}

/// What somebody wants to have signed.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum NewOrder {
    /// The company connects.
    Connect {
        /// The kinds in scope.
        #[schema(max_items = 64)]
        kinds: Vec<String>,
        /// The internet bank that holds the agreement; sole traders choose it.
        #[schema(nullable = false)]
        channel: Option<HeldThrough>,
    },
    /// The scope of the agreement changes.
    Change {
        /// The kinds in scope afterwards.
        #[schema(max_items = 64)]
        kinds: Vec<String>,
        /// The version that the person saw.
        version: u32,
    },
    /// A user joins the company.
    AddUser {
        /// The person's name.
        #[schema(max_length = 200)]
        name: String,
        /// The personal number, twelve digits.
        #[schema(max_length = 20)]
        personal_number: String,
        /// How far the access reaches by itself.
        access: Access,
    },
    /// A user leaves the company.
    RemoveUser {
        /// Who.
        user: UserId,
    },
}

impl From<NewOrder> for Wish {
    fn from(order: NewOrder) -> Self {
        match order {
            NewOrder::Connect { kinds, channel } => Self::Connect { kinds, channel },
            NewOrder::Change { kinds, version } => Self::Change { kinds, seen: version },
            NewOrder::AddUser { name, personal_number, access } => {
                Self::AddUser { name, number: personal_number, access }
            }
            NewOrder::RemoveUser { user } => Self::RemoveUser(user),
        }
    }
}

/// Places an order. Its text is in the language asked for; it takes effect when all have signed.
///
/// 403 without a mandate, or for orders about users without the administrator's permission; 404 for a user who is not
/// there; 409 if another order about the same waits; 422 for a choice that cannot be signed.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/orders",
    operation_id = "placeOrder",
    params(IdempotencyKey),
    request_body = NewOrder,
    responses(
        (status = CREATED, description = "The order waits for signatures.", body = OrderDetail),
        BodyFaults, CommonErrors, NotFound, Conflict,
    ),
)]
pub(super) async fn place(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
    JsonBody(order): JsonBody<NewOrder>,
) -> Result<(StatusCode, Json<OrderDetail>), Problem> {
    let id = place::place(&app, caller, order.into(), language).await?;
    Ok((StatusCode::CREATED, Json(OrderDetail::load(&app, caller, id).await?)))
}

/// Takes an order back before its last signature. It stays readable.
///
/// 403 for an order that another person placed; 409 for one that is over.
#[utoipa::path(
    delete,
    path = "/api/agreements/v1/orders/{order}",
    operation_id = "cancelOrder",
    params(IdempotencyKey, ("order" = OrderId, Path, description = "The order.")),
    responses(
        (status = OK, description = "The order is cancelled.", body = OrderDetail),
        InvalidKey, CommonErrors, NotFound, Conflict,
    ),
)]
pub(super) async fn cancel(
    app: State<App>,
    caller: Caller,
    Id(order): Id<OrderId>,
) -> JsonResult<OrderDetail> {
    // Another person's draft is not there, so it is not refused either.
    OrderDetail::load(&app, caller, order).await?;
    place::cancel(&app, caller, order).await?;
    Ok(Json(OrderDetail::load(&app, caller, order).await?))
}

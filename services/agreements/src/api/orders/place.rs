//! `POST /orders`: places an order (R1, R2, R5, R8, R14).

use super::{
    super::described::{
        BodyFaults, Conflict, ErrorsOfOurs, Forbidden, IdempotencyKey, NotFound, Unauthorized,
    },
    look::OrderDetail,
};
use crate::{
    App,
    commands::place::{self, Wish},
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_domain::{agreement::HeldThrough, ids::UserId, user::Access};
use bevaka_portal::{accept::Asked, bearer::Who};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// What somebody wants to have signed.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::api) enum NewOrder {
    /// The company connects.
    Connect {
        /// The kinds in scope.
        #[schema(max_items = 64)]
        kinds: Vec<String>,
        #[schema(schema_with = super::super::described::held_through, required = false)]
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
        #[schema(schema_with = super::super::described::access)]
        access: Access,
    },
    /// A user leaves the company.
    RemoveUser {
        /// Who.
        #[schema(value_type = String, format = Uuid)]
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
/// # Errors
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
        BodyFaults, Unauthorized, Forbidden, NotFound, Conflict, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn place(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
    JsonBody(order): JsonBody<NewOrder>,
) -> Result<(StatusCode, Json<OrderDetail>), Problem> {
    let id = place::place(&app, caller, order.into(), language).await?;
    Ok((StatusCode::CREATED, Json(OrderDetail::load(&app, caller, id).await?)))
}

//! `POST /orders/{order}/signing`: begins to sign an order.

use super::super::{
    attempt::AttemptView,
    described::{
        self, BodyFaults, Conflict, ErrorsOfOurs, Forbidden, IdempotencyKey, NoBankId, NotFound, Unauthorized,
    },
    id,
};
use crate::{
    App,
    client::ClientAddress,
    fault::Fault,
    identity::{
        attempt,
        bankid::{self, Asking},
        methods::Availability,
        token,
    },
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_domain::{ids::OrderId, signing::Method};
use bevaka_portal::{
    accept::Asked,
    bearer::{Bearer, Who},
};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// How somebody signs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Signing {
    #[schema(schema_with = described::method)]
    method: Method,
}

/// Begins to sign an order. Only this session can see and answer the try.
///
/// # Errors
/// 403 without a mandate; 404 for an order that the person cannot see; 409 if it is over, signed by the same person
/// already, or the method is not open; 502 if BankID does not answer.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/orders/{order}/signing",
    operation_id = "beginSigning",
    params(IdempotencyKey, ("order" = String, Path, format = Uuid, description = "The order.")),
    request_body = Signing,
    responses(
        (status = CREATED, description = "The try has begun.", body = AttemptView),
        BodyFaults, Unauthorized, Forbidden, NotFound, Conflict, NoBankId, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn begin(
    State(app): State<App>,
    bearer: Bearer,
    Who(caller): Who,
    Asked(language): Asked,
    ClientAddress(address): ClientAddress,
    Path(order): Path<String>,
    JsonBody(signing): JsonBody<Signing>,
) -> Result<(StatusCode, Json<AttemptView>), Problem> {
    let order: OrderId = id(&order)?;
    if app.availability(signing.method, app.now()) != Availability::Open {
        return Err(Fault::MethodClosed.into());
    }
    let asking = Asking { secret: &bearer.token, address };
    let id = match bankid::kind(signing.method) {
        Some(kind) => bankid::sign_order(&app, asking, kind, (caller, order)).await?,
        None => token::sign_order(&app, asking, (caller, order)).await?,
    };
    let attempt = attempt::find(&app, id, &bearer.token).await?;
    Ok((StatusCode::CREATED, Json(AttemptView::new(&app, &attempt, language)?)))
}

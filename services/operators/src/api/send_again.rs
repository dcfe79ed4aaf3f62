//! `POST /dispatcher/api/events/{id}/send-again`: lets those be told who were not and now would be.

use super::{
    Caller, DeliveryView,
    described::{Conflict, Invalid, NotFound, NotJson, Refusals, TooLarge, Unreadable},
    unavailable,
};
use crate::{
    app::App,
    commands::send_again::{Refusal, send_again},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_domain::{
    ids::EventId,
    operator::{Act, Justification},
};
use bevaka_store::people;
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why it is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// In your words; they stay in the trail. No e-mail address, no personal number and no telephone number.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
}

/// What was sent again.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct SentAgain {
    /// The alerts that were made or taken up; they leave at once, or when their users want them.
    pub deliveries: Vec<DeliveryView>,
}

/// Decides about a stored event anew by how things stand now, and makes alerts for whoever would be told now and has none.
/// No contact point gets a second one (R32), and the stored decisions stay as they were.
///
/// # Errors
/// 404 if there is no such event; 409 if nobody is left to be told, or it cannot be sent again; 422 for a reason that is
/// none.
#[utoipa::path(
    post,
    path = "/dispatcher/api/events/{id}/send-again",
    operation_id = "sendEventAgain",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Order,
    responses(
        (status = OK, description = "What was made.", body = SentAgain),
        Unreadable, NotFound, Conflict, TooLarge, NotJson, Invalid, Refusals,
    ),
)]
pub async fn again(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    order: Result<JsonBody<Order>, Problem>,
) -> Result<Json<SentAgain>, Problem> {
    let operator = caller.may(Act::Repair)?;
    let id: EventId = id.parse().map_err(|_| Problem::not_found())?;
    let JsonBody(order) = order?;
    let because = Justification::parse(&order.because).map_err(|fault| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid field",
            format!("because {fault}."),
            "Correct it and send the request again.",
        )
        .coded("invalid_field")
        .at("because")
    })?;
    let alerts = send_again(&app, operator, id, &because).await.map_err(|refusal| refused(&refusal))?;
    let view = async {
        let mut tx = app.chassis.db.begin_read().await?;
        people::contacts(&mut tx, alerts.iter().map(|alert| alert.contact)).await
    };
    let contacts = view.await.map_err(|error| unavailable(&error))?;
    let deliveries = alerts.iter().map(|alert| DeliveryView::new(alert, &contacts)).collect();
    Ok(Json(SentAgain { deliveries }))
}

fn refused(refusal: &Refusal) -> Problem {
    let conflict = |code, detail: &str, action: &str| {
        Problem::new(StatusCode::CONFLICT, "Not sent again", detail, action).coded(code)
    };
    match refusal {
        Refusal::NotFound => Problem::not_found(),
        Refusal::Store(error) => unavailable(error),
        Refusal::Notice => conflict(
            "notice",
            "The event is a notice of Bevaka itself, which goes to whom it names, once.",
            "Let the user do again what it confirms, or tell them otherwise.",
        ),
        Refusal::Expired => conflict(
            "expired",
            "The event has expired: telling of it now helps nobody.",
            "Tell the customer otherwise.",
        ),
        Refusal::Nobody => conflict(
            "nobody",
            "Everybody who would be told now has an alert already.",
            "Explain the event to see why the others would not be told, and mend that first.",
        ),
    }
}

//! The operator API: inject events, and see what became of them.

mod dead_letters;
mod deliveries;
mod described;
mod event;
mod inject;
mod views;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use bevaka_chassis::process::Chassis;
use bevaka_store::StoreError;
use bevaka_web::problem::Problem;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use described::openapi;
pub use views::{DeadLetterView, DecisionView, DeliveryView, EventView, Injected};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 32 * 1_024 * 1_024;

/// The operator API under `/dispatcher/api`, behind the operators' token.
pub fn router(chassis: Chassis) -> Router {
    Router::from(described::routes())
        .layer(middleware::from_fn_with_state(chassis.clone(), only_operators))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(chassis)
}

async fn only_operators(
    State(chassis): State<Chassis>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let token = chassis.settings.operators.token.expose_secret();
    if token.is_empty() {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "The operator API is closed",
            "No operators' token is set for this service.",
            "Set operators.token (BEVAKA__OPERATORS__TOKEN) to at least 32 characters and start the service again.",
        ));
    }
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    // Digests have one length, so that the comparison tells nothing about the token's.
    let equal = Sha256::digest(given).as_slice().ct_eq(Sha256::digest(token).as_slice());
    if !bool::from(equal) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "Not signed in as an operator",
            "The Authorization header holds no valid operators' token.",
            "Send `Authorization: Bearer TOKEN`; `bevaka up` writes its token to service.json in its data directory.",
        ));
    }
    Ok(next.run(request).await)
}

/// What a caller may know of a failing database: that it is ours, and whether to try again.
fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(%error, "the operator API cannot reach the database");
    if error.is_transient() {
        away("The database does not answer at the moment.")
    } else {
        Problem::internal()
    }
}

fn away(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not available", detail, "Try again in a moment.")
}

/// How many rows a list gives: as asked, 1 to 500, else 50.
fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(50),
        Some(limit @ 1..=500) => Ok(limit),
        Some(_) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid field",
            "limit must lie between 1 and 500.",
            "Ask for fewer rows.",
        )
        .at("limit")),
    }
}

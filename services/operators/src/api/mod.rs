//! The operator API: inject events, and see what became of them.

mod caller;
mod channels;
mod content;
mod dead_letters;
pub(crate) mod described;
mod event;
mod explain;
mod found;
mod injections;
mod justified;
mod lookup;
mod now;
mod repair;
mod search;
mod send_again;
mod trail;
mod views;

use crate::app::App;
use axum::{Router, extract::DefaultBodyLimit, http::StatusCode, middleware::from_fn_with_state};
use bevaka_store::StoreError;
use bevaka_web::problem::Problem;

pub use crate::queries::{
    explain::{
        AgreementFacts, CompanyFacts, EventFacts, Explained, Explanation, Fact, Named, QuietTime, Ruling,
        Spoken, TextView, What,
    },
    timeline::Happening,
};
pub use caller::{Caller, token_hash};
pub use channels::{ChannelView, FailureView, PauseView, Tested};
pub use dead_letters::{
    DeadLetterContent, DeadLetterPreview, DeadLetterResult, DeadLetterResults, DeadLetterSummary,
    DeadLetterView, DeadLetters, Ended, EventKey, Requeued, WouldPass,
};
pub use described::openapi;
pub use found::{DeliveriesPage, DeliveryDetail, DeliverySummary, EventSummary, EventsPage, UserOutcome};
pub use injections::{Accepted, Fault, Injected, InjectedEvent, InjectionView, InjectionsView};
pub use lookup::{CompanyId, ContactHash};
pub use now::{Counted, MinuteView, NowView, OverdueView};
pub use repair::{AllOfFilter, DeliveriesChanged, DeliveryFilter, DeliveryPreview};
pub(crate) use search::STATES;
pub use send_again::SentAgain;
pub use trail::{CompanyRef, HeadView, Heads, TrailEntryView, TrailPage};
pub use views::{DecisionView, DeliveryView, EventView};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 32 * 1_024 * 1_024;

/// The operator API under `/dispatcher/api`, for clients with a token.
pub fn router(app: &App) -> Router {
    Router::from(described::routes())
        .route_layer(from_fn_with_state(app.clone(), caller::authenticate))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(app.clone())
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
        .coded("unavailable")
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

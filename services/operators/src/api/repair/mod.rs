//! `/dispatcher/api/deliveries/…`: alerts are tried again at once or stopped, one or many (R40).

pub(super) mod cancel;
pub(super) mod cancel_all;
pub(super) mod filter;
pub(super) mod preview;
pub(super) mod retry;
pub(super) mod retry_all;

pub use filter::{AllOfFilter, DeliveryFilter};
pub use preview::DeliveryPreview;
pub use retry_all::DeliveriesChanged;

use super::{Caller, DeliveryView, justified, unavailable};
use crate::{
    app::App,
    commands::deliveries::{self as commands, Refusal, What},
};
use axum::http::StatusCode;
use bevaka_domain::{delivery::operated::Unchanged, operator::Act};
use bevaka_store::people;
use bevaka_web::{body::JsonBody, problem::Problem};

/// Does one thing with one alert.
async fn one(
    app: &App,
    caller: &Caller,
    what: What,
    id: &str,
    body: Result<JsonBody<justified::Because>, Problem>,
) -> Result<DeliveryView, Problem> {
    let operator = caller.may(Act::Repair)?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let JsonBody(asked) = body?;
    let because = justified::because(&asked.because)?;
    let delivery = commands::one(app, operator, what, id, &because).await.map_err(refused)?;
    let view = async {
        let mut tx = app.chassis.db.begin_read().await?;
        let contacts = people::contacts(&mut tx, std::iter::once(delivery.contact)).await?;
        Ok(DeliveryView::new(&delivery, &contacts))
    };
    view.await.map_err(|error| unavailable(&error))
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::not_found(),
        Refusal::Unchanged(why) => unchanged(why),
        Refusal::CountChanged { found } => justified::count_changed(found),
        Refusal::Store(fault) => unavailable(&fault),
    }
}

fn unchanged(why: Unchanged) -> Problem {
    let (detail, action) = match why {
        Unchanged::UnderWay => {
            ("The alert is being sent at this moment.", "Look again in a moment what came of it.")
        }
        Unchanged::Held => (
            "The alert waits because its user wants it later.",
            "Nothing is to be done: it leaves when its user wants it.",
        ),
        Unchanged::DueAlready => (
            "The alert is due already and leaves as soon as its channel has room.",
            "If it does not, look at the channel.",
        ),
        Unchanged::Accepted => {
            ("The provider has taken the alert; it may have arrived.", "Ask the provider, by the alert's id.")
        }
        Unchanged::Delivered => ("The alert has arrived.", "Nothing is to be done."),
        Unchanged::Failed => ("The alert has failed.", "Retry it before its expiry, or leave it."),
        Unchanged::Expired => (
            "The event is too old: telling of it helps nobody any more.",
            "Find out why no attempt succeeded in time.",
        ),
        Unchanged::Suppressed => (
            "The user lost the right to the alert while it waited.",
            "See the alert's cause for which right it was.",
        ),
        Unchanged::Cancelled => (
            "An operator has cancelled the alert.",
            "See the trail for who and why; a cancelled alert stays cancelled.",
        ),
    };
    Problem::new(StatusCode::CONFLICT, "The alert stays as it is", detail, action).coded(why.as_str())
}

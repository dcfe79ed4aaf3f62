//! `/dispatcher/api/injections…`: events that operators put on the bus (R37).

pub(super) mod approve;
pub(super) mod get;
pub(super) mod list;
pub(super) mod post;
pub(super) mod reject;
mod view;

use super::{caller, unavailable};
use crate::commands::approve::Refusal;
use axum::http::StatusCode;
use bevaka_domain::{
    injection::Refusal as Undecided,
    operator::{Justification, Operator},
};
use bevaka_web::problem::Problem;
use uuid::Uuid;

pub use post::{Accepted, Fault, Injected};
pub use view::{InjectedEvent, InjectionView, InjectionsView};

/// What is no id is not there, as little as one that nobody has.
fn id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

fn because(text: &str) -> Result<Justification, Problem> {
    Justification::parse(text).map_err(|fault| {
        let action = "Say in a few words why, such as the number of the case.";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid field", format!("because {fault}."), action)
            .coded("invalid_field")
            .at("because")
    })
}

fn undecided(refusal: Refusal, operator: &Operator) -> Problem {
    let conflict = |title, detail: &str, action, code| {
        Problem::new(StatusCode::CONFLICT, title, detail, action).coded(code)
    };
    match refusal {
        Refusal::NotFound => Problem::not_found(),
        Refusal::Store(error) => unavailable(&error),
        Refusal::Unsound(count) => conflict(
            "The events are not sound any more",
            &format!("The catalogue has changed since: intake would put {count} of the events aside."),
            "Reject the injection, and let it be proposed anew.",
            "no_longer_sound",
        ),
        Refusal::Undecided(Undecided::Denied(denied)) => caller::refused(&denied, operator),
        Refusal::Undecided(Undecided::Own) => Problem::new(
            StatusCode::FORBIDDEN,
            "Another operator must approve",
            "You proposed this injection yourself, with this token or another one.",
            "Ask another approver, or reject it.",
        )
        .coded("own_injection"),
        Refusal::Undecided(Undecided::AlreadyDecided) => conflict(
            "Already decided",
            "The injection waits no more: it is published or rejected.",
            "Read the injection to see who decided.",
            "already_decided",
        ),
        Refusal::Undecided(Undecided::Expired) => conflict(
            "The time is over",
            "Nobody approved the injection in time; nothing of it was published.",
            "Let it be proposed anew if it is still needed.",
            "injection_expired",
        ),
    }
}

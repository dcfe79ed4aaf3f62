//! What the API answers to whoever is refused: problem documents with a stable code, what happened, why, and what to do
//! (R46).

use crate::fault::Fault;
use axum::{Json, http::StatusCode};
use bevaka_domain::signing::Refusal;
use bevaka_eid::bankid::{BankIdError, ErrorCode};
pub(super) use bevaka_portal::openapi::{Forbidden, Unauthorized};
pub(super) use bevaka_web::openapi::{BodyFaults, ErrorsOfOurs, NotFound};
use bevaka_web::problem::Problem;
use std::collections::BTreeMap;
use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response},
};

const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

const ASK_THEM: &str = "Ask one of them; the company's address names them.";

pub(super) type JsonResult<T> = Result<Json<T>, Problem>;

/// What every address of a company may answer.
pub(super) struct CommonErrors;

impl IntoResponses for CommonErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let all = [Unauthorized::responses(), Forbidden::responses(), ErrorsOfOurs::responses()];
        all.into_iter().flatten().collect()
    }
}

bevaka_web::refusals! {
    /// It does not go with how things stand; or the outcome of a request with the same key is not known.
    pub(super) Conflict = CONFLICT;
    /// BankID does not answer; nothing was begun.
    pub(super) NoBankId = BAD_GATEWAY;
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let detail = fault.to_string();
        match fault {
            Fault::Refused(refusal) => refused(refusal),
            Fault::OrderPending(order) => {
                let action = format!("Sign or cancel order {order} first.");
                Self::new(CONFLICT, "Another order waits", detail, action).coded("order_pending")
            }
            Fault::NotFound => Self::not_found(),
            Fault::NoInsight => Self::new(FORBIDDEN, "Not for you", detail, ASK_THEM).coded("no_insight"),
            Fault::TooManyTries => {
                let action = "Wait a minute, then try again.";
                Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many tries", detail, action)
                    .coded("too_many_tries")
            }
            Fault::MethodClosed => {
                let action = "Choose another method; the list of methods says from when this one is open.";
                Self::new(CONFLICT, "Method not open", detail, action).coded("method_closed")
            }
            Fault::Field(field) => Self::invalid_field(field.name(), detail),
            Fault::BankId(error) => bankid(&error),
            Fault::Store(error) => error.into(),
            Fault::Internal(error) => {
                tracing::error!(%error, "a request failed");
                Self::internal()
            }
        }
    }
}

fn bankid(error: &BankIdError) -> Problem {
    if matches!(error, BankIdError::Refused(ErrorCode::AlreadyInProgress)) {
        return Problem::new(
            CONFLICT,
            "BankID is in use",
            "The person has another identification or signature under way; BankID has ended both.",
            "Begin anew.",
        )
        .coded("bankid_in_use");
    }
    tracing::warn!(%error, "BankID did not start an order");
    Problem::new(
        StatusCode::BAD_GATEWAY,
        "BankID does not answer",
        "BankID could not be asked, or refused. Nothing was begun.",
        "Try again in a moment, or use another method.",
    )
    .coded("bankid_unavailable")
}

fn refused(refusal: Refusal) -> Problem {
    let (status, title, detail, action) = words(refusal);
    let problem = Problem::new(status, title, detail, action).coded(refusal.as_str());
    match refusal {
        Refusal::NothingChosen | Refusal::UnknownKind | Refusal::NoChange => problem.at("kinds"),
        Refusal::ChannelMissing | Refusal::ChannelNotAsked => problem.at("channel"),
        _ => problem,
    }
}

/// Status, what happened, why, what to do.
#[expect(clippy::too_many_lines, reason = "a table of words")]
const fn words(refusal: Refusal) -> (StatusCode, &'static str, &'static str, &'static str) {
    match refusal {
        Refusal::NoMandate => (
            FORBIDDEN,
            "No mandate to sign",
            "You hold no mandate to sign agreements for the company. Nothing was changed.",
            "Ask one of the company's signatories; the company's address names them.",
        ),
        Refusal::NothingChosen => (
            INVALID,
            "Nothing chosen",
            "kinds must name at least one kind of event.",
            "Choose at least one; to watch nothing more, end the agreement.",
        ),
        Refusal::UnknownKind => (
            INVALID,
            "Unknown kind",
            "kinds names a kind that is not in the catalogue.",
            "Choose among the kinds of the catalogue.",
        ),
        Refusal::ChannelMissing => (
            INVALID,
            "Channel missing",
            "A sole trader chooses whether the agreement is held through the private or the corporate internet bank.",
            "Add channel: private or corporate.",
        ),
        Refusal::ChannelNotAsked => (
            INVALID,
            "Channel not asked for",
            "Only sole traders choose the internet bank that holds the agreement.",
            "Leave channel out.",
        ),
        Refusal::OtherChannel => (
            FORBIDDEN,
            "Held through the other internet bank",
            "The agreement is managed only in the internet bank through which it is held.",
            "Sign in to the other channel.",
        ),
        Refusal::AlreadyConnected => (
            CONFLICT,
            "Already connected",
            "The company has an agreement in force.",
            "Change the agreement instead.",
        ),
        Refusal::NotConnected => (
            CONFLICT,
            "Not connected",
            "The company has no agreement in force.",
            "Connect the company first.",
        ),
        Refusal::NoChange => (
            INVALID,
            "No change",
            "kinds are what is in force already.",
            "Add or leave out at least one kind.",
        ),
        Refusal::ChangedMeanwhile => (
            CONFLICT,
            "Changed meanwhile",
            "Someone else changed the agreement since you saw it. Nothing was changed by you.",
            "Read the agreement again, then decide anew.",
        ),
        Refusal::AlreadySigned => (
            CONFLICT,
            "Signed already",
            "You have signed this order. Two jointly means two different persons.",
            "Wait for the other person.",
        ),
        Refusal::OrderOver => (
            CONFLICT,
            "The order is over",
            "The order is completed, taken back, refused or expired.",
            "Read how it ended; place a new order if it is still needed.",
        ),
        Refusal::OrderExpired => (
            CONFLICT,
            "The order has expired",
            "The order was not signed within 30 days.",
            "Place a new order if it is still needed.",
        ),
        Refusal::NotYours => (
            FORBIDDEN,
            "Not your order",
            "Only whoever placed an order takes it back.",
            "Ask whoever placed it.",
        ),
        Refusal::NotAdministrator => (
            FORBIDDEN,
            "No permission administrator",
            "Only a permission administrator of the company may do this. Nothing was changed.",
            ASK_THEM,
        ),
        Refusal::OwnPermissions => (
            FORBIDDEN,
            "Your own permissions",
            "Nobody changes their own permissions or access. Nothing was changed.",
            "Ask another permission administrator.",
        ),
        Refusal::NotNeeded => (
            CONFLICT,
            "Not needed",
            "A user with unrestricted access needs no permission.",
            "Nothing has to be done.",
        ),
        Refusal::NotActive => (
            CONFLICT,
            "Not active",
            "The user is denied or expired; only a new order brings them back.",
            "Place an order to add the user.",
        ),
        Refusal::UserExists => (
            CONFLICT,
            "User exists",
            "The person is a user of the company already.",
            "Look for them in the list of users.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::ids::OrderId;
    use uuid::Uuid;

    #[test]
    fn r46_every_refusal_has_its_code_and_three_parts() {
        for refusal in Refusal::ALL {
            let problem = Problem::from(Fault::Refused(refusal));
            assert_eq!(problem.code, Some(refusal.as_str()));
            assert!(problem.status.is_client_error());
            for part in [&problem.title, &problem.detail, &problem.action] {
                assert!(!part.is_empty(), "{refusal:?}");
            }
        }
        let pending = Problem::from(Fault::OrderPending(OrderId(Uuid::nil())));
        assert!(pending.action.contains(&Uuid::nil().to_string()));
    }

    #[test]
    fn an_inner_fault_tells_nothing_of_its_cause() {
        let problem = Problem::from(Fault::Internal(anyhow::anyhow!("hunter2")));
        assert_eq!(problem, Problem::internal());
    }
}

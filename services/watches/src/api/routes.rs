//! The watches API in `OpenAPI`'s words. The router is made of the same list, so that no address is left out; the document
//! in `docs/openapi` is compared with this by a test.

use super::{
    alerts, contacts, coverage,
    refused::{InvalidBody, StaleBody},
    watches,
};
use crate::App;
use bevaka_domain::{clock::Weekday, entitlement::Reason, watch::Channel};
use bevaka_portal::openapi::Token;
pub(super) use bevaka_web::openapi::{BodyFaults, ErrorsOfOurs, NotFound};
use bevaka_web::openapi::{ProblemBody, without_errors, words};
use utoipa::{
    IntoResponses, OpenApi,
    openapi::{OpenApi as OpenApiDocument, schema::Object},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every address.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(watches::get::get, watches::save::save))
        .routes(routes!(watches::preview::preview))
        .routes(routes!(watches::switch_on::switch_on))
        .routes(routes!(contacts::list::list, contacts::add::add))
        .routes(routes!(contacts::remove::remove))
        .routes(routes!(contacts::send_code::send_code))
        .routes(routes!(contacts::confirm::confirm))
        .routes(routes!(contacts::replace::replace))
        .routes(routes!(contacts::losses::losses))
        .routes(routes!(contacts::send_test::send_test))
        .routes(routes!(alerts::list::list))
        .routes(routes!(alerts::check::check))
        .routes(routes!(coverage::get::get))
        .routes(routes!(coverage::review::review))
}

/// The watches API as `OpenAPI` 3.1.
pub fn openapi() -> OpenApiDocument {
    without_errors(routes().into_openapi())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bevaka: the watches API",
        description = "Choose what to watch and how to be told, keep contact points, read what was told, and see what the \
                       company watches. Every refusal is a problem document that says what happened, why, and what to \
                       do. Sending a command again has no second effect, but that a code or a test alert is sent again.",
        version = "1",
    ),
    components(schemas(ProblemBody, InvalidBody, StaleBody)),
    modifiers(&Token)
)]
struct Api;

/// What every address may answer to a caller who is not let in to watches.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum NotLetIn {
    /// The token is missing (`not_signed_in`), or its session has ended (`session_inactive`, `session_over`).
    #[response(status = UNAUTHORIZED, content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    /// No company is chosen (`company_not_chosen`), the user is not active (`not_active`), *Hantera Bevaka ärenden* is
    /// missing (`no_access`), or only permission administrators may (`not_administrator`).
    #[response(status = FORBIDDEN, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
}

/// Fields do not hold what they must (`invalid_field`), or the code that confirms is wrong (`code_wrong`).
#[derive(IntoResponses)]
#[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct InvalidFields(InvalidBody);

/// The watches have changed since they were read (`stale`). `ETag` names the version that stands.
#[derive(IntoResponses)]
#[response(
    status = PRECONDITION_FAILED,
    content_type = "application/problem+json",
    headers(("ETag" = String, description = "The version that stands."))
)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct Stale(StaleBody);

/// A limit on what is sent at a user's wish: `codes_per_hour`, `codes_per_day`, `codes_per_address_per_hour`,
/// `codes_per_address_per_day` or `tests_per_hour`.
#[derive(IntoResponses)]
#[response(
    status = TOO_MANY_REQUESTS,
    content_type = "application/problem+json",
    headers(("Retry-After" = u64, description = "After how many seconds the next one is sent."))
)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct TooMany(ProblemBody);

bevaka_web::refusals! {
    /// The company has no agreement in force (`not_connected`).
    pub(super) NotConnected = CONFLICT;
    /// It does not go with how things stand: `not_connected`; `not_confirmed` or `already_confirmed`; `code_used_up`,
    /// `code_expired` or `code_none_sent`.
    pub(super) Conflict = CONFLICT;
    /// If-Match is missing (`version_missing`).
    pub(super) VersionMissing = PRECONDITION_REQUIRED;
}

pub(super) fn channel() -> Object {
    words("By which way.", Channel::ALL.map(Channel::as_str))
}

pub(super) fn weekday() -> Object {
    words("The day of a weekly gathering, and only of such.", Weekday::ALL.map(Weekday::as_str))
}

pub(super) fn every() -> Object {
    words("How often what is gathered leaves.", ["day", "week"])
}

pub(super) fn contact_state() -> Object {
    words("Whether alerts are sent there.", ["confirmed", "code_under_way", "unconfirmed"])
}

pub(super) fn reached() -> Object {
    words("Whether anything arrives there.", ["confirmed", "not_confirmed", "missing"])
}

pub(super) fn reason() -> Object {
    words("Why not.", Reason::ALL.iter().map(|reason| reason.as_str()))
}

pub(super) fn alert_state() -> Object {
    let states = ["sending", "waiting", "accepted", "delivered", "failed", "expired", "suppressed"];
    words("Where it stands.", states)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// Every reference of a document.
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn whatever_the_document_refers_to_is_in_it() {
        let document = serde_json::to_value(super::openapi()).unwrap();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let there = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
            assert!(there.is_some(), "{reference}");
        }
    }
}

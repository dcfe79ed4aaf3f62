//! The operator API in `OpenAPI`'s words. The router is made of the same list, so that no address is left out; the
//! document in `docs/openapi` is compared with this by a test.

use super::{
    channels, content, dead_letters, event, explain, injections, lookup, now, repair, search, send_again,
    trail,
};
use crate::app::App;
use bevaka_domain::{
    channel::Standing,
    dead_letter,
    delivery::operated::RetryableState,
    entitlement::Reason,
    injection,
    trail::Action,
    watch::{Because, Channel},
};
use bevaka_web::problem::Problem;
use serde::Serialize;
use utoipa::{
    IntoResponses, Modify, OpenApi, ToSchema,
    openapi::{
        self,
        schema::{
            Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
        },
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every address of the operator API.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(injections::post::inject, injections::list::list))
        .routes(routes!(injections::get::get))
        .routes(routes!(injections::approve::approve))
        .routes(routes!(injections::reject::reject))
        .routes(routes!(search::events))
        .routes(routes!(event::by_id))
        .routes(routes!(content::read))
        .routes(routes!(send_again::again))
        .routes(routes!(explain::explain))
        .routes(routes!(search::deliveries))
        .routes(routes!(search::delivery))
        .routes(routes!(lookup::contact))
        .routes(routes!(lookup::company))
        .routes(routes!(now::show))
        .routes(routes!(channels::list))
        .routes(routes!(channels::pause))
        .routes(routes!(channels::resume))
        .routes(routes!(channels::test))
        .routes(routes!(trail::list::list))
        .routes(routes!(trail::heads::heads))
        .routes(routes!(trail::export::export))
        .routes(routes!(repair::preview::preview))
        .routes(routes!(repair::retry_all::retry_all))
        .routes(routes!(repair::cancel_all::cancel_all))
        .routes(routes!(repair::retry::retry))
        .routes(routes!(repair::cancel::cancel))
        .routes(routes!(dead_letters::list::list))
        .routes(routes!(dead_letters::summary::summary))
        .routes(routes!(dead_letters::preview::preview))
        .routes(routes!(dead_letters::requeue_all::requeue_all))
        .routes(routes!(dead_letters::discard_all::discard_all))
        .routes(routes!(dead_letters::get::get))
        .routes(routes!(dead_letters::content::content))
        .routes(routes!(dead_letters::requeue::requeue))
        .routes(routes!(dead_letters::discard::discard))
}

/// The operator API as `OpenAPI` 3.1.
pub fn openapi() -> openapi::OpenApi {
    let mut openapi = routes().into_openapi();
    for path in openapi.paths.paths.values_mut() {
        for operation in [&mut path.get, &mut path.post].into_iter().flatten() {
            // What follows is for readers of the code; the document lists the refusals themselves.
            let text = operation.description.take().unwrap_or_default();
            let text = text.split("# Errors").next().unwrap_or_default().trim();
            operation.description = (!text.is_empty()).then(|| text.to_owned());
        }
    }
    openapi
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bevaka: the dispatcher's operator API",
        description = "Injects events, and shows what became of them. Every refusal is a problem document that says \
                       what happened, why, and what to do.",
        version = "1",
    ),
    components(schemas(ProblemBody)),
    modifiers(&Token)
)]
struct Api;

struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A client's token, as `bevaka tokens create` told it."))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("operators", SecurityScheme::Http(scheme));
        openapi.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("operators", [])]);
    }
}

/// An event as publishers send it; docs/asyncapi.yaml has the kinds and their data.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used; the bus reads the real one")]
pub(super) struct CloudEvent {
    /// Always `1.0`.
    specversion: String,
    /// The publisher's id; with `source` it identifies the event.
    #[schema(min_length = 1, max_length = 256)]
    id: String,
    /// The publisher.
    #[schema(min_length = 1, max_length = 256)]
    source: String,
    /// The kind.
    #[schema(rename = "type")]
    kind: String,
    /// The organisation number of the company.
    subject: String,
    /// When it happened.
    #[schema(format = DateTime)]
    time: String,
    /// The bank's key of the one user it is addressed to.
    #[schema(min_length = 1, max_length = 256, nullable = false)]
    recipient: Option<String>,
    /// As the kind's schema says.
    #[schema(value_type = Object, required = false)]
    data: Option<()>,
}

/// A refusal (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody {
    /// Always `about:blank`.
    #[serde(rename = "type")]
    kind: String,
    /// What happened.
    title: String,
    /// The status of the answer.
    status: u16,
    /// Why, in this case.
    detail: String,
    /// What the caller can do now.
    action: String,
    /// Which refusal it is, where programs tell it from others.
    #[schema(nullable = false)]
    code: Option<String>,
    /// The field that is wrong.
    #[schema(nullable = false)]
    field: Option<String>,
}

impl From<&Problem> for ProblemBody {
    fn from(problem: &Problem) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: problem.title.clone(),
            status: problem.status.as_u16(),
            detail: problem.detail.clone(),
            action: problem.action.clone(),
            code: problem.code.map(str::to_owned),
            field: problem.field.clone(),
        }
    }
}

/// What every address of the API may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum Refusals {
    /// The token is missing, unknown, revoked or expired (`not_signed_in`).
    #[response(status = UNAUTHORIZED, content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    /// The token lacks the role that this needs (`role_needed`).
    #[response(status = FORBIDDEN, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    /// Our own fault; nothing was changed.
    #[response(status = INTERNAL_SERVER_ERROR, content_type = "application/problem+json")]
    Internal(ProblemBody),
    /// The database or the bus does not answer at the moment.
    #[response(status = SERVICE_UNAVAILABLE, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// What an address with a JSON body may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum BodyRefusals {
    /// The body is not JSON (`unreadable_body`).
    #[response(status = BAD_REQUEST, content_type = "application/problem+json")]
    Unreadable(ProblemBody),
    /// The body is too large (`body_too_large`).
    #[response(status = PAYLOAD_TOO_LARGE, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// The body is not declared as JSON (`not_json`).
    #[response(status = UNSUPPORTED_MEDIA_TYPE, content_type = "application/problem+json")]
    NotJson(ProblemBody),
    /// A field is missing, unknown or out of its range (`invalid_field`), or what is sent in is no event (`still_faulty`).
    #[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
    Invalid(ProblemBody),
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:ident;)+) => {$(
        $(#[$doc])*
        #[derive(IntoResponses)]
        #[response(status = $status, content_type = "application/problem+json")]
        #[expect(dead_code, reason = "only its description is used")]
        pub(super) struct $name(ProblemBody);
    )+};
}

refusals! {
    /// The body is not JSON.
    Unreadable = BAD_REQUEST;
    /// There is nothing with this id.
    NotFound = NOT_FOUND;
    /// It cannot be done as things stand; `code` says why, such as `already_ended`, `count_changed`, or why an alert stays as it
    /// is (`under_way`, `held`, `due_already`, `accepted`, `delivered`, `failed`, `expired`, `suppressed`, `cancelled`).
    Conflict = CONFLICT;
    /// The request holds too many events or bytes.
    TooLarge = PAYLOAD_TOO_LARGE;
    /// The body is declared as something else than JSON (`not_json`).
    NotJson = UNSUPPORTED_MEDIA_TYPE;
    /// A parameter is missing or out of its range.
    Invalid = UNPROCESSABLE_ENTITY;
}

fn words(words: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words))
}

fn reasons() -> ObjectBuilder {
    words(Reason::ALL.map(Reason::as_str))
}

/// Where an alert stands.
pub(crate) fn state() -> Object {
    words(search::STATES).build()
}

/// Where an injection stands.
pub(super) fn injection_state() -> Object {
    words(injection::StateName::ALL.map(injection::StateName::as_str))
        .description(Some("Where it stands."))
        .build()
}

/// What can be done to stand in the trail.
pub(super) fn action() -> Object {
    words(Action::ALL.map(Action::as_str)).build()
}

/// Where a dead letter stands.
pub(super) fn letter_state() -> Object {
    words(dead_letter::StateName::ALL.map(dead_letter::StateName::as_str)).build()
}

/// The states in which there is something to retry or to cancel.
pub(super) fn stuck() -> Object {
    words(RetryableState::ALL.map(RetryableState::as_str)).build()
}

/// What an operator may do with alerts.
pub(super) fn what() -> Object {
    words(["retry", "cancel"]).build()
}

pub(crate) fn channel() -> Object {
    words(Channel::ALL.map(Channel::as_str)).description(Some("By which way.")).build()
}

/// How a channel stands.
pub(super) fn standing() -> Object {
    words(Standing::ALL.map(Standing::as_str)).build()
}

/// What came of an attempt.
pub(super) fn outcome() -> Object {
    words(["accepted", "retry", "rejected", "unknown", "channel_down"]).build()
}

pub(crate) fn reason_or_null() -> Object {
    words_or_null(Reason::ALL.map(Reason::as_str), "Why the user is not told at all.")
}

/// A word of these, or null.
fn words_or_null(values: impl IntoIterator<Item = &'static str>, description: &str) -> Object {
    let values: Vec<_> = values.into_iter().map(Some).chain([None]).collect();
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(description))
        .enum_values(Some(values))
        .build()
}

pub(crate) fn channel_or_null() -> Object {
    words_or_null(Channel::ALL.map(Channel::as_str), "By which way.")
}

/// How far a user's access reaches by itself.
pub(crate) fn access() -> Object {
    words(["unrestricted", "restricted"]).description(Some("How far the access reaches by itself.")).build()
}

pub(crate) fn user_state() -> Object {
    let states = ["active", "blocked", "denied", "expired"];
    words(states).description(Some("Active or why not, now.")).build()
}

/// When alerts leave that do not leave at once, and why.
pub(crate) fn later_or_null() -> Object {
    let at = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some("When the alerts leave, if not at once."))
        .property("at", at)
        .property("because", words(Because::ALL.map(Because::as_str)))
        .required("at")
        .required("because")
        .build()
}

/// Pairs of a channel and a reason.
pub(crate) fn silent() -> Array {
    let pair = ArrayBuilder::new()
        .prefix_items([Schema::from(channel()), Schema::from(reasons().build())])
        .min_items(Some(2))
        .max_items(Some(2));
    ArrayBuilder::new().items(pair).description(Some("Chosen channels that stay silent, and why.")).build()
}

pub(super) fn history() -> Array {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let entry = ObjectBuilder::new()
        .property("at", text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))))
        .property("what", text())
        .property("cause", text())
        .required("at")
        .required("what");
    ArrayBuilder::new().items(entry).description(Some("All that happened to it.")).build()
}

//! The agreements API in `OpenAPI`'s words. The router is made of the same lists, so that no address is left out; the
//! document in `docs/openapi` is compared with this by a test.

use super::{agreement, company, evidence, kinds, methods, orders, session, sign_in, signing, users};
use crate::App;
use bevaka_portal::openapi::Token;
pub(super) use bevaka_portal::openapi::{Forbidden, Unauthorized};
pub(super) use bevaka_web::openapi::{BodyFaults, ErrorsOfOurs, NotFound};
use bevaka_web::openapi::{ProblemBody, without_errors, words};
use utoipa::{
    IntoParams, OpenApi,
    openapi::{
        OpenApi as OpenApiDocument,
        schema::{Array, ArrayBuilder, Object},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What anybody may ask.
pub(super) fn open() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(methods::list))
        .routes(routes!(sign_in::begin::begin))
        .routes(routes!(sign_in::look::look))
        .routes(routes!(sign_in::answer::answer))
        .routes(routes!(sign_in::cancel::cancel))
        .routes(routes!(sign_in::start_session::start))
}

/// What the bearer of a session's token may ask beside commands: of the session, also before a company is chosen, and
/// what is only thought about.
pub(super) fn of_session() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(agreement::preview::preview))
        .routes(routes!(session::who::who, session::sign_out::sign_out))
        .routes(routes!(session::choose::choose))
        .routes(routes!(session::language::choose))
}

/// What is asked for a company. Commands among these take an idempotency key.
pub(super) fn of_company() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(kinds::list))
        .routes(routes!(company::get))
        .routes(routes!(agreement::current::get))
        .routes(routes!(agreement::versions::list))
        .routes(routes!(agreement::end::end))
        .routes(routes!(orders::list::list, orders::place::place))
        .routes(routes!(orders::look::look, orders::cancel::cancel))
        .routes(routes!(signing::begin::begin))
        .routes(routes!(signing::look::look))
        .routes(routes!(signing::answer::answer))
        .routes(routes!(signing::cancel::cancel))
        .routes(routes!(evidence::get))
        .routes(routes!(users::list::list))
        .routes(routes!(users::grant::grant, users::withdraw::withdraw))
        .routes(routes!(users::block::block))
        .routes(routes!(users::unblock::unblock))
}

/// The agreements API as `OpenAPI` 3.1.
pub fn openapi() -> OpenApiDocument {
    without_errors(open().merge(of_session()).merge(of_company()).into_openapi())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bevaka: the agreements API",
        description = "Sign in, connect, change and end a company's agreement, administer its users. Every refusal is a \
                       problem document that says what happened, why, and what to do. A command that is sent again \
                       with its Idempotency-Key within 24 hours is answered as the first time, without a second effect.",
        version = "1",
    ),
    components(schemas(ProblemBody)),
    modifiers(&Token)
)]
struct Api;

/// What a command may bear.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used; the middleware reads the header")]
pub(super) struct IdempotencyKey {
    /// Names this command, so that sending it again has no second effect; printable ASCII, such as a random UUID.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 128, nullable = false)]
    key: Option<String>,
}

bevaka_web::refusals! {
    /// It does not go with how things stand; or the outcome of a request with the same key is not known.
    pub(super) Conflict = CONFLICT;
    /// The idempotency key is not valid, or was used for another request.
    pub(super) InvalidKey = UNPROCESSABLE_ENTITY;
    /// Too many tries of this person or from this address.
    pub(super) TooMany = TOO_MANY_REQUESTS;
    /// BankID does not answer; nothing was begun.
    pub(super) NoBankId = BAD_GATEWAY;
}

pub(super) fn method() -> Object {
    words("With what.", ["on_card", "mobile", "token"])
}

pub(super) fn channel() -> Object {
    words("In which internet bank.", ["private", "corporate"])
}

pub(super) fn language() -> Object {
    words("The language of pages and alerts.", ["sv", "en"])
}

pub(super) fn held_through() -> Object {
    words("The internet bank that holds the agreement; sole traders choose it.", ["private", "corporate"])
}

pub(super) fn form() -> Object {
    let forms = ["sole_trader", "limited_company", "partnership", "association", "other"];
    words("The legal form.", forms)
}

pub(super) fn access() -> Object {
    words("How far the access reaches by itself.", ["unrestricted", "restricted"])
}

pub(super) fn user_state() -> Object {
    words("Only an active user is told anything.", ["active", "blocked", "denied", "expired"])
}

pub(super) fn permissions() -> Array {
    let permission = words("A permission.", ["manage_watches", "administer_permissions"]);
    ArrayBuilder::new().items(permission).description(Some("What has been granted.")).build()
}

pub(super) fn availability() -> Object {
    words("Whether it can be used now.", ["open", "planned", "closed"])
}

pub(super) fn attempt_state() -> Object {
    words("How far it has come.", ["pending", "proven", "signed", "failed", "used"])
}

pub(super) fn outcome() -> Object {
    words("What the signature did to its order.", ["waits", "completed", "refused"])
}

pub(super) fn order_kind() -> Object {
    words("What takes effect.", ["connect", "change", "add_user", "remove_user"])
}

pub(super) fn order_state() -> Object {
    words("How far it has come.", ["open", "completed", "cancelled", "expired", "refused"])
}

pub(super) fn overtaken() -> Object {
    let why = ["mandate_revoked", "agreement_changed", "user_changed"];
    words("Why it was signed without effect.", why)
}

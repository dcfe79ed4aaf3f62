//! The routes of the agreements API, and its `OpenAPI` document, which is made of the same lists. A test compares it with
//! `docs/openapi/agreements.json`.

use super::{
    agreement, company,
    idempotency::{self, MAX_REQUEST},
    kinds, methods, orders, session, sign_in, signatures, signing, users,
};
use crate::App;
use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use bevaka_portal::{bearer, openapi::Token};
use bevaka_web::openapi::ProblemBody;
use utoipa::{OpenApi, openapi::OpenApi as OpenApiDocument};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The agreements API under `/api/agreements/v1`.
pub fn router(app: &App) -> Router {
    let signed_in = || from_fn_with_state(app.clone(), bearer::authenticate::<App>);
    let once = from_fn_with_state(app.clone(), idempotency::once);
    Router::from(public_routes())
        .merge(Router::from(session_routes()).route_layer(signed_in()))
        .merge(Router::from(company_routes()).route_layer(once).route_layer(signed_in()))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(app.clone())
}

/// The agreements API as `OpenAPI` 3.1.
pub fn openapi() -> OpenApiDocument {
    public_routes().merge(session_routes()).merge(company_routes()).into_openapi()
}

/// What anybody may ask.
fn public_routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(methods::list))
        .routes(routes!(sign_in::begin))
        .routes(routes!(sign_in::get))
        .routes(routes!(sign_in::answer))
        .routes(routes!(sign_in::cancel))
        .routes(routes!(sign_in::start_session))
}

/// What a session may ask beside commands: of itself, also before a company is chosen, and what is only thought about.
fn session_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(agreement::preview))
        .routes(routes!(session::get, session::sign_out))
        .routes(routes!(session::choose_company))
        .routes(routes!(session::choose_language))
}

/// What is asked for a company. Commands among these take an idempotency key.
fn company_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(kinds::list))
        .routes(routes!(company::get))
        .routes(routes!(agreement::get))
        .routes(routes!(agreement::list_versions))
        .routes(routes!(agreement::end))
        .routes(routes!(orders::list, orders::place))
        .routes(routes!(orders::get, orders::cancel))
        .routes(routes!(signing::begin))
        .routes(routes!(signing::get))
        .routes(routes!(signing::answer))
        .routes(routes!(signing::cancel))
        .routes(routes!(signatures::get_evidence))
        .routes(routes!(users::list))
        .routes(routes!(users::grant, users::withdraw))
        .routes(routes!(users::block))
        .routes(routes!(users::unblock))
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

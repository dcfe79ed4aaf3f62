//! The routes of the watches API, and its `OpenAPI` document, which is made of the same list. A test compares it with
//! `docs/openapi/watches.json`.

use super::{
    alerts, contacts, coverage,
    refusals::{InvalidBody, StaleBody},
    watches,
};
use crate::App;
use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use bevaka_portal::{bearer, openapi::Token};
use bevaka_web::openapi::ProblemBody;
use utoipa::{OpenApi, openapi::OpenApi as OpenApiDocument};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 64 * 1_024;

/// The watches API under `/api/watches/v1`.
pub fn router(app: &App) -> Router {
    Router::from(routes())
        .route_layer(from_fn_with_state(app.clone(), bearer::authenticate::<App>))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(app.clone())
}

/// The watches API as `OpenAPI` 3.1.
pub fn openapi() -> OpenApiDocument {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(watches::get, watches::save))
        .routes(routes!(watches::preview))
        .routes(routes!(watches::switch_on))
        .routes(routes!(contacts::list, contacts::add))
        .routes(routes!(contacts::remove))
        .routes(routes!(contacts::send_code))
        .routes(routes!(contacts::confirm))
        .routes(routes!(contacts::replace))
        .routes(routes!(contacts::list_losses))
        .routes(routes!(contacts::send_test))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::check))
        .routes(routes!(coverage::get))
        .routes(routes!(coverage::review))
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

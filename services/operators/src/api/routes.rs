//! The addresses of the operator API with their document: both are made of the same list, so that no address is left out of
//! either. A test compares the document with `docs/openapi`.

use super::{channels, dead_letters, deliveries, events, explain, injections, lookups, now, trail};
use crate::app::App;
use bevaka_web::openapi::{ProblemBody, bearer_scheme};
use utoipa::{Modify, OpenApi, openapi};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every address of the operator API.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(injections::list, injections::inject))
        .routes(routes!(injections::get))
        .routes(routes!(injections::approve))
        .routes(routes!(injections::reject))
        .routes(routes!(events::list))
        .routes(routes!(events::get))
        .routes(routes!(events::content))
        .routes(routes!(events::send_again))
        .routes(routes!(explain::explain))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::get))
        .routes(routes!(lookups::contact))
        .routes(routes!(lookups::company))
        .routes(routes!(now::get))
        .routes(routes!(channels::list))
        .routes(routes!(channels::pause))
        .routes(routes!(channels::resume))
        .routes(routes!(channels::test))
        .routes(routes!(trail::list))
        .routes(routes!(trail::heads))
        .routes(routes!(trail::export))
        .routes(routes!(deliveries::preview))
        .routes(routes!(deliveries::retry_all))
        .routes(routes!(deliveries::cancel_all))
        .routes(routes!(deliveries::retry))
        .routes(routes!(deliveries::cancel))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::summary))
        .routes(routes!(dead_letters::preview))
        .routes(routes!(dead_letters::requeue_all))
        .routes(routes!(dead_letters::discard_all))
        .routes(routes!(dead_letters::get))
        .routes(routes!(dead_letters::content))
        .routes(routes!(dead_letters::requeue))
        .routes(routes!(dead_letters::discard))
}

/// The operator API as `OpenAPI` 3.1.
pub fn openapi() -> openapi::OpenApi {
    routes().into_openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bevaka: the operators' API",
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
        bearer_scheme(openapi, "operators", "A client's token, as `bevaka tokens create` printed it once.");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_schema_that_is_referred_to_is_in_the_document() {
        let document = serde_json::to_value(super::openapi()).unwrap();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 100);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}

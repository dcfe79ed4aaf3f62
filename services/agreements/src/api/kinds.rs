//! The catalogue of event kinds (R7).

use super::problems::CommonErrors;
use crate::App;
use axum::{Json, extract::State};
use bevaka_web::accept_language::AcceptLanguage;
use serde::Serialize;
use utoipa::ToSchema;

/// A kind of event.
#[derive(Serialize, ToSchema)]
pub(super) struct KindView {
    /// Its id, as orders and agreements name it.
    kind: String,
    /// Its name in the language asked for.
    name: String,
    /// What it is about.
    description: String,
}

/// The kinds of events that an agreement can cover.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/kinds",
    operation_id = "listKinds",
    responses((status = OK, description = "The catalogue.", body = Vec<KindView>), CommonErrors),
)]
pub(super) async fn list(app: State<App>, AcceptLanguage(language): AcceptLanguage) -> Json<Vec<KindView>> {
    let kinds = app.chassis.catalogue.kinds().map(|kind| KindView {
        kind: kind.kind.to_string(),
        name: kind.name(language).to_owned(),
        description: kind.description(language).to_owned(),
    });
    Json(kinds.collect())
}

//! The pages: a file for each page or flow. A handler reads who asks and what was sent, calls a command or a query, and
//! fills a view by functions that know neither request nor database.

mod alerts;
mod blame;
mod contact;
mod contacts;
mod coverage;
mod edit;
mod form;
mod news;
mod shown;
mod stop;
mod visitor;
mod watches;

use crate::app::App;
use axum::Router;

/// All pages of the service.
pub(crate) fn router(app: &App) -> Router {
    Router::new()
        .merge(watches::router())
        .merge(edit::router())
        .merge(contacts::router())
        .merge(contact::router())
        .merge(alerts::router())
        .merge(stop::router())
        .merge(coverage::router())
        .with_state(app.clone())
}

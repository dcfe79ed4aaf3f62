//! The pages: a file for each page or flow. A handler reads who asks and what was sent, calls a command, and fills a
//! view.

mod add_user;
mod answer;
mod attempts;
mod change;
mod company;
mod connect;
mod done;
mod end;
mod help;
mod history;
mod language;
mod news;
mod order;
mod permissions;
mod shown;
mod sign;
mod sign_in;
mod start;
mod visitor;

use crate::app::App;
use axum::Router;

/// All pages of the service.
pub(crate) fn router(app: &App) -> Router {
    Router::new()
        .merge(sign_in::router())
        .merge(company::router())
        .merge(start::router())
        .merge(connect::router())
        .merge(change::router())
        .merge(end::router())
        .merge(order::router())
        .merge(sign::router())
        .merge(done::router())
        .merge(history::router())
        .merge(permissions::router())
        .merge(add_user::router())
        .merge(help::router())
        .merge(language::router())
        .with_state(app.clone())
}

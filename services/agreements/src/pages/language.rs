//! The language of pages and alerts, by the form at the foot of every page.

use super::session::UserSession;
use crate::{app::App, commands::language::choose, paths};
use axum::{
    Router,
    response::{IntoResponse, Redirect},
    routing::post,
};
use bevaka_domain::language::Language;
use bevaka_web::{form::HtmlForm, language::keep, local_path::or_start, page_error::PageResult};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::LANGUAGE, post(switch))
}

#[derive(Deserialize)]
struct LanguageForm {
    language: Language,
    #[serde(default)]
    next: String,
}

/// Whoever has been signed out meanwhile still gets the language in this browser.
async fn switch(session: PageResult<UserSession>, HtmlForm(form): HtmlForm<LanguageForm>) -> PageResult {
    if let Ok(session) = session
        && let Some(caller) = session.signed_in.caller()
    {
        choose(&session.browser.app, caller, form.language).await?;
    }
    Ok(keep(form.language, Redirect::to(or_start(&form.next)).into_response()))
}

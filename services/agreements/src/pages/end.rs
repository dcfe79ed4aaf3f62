//! *Avsluta avtalet*, in two steps and without a signature, and its confirmation (R3, R6, R16).

use super::{display::Effect, flash::Done, nav, session::CompanySession};
use crate::{app::App, commands::end::end, paths};
use axum::{Router, routing::get};
use bevaka_domain::{agreement::Scope, clock::Timestamp};
use bevaka_web::{
    form::HtmlForm,
    page::{At, Title, View},
    page_error::{PageError, PageResult},
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::END, get(explain))
        .route(paths::END_CONFIRM, get(confirm).post(finish))
        .route(paths::ENDED, get(ended))
}

/// What ends, for whom, from when; then the same question again.
#[derive(Clone, Serialize)]
pub struct EndAgreement {
    pub step: EndStep,
    pub company: String,
    /// The version that ends.
    pub version: u32,
    /// What it means for people; `removed` holds the whole scope.
    pub effect: Effect,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndStep {
    Explain,
    Confirm,
}

impl View for EndAgreement {
    const TEMPLATE: &'static str = "end";
    const AT: At = nav::END;

    fn title(&self) -> Title {
        match self.step {
            EndStep::Explain => "end-title".into(),
            EndStep::Confirm => "end-title-confirm".into(),
        }
    }
}

#[derive(Clone, Serialize)]
pub struct Ended {
    pub company: String,
    /// Since when nothing is sent (R17).
    pub at: Timestamp,
    pub by: String,
}

impl View for Ended {
    const TEMPLATE: &'static str = "ended";
    const TITLE: &'static str = "ended-title";
    const AT: At = nav::END;
}

async fn explain(session: CompanySession) -> PageResult {
    page(&session, EndStep::Explain).await
}

async fn confirm(session: CompanySession) -> PageResult {
    page(&session, EndStep::Confirm).await
}

async fn page(session: &CompanySession, step: EndStep) -> PageResult {
    let version = session.manageable()?.version;
    let mut tx = session.app().chassis.db.begin_read().await?;
    let effect = session.effect(&mut tx, &Scope::new()).await?;
    drop(tx);
    session.page(&EndAgreement { step, company: session.company_name(), version, effect })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EndForm {
    version: String,
}

async fn finish(session: CompanySession, HtmlForm(form): HtmlForm<EndForm>) -> PageResult {
    // No version is one that nobody can have seen.
    let seen = form.version.parse().unwrap_or(0);
    end(session.app(), session.caller, seen).await?;
    Ok(session.redirect_with_flash(&Done::Ended, paths::ENDED))
}

/// Shown once; then the history has it.
async fn ended(session: CompanySession) -> PageResult {
    session.require_insight()?;
    let last = session.history.iter().find_map(|version| Some((version.ended_at?, version)));
    let (Some((at, version)), Some(Done::Ended)) = (last, session.flash()) else {
        return Err(PageError::redirect(paths::AGREEMENT));
    };
    let by = version.ended_by.clone().unwrap_or_default();
    session.page(&Ended { company: session.company_name(), at, by })
}

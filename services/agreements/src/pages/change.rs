//! *Ändra avtalet*, step 1: choose kinds (R2, R6, R14). What it means for people is shown by the order, before it is
//! signed.

use super::{display::KindRow, nav, session::CompanySession};
use crate::{app::App, commands::place::Wish, fault::Fault, paths};
use axum::{Router, http::StatusCode, routing::get};
use bevaka_domain::signing::Refusal;
use bevaka_web::{
    form::HtmlForm,
    layout::Tone,
    page::{At, FieldError, Message, View},
    page_error::PageResult,
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::CHANGE, get(show).post(change))
}

#[derive(Clone, Serialize)]
pub struct ChangeScope {
    /// The version that is changed.
    pub version: u32,
    pub kinds: Vec<KindRow>,
    #[serde(skip)]
    pub notice: Option<Message>,
    #[serde(skip)]
    pub errors: Vec<FieldError>,
}

impl View for ChangeScope {
    const TEMPLATE: &'static str = "change";
    const TITLE: &'static str = "change-title";
    const AT: At = nav::CHANGE;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangeForm {
    kind: Vec<String>,
    version: String,
}

async fn show(session: CompanySession) -> PageResult {
    let view = view(&session, None)?;
    session.require_no_pending_order().await?;
    session.page(&view)
}

fn view(session: &CompanySession, chosen: Option<&[String]>) -> PageResult<ChangeScope> {
    let version = session.manageable()?.version;
    Ok(ChangeScope { version, kinds: session.kind_rows(chosen), notice: None, errors: Vec::new() })
}

async fn change(session: CompanySession, HtmlForm(form): HtmlForm<ChangeForm>) -> PageResult {
    let mut view = view(&session, Some(&form.kind))?;
    // No version is one that nobody can have seen.
    let seen = form.version.parse().unwrap_or(0);
    let wish = Wish::Change { kinds: form.kind, seen };
    let key = match session.place(wish).await {
        Ok(response) => return Ok(response),
        Err(Fault::Refused(Refusal::NothingChosen)) => "change-nothing-chosen",
        Err(Fault::Refused(Refusal::NoChange)) => "change-nothing-changed",
        Err(Fault::Refused(Refusal::ChangedMeanwhile)) => {
            view.kinds = session.kind_rows(None);
            view.notice = Some(Message::new(Tone::Warning, "change-meanwhile"));
            return session.page_with(StatusCode::CONFLICT, &view);
        }
        Err(fault) => return Err(fault.into()),
    };
    view.errors.push(FieldError::new("kinds", key));
    session.page(&view)
}

//! *Välj företag*. A person of one company never sees it.

use super::{nav, session::UserSession};
use crate::{app::App, company::Company, identity::session, paths};
use axum::{
    Router,
    extract::Query,
    response::{IntoResponse, Redirect},
    routing::get,
};
use bevaka_portal::company::shown_number;
use bevaka_store::{Tx, members::Member, persons::Membership};
use bevaka_web::{
    form::HtmlForm,
    local_path::{local, or_start},
    page::{At, View},
    page_error::{PageError, PageResult},
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::CHOOSE_COMPANY, get(show).post(choose))
}

#[derive(Clone, Serialize)]
pub struct ChooseCompany {
    pub companies: Vec<CompanyRow>,
    /// Where the person wanted to go.
    pub next: String,
}

#[derive(Clone, Serialize)]
pub struct CompanyRow {
    pub id: String,
    pub name: String,
    /// As people write it; masked where it is a personal number.
    pub number: String,
    /// What the person is there.
    pub roles: Vec<Role>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Signatory,
    Administrator,
    /// Neither.
    User,
}

impl View for ChooseCompany {
    const TEMPLATE: &'static str = "company";
    const TITLE: &'static str = "company-title";
    const AT: At = nav::OUTSIDE;
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CompanyQuery {
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CompanyForm {
    company: String,
    next: String,
}

async fn show(session: UserSession, Query(query): Query<CompanyQuery>) -> PageResult {
    let mut tx = session.browser.app.chassis.db.begin_read().await?;
    let mut companies = Vec::new();
    for membership in &session.signed_in.companies {
        companies.push(row(&session, &mut tx, membership).await?);
    }
    drop(tx);
    session.page(&ChooseCompany { companies, next: local(&query.next).unwrap_or_default().to_owned() })
}

async fn row(session: &UserSession, tx: &mut Tx, membership: &Membership) -> PageResult<CompanyRow> {
    let company = Company::load(tx, membership.organisation.id).await?;
    let may_sign = company.authority.may_sign(session.signed_in.person, session.browser.app.now());
    let is_administrator = company.member(membership.user).is_some_and(Member::is_administrator);
    let roles = [(may_sign, Role::Signatory), (is_administrator, Role::Administrator)];
    let mut roles: Vec<_> = roles.into_iter().filter_map(|(has, role)| has.then_some(role)).collect();
    if roles.is_empty() {
        roles.push(Role::User);
    }
    Ok(CompanyRow {
        id: membership.organisation.id.to_string(),
        name: membership.organisation.name.clone(),
        number: shown_number(&membership.organisation),
        roles,
    })
}

async fn choose(session: UserSession, HtmlForm(form): HtmlForm<CompanyForm>) -> PageResult {
    let company = form.company.parse().map_err(|_| PageError::not_found())?;
    session::choose(&session.browser.app, &session.token, &session.signed_in, company).await?;
    Ok(Redirect::to(or_start(&form.next)).into_response())
}

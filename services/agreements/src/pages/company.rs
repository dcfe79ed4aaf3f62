//! *Välj företag*, for people who are users of several.

use super::{
    answer::{Answer, Fields, without_company},
    visitor::{Person, id},
};
use crate::{
    app::App,
    company::Company,
    identity::session,
    paths,
    views::{ChooseCompany, CompanyRow, Role},
};
use axum::{
    Router,
    extract::Query,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bevaka_portal::{
    company::shown_number,
    local::{local, or_start},
};
use bevaka_store::{Tx, members::Member, persons::Membership};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::CHOOSE_COMPANY, get(show).post(choose))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    company: String,
    next: String,
}

async fn show(person: Person, Query(asked): Query<Asked>) -> Response {
    person.answer(without_company(page(&person, &asked.next).await))
}

async fn page(person: &Person, next: &str) -> Answer {
    let mut tx = person.browser.app.chassis.db.begin_read().await?;
    let mut companies = Vec::new();
    for membership in &person.signed_in.companies {
        companies.push(row(person, &mut tx, membership).await?);
    }
    let view = ChooseCompany { companies, next: local(next).unwrap_or_default().to_owned() };
    Ok(person.page(&view)?)
}

async fn row(person: &Person, tx: &mut Tx, membership: &Membership) -> Answer<CompanyRow> {
    let company = Company::load(tx, membership.organisation.id).await?;
    let may_sign = company.authority.may_sign(person.signed_in.person, person.browser.app.now());
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

async fn choose(person: Person, Fields(chosen): Fields<Chosen>) -> Response {
    person.answer(without_company(chosen_company(&person, &chosen).await))
}

async fn chosen_company(person: &Person, chosen: &Chosen) -> Answer {
    let Person { browser, token, signed_in } = person;
    session::choose(&browser.app, token, signed_in, id(&chosen.company)?).await?;
    Ok(Redirect::to(or_start(&chosen.next)).into_response())
}

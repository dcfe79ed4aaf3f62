//! `GET /company`: the company of the session, its agreement, and what I may do.

use super::{
    agreement::AgreementView,
    described::{self, ErrorsOfOurs, Forbidden, Unauthorized},
    session::who::CompanyName,
};
use crate::{App, company::Company};
use axum::{Json, extract::State};
use bevaka_domain::{agreement::HeldThrough, organisation::CompanyForm};
use bevaka_portal::bearer::Who;
use bevaka_store::members::Member;
use bevaka_web::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A company as its user sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct CompanyView {
    #[serde(flatten)]
    company: CompanyName,
    #[schema(schema_with = described::form)]
    form: CompanyForm,
    #[schema(schema_with = described::channel)]
    channel: HeldThrough,
    /// What is in force.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement: Option<AgreementView>,
    /// What the person signed in may do.
    rights: Rights,
    /// Who may take part in signing, by name.
    signatories: Vec<String>,
    /// Who grants permissions, by name.
    administrators: Vec<String>,
}

/// What a person may do for the company.
#[derive(Serialize, ToSchema)]
pub(super) struct Rights {
    /// Take part in signing: connect, change, end.
    may_sign: bool,
    /// Grant and withdraw permissions, block, order users.
    is_administrator: bool,
    /// Choose watches once there is an agreement.
    has_access: bool,
}

/// The company of the session, its agreement, and what the person signed in may do.
///
/// # Errors
/// 403 before a company is chosen.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/company",
    operation_id = "getCompany",
    responses((status = OK, description = "The company.", body = CompanyView), Unauthorized, Forbidden, ErrorsOfOurs),
)]
pub(super) async fn get(State(app): State<App>, Who(caller): Who) -> Result<Json<CompanyView>, Problem> {
    let now = app.now();
    let company = Company::load(&mut app.chassis.db.begin_read().await?, caller.organisation).await?;
    let me = company.member(caller.user);
    let rights = Rights {
        may_sign: company.authority.may_sign(caller.person, now),
        is_administrator: me.is_some_and(Member::is_administrator),
        has_access: me.is_some_and(Member::has_access),
    };
    Ok(Json(CompanyView {
        company: CompanyName::new(&company.organisation),
        form: company.organisation.form,
        channel: caller.channel,
        agreement: company.agreement.as_ref().map(AgreementView::from),
        rights,
        signatories: company.signatories(now).map(|member| member.name.clone()).collect(),
        administrators: company.administrators().map(|member| member.name.clone()).collect(),
    }))
}

//! The company of the session, its agreement, and what the person signed in may do.

use super::{
    agreement::AgreementView,
    problems::{CommonErrors, JsonResult},
    session::CompanyName,
};
use crate::{App, company::Company};
use axum::{Json, extract::State};
use bevaka_domain::{agreement::HeldThrough, organisation::CompanyForm};
use bevaka_portal::{Caller, company::names};
use serde::Serialize;
use utoipa::ToSchema;

/// A company as its user sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct CompanyView {
    #[serde(flatten)]
    company: CompanyName,
    /// The legal form.
    form: CompanyForm,
    /// In which internet bank.
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
#[utoipa::path(
    get,
    path = "/api/agreements/v1/company",
    operation_id = "getCompany",
    responses((status = OK, description = "The company.", body = CompanyView), CommonErrors),
)]
pub(super) async fn get(app: State<App>, caller: Caller) -> JsonResult<CompanyView> {
    let now = app.now();
    let company = Company::load(&mut app.chassis.db.begin_read().await?, caller.organisation).await?;
    let rights = Rights {
        may_sign: company.is_signatory(caller, now),
        is_administrator: company.is_administrator(caller),
        has_access: company.has_access(caller),
    };
    Ok(Json(CompanyView {
        company: CompanyName::new(&company.organisation),
        form: company.organisation.form,
        channel: caller.channel,
        agreement: company.agreement.as_ref().map(AgreementView::from),
        rights,
        signatories: names(company.signatories(now)),
        administrators: names(company.administrators()),
    }))
}

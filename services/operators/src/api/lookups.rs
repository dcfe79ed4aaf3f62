//! `POST /dispatcher/api/contacts/lookup`, `…/companies/lookup`: what is searched by in the place of what must not stand in
//! an address.

use super::{
    operator::{Operator, may},
    refusals::Refusals,
};
use crate::{app::App, queries::search};
use axum::{Json, extract::State};
use bevaka_domain::{
    contact::Address, ids::OrganisationId, organisation::OrganisationNumber, watch::Channel,
};
use bevaka_web::{
    body::JsonBody,
    openapi::{BodyFaults, NotFound},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A number or an address.
#[derive(Deserialize, ToSchema)]
pub struct ContactAsked {
    /// By which way it is reached; left out: as it is written.
    #[serde(default)]
    #[schema(nullable = false)]
    channel: Option<Channel>,
    /// A mobile number or an e-mail address, in any usual spelling.
    address: String,
}

/// What a contact point is searched by.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ContactHash {
    /// To be given as `contact`. It is there also of an address that nobody has.
    #[schema(min_length = 64, max_length = 64)]
    pub contact: String,
}

/// A company.
#[derive(Deserialize, ToSchema)]
pub struct CompanyAsked {
    /// Its organisation number.
    number: OrganisationNumber,
}

/// What a company is searched by.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CompanyId {
    /// Our id, to be given as `company`.
    pub company: OrganisationId,
    /// Its name.
    pub name: String,
}

/// What an address is searched by: its keyed hash.
#[utoipa::path(
    post,
    path = "/dispatcher/api/contacts/lookup",
    operation_id = "lookUpContact",
    request_body = ContactAsked,
    responses((status = OK, description = "Its hash.", body = ContactHash), BodyFaults, Refusals),
)]
pub(super) async fn contact(
    State(app): State<App>,
    _: Operator<may::See>,
    JsonBody(asked): JsonBody<ContactAsked>,
) -> Result<Json<ContactHash>, Problem> {
    let address = match asked.channel {
        Some(channel) => Address::parse(channel, &asked.address),
        None => asked.address.parse(),
    };
    let address =
        address.map_err(|fault| Problem::invalid_field("address", format!("address is {fault}.")))?;
    Ok(Json(ContactHash { contact: hex::encode(app.vault.address_hash(&address)) }))
}

/// What a company is searched by: our id.
#[utoipa::path(
    post,
    path = "/dispatcher/api/companies/lookup",
    operation_id = "lookUpCompany",
    request_body = CompanyAsked,
    responses(
        (status = OK, description = "The company.", body = CompanyId),
        NotFound, BodyFaults, Refusals,
    ),
)]
pub(super) async fn company(
    State(app): State<App>,
    _: Operator<may::See>,
    JsonBody(asked): JsonBody<CompanyAsked>,
) -> Result<Json<CompanyId>, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    let (company, name) = search::company(&mut tx, asked.number).await?;
    let known = company.id.zip(name).map(|(company, name)| Json(CompanyId { company, name }));
    known.ok_or_else(Problem::not_found)
}

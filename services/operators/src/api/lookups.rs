//! `POST /dispatcher/api/contacts/lookup`, `…/companies/lookup`: what is searched by in the place of what must not stand in
//! an address.

use super::{
    Caller,
    refusals::{Invalid, NotFound, Refusals, TooLarge, Unreadable, unavailable},
};
use crate::{
    app::App,
    queries::{search, words},
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
};
use bevaka_domain::{
    contact::{Address, InvalidAddress},
    ids::OrganisationId,
    operator::Act,
    organisation::OrganisationNumber,
    watch::Channel,
};
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

/// A number or an address.
#[derive(Deserialize, ToSchema)]
pub struct ContactAsked {
    /// By which way it is reached; left out: as it is written.
    #[serde(default)]
    #[schema(schema_with = words::channel, required = false)]
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
    number: String,
}

/// What a company is searched by.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CompanyId {
    /// Our id, to be given as `company`.
    #[schema(value_type = String, format = Uuid)]
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
    responses((status = OK, description = "Its hash.", body = ContactHash), Unreadable, TooLarge, Invalid, Refusals),
)]
pub(super) async fn contact(
    State(app): State<App>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ContactHash>, Problem> {
    caller.may(Act::See)?;
    let asked: ContactAsked = body_of(body)?;
    let address = match asked.channel {
        Some(channel) => Address::parse(channel, &asked.address),
        None => asked.address.parse(),
    };
    let address = address.map_err(|fault: InvalidAddress| {
        invalid("address", format!("address is {fault}."), "Correct it and ask again.")
    })?;
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
        Unreadable, NotFound, TooLarge, Invalid, Refusals,
    ),
)]
pub(super) async fn company(
    State(app): State<App>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<CompanyId>, Problem> {
    caller.may(Act::See)?;
    let asked: CompanyAsked = body_of(body)?;
    let number = OrganisationNumber::parse(&asked.number)
        .map_err(|fault| invalid("number", format!("number: {fault}."), "Correct it and ask again."))?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        search::company(&mut tx, number).await
    };
    let (company, name) = found.await.map_err(|error| unavailable(&error))?;
    let known = company.id.zip(name).map(|(company, name)| Json(CompanyId { company, name }));
    known.ok_or_else(Problem::not_found)
}

fn body_of<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Problem> {
    let body = body.map_err(|_| Problem::too_large())?;
    let body: serde_json::Value = serde_json::from_slice(&body).map_err(|_| Problem::unreadable())?;
    serde_json::from_value(body).map_err(|_| Problem::invalid("body"))
}

fn invalid(field: &str, detail: String, action: &str) -> Problem {
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid field", detail, action);
    problem.coded("invalid_field").at(field)
}

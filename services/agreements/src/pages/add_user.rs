//! Adding a user, by an order that is signed.

use super::{nav, session::CompanySession};
use crate::{app::App, commands::place::Wish, fault::Fault, paths};
use axum::{Router, routing::get};
use bevaka_domain::{name::Name, person::PersonalNumber, signing::Refusal, user::Access};
use bevaka_web::{
    form::HtmlForm,
    page::{At, FieldError, View},
    page_error::PageResult,
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::ADD_USER, get(show).post(add))
}

/// The form, with what was typed.
#[derive(Clone, Default, Serialize)]
pub struct AddUser {
    pub name: String,
    pub number: String,
    pub access: Option<Access>,
    #[serde(skip)]
    pub errors: Vec<FieldError>,
}

impl View for AddUser {
    const TEMPLATE: &'static str = "add_user";
    const TITLE: &'static str = "add-user-title";
    const AT: At = nav::USERS;

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AddUserForm {
    name: String,
    number: String,
    access: String,
}

async fn show(session: CompanySession) -> PageResult {
    session.require_administrator()?;
    session.page(&AddUser::default())
}

async fn add(session: CompanySession, HtmlForm(form): HtmlForm<AddUserForm>) -> PageResult {
    session.require_administrator()?;
    let AddUserForm { name, number, access } = form;
    let access = match access.as_str() {
        "unrestricted" => Some(Access::Unrestricted),
        "restricted" => Some(Access::Restricted),
        _ => None,
    };
    let mut errors = Vec::new();
    if Name::parse(&name).is_err() {
        errors.push(FieldError::new("name", "add-user-name-fault"));
    }
    if PersonalNumber::parse(&number).is_err() {
        errors.push(FieldError::new("number", "add-user-number-fault"));
    }
    match access {
        None => errors.push(FieldError::new("access", "add-user-access-fault")),
        Some(access) if errors.is_empty() => {
            let wish = Wish::AddUser { name: name.clone(), number: number.clone(), access };
            match session.place(wish).await {
                Ok(response) => return Ok(response),
                Err(Fault::Refused(Refusal::UserExists)) => {
                    errors.push(FieldError::new("number", "add-user-already"));
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Some(_) => {}
    }
    session.page(&AddUser { name, number, access, errors })
}

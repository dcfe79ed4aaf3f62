//! Adding a user, by an order that is signed.

use super::{
    answer::{Answer, Fields},
    visitor::Visitor,
};
use crate::{
    app::App,
    commands::place::{Wish, place},
    fault::{Fault, Field},
    paths,
    views::{Act, AddUser, AddUserFault},
};
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bevaka_domain::{name::Name, person::PersonalNumber, signing::Refusal, user::Access};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::ADD_USER, get(show).post(add))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    number: String,
    access: String,
}

async fn show(visitor: Visitor) -> Response {
    let answer = visitor.administering().map_err(Into::into).and_then(|()| visitor.page(&AddUser::default()));
    visitor.answer(Act::Users, answer)
}

async fn add(visitor: Visitor, Fields(typed): Fields<Typed>) -> Response {
    visitor.answer(Act::Users, placed(&visitor, typed).await)
}

async fn placed(visitor: &Visitor, typed: Typed) -> Answer {
    visitor.administering()?;
    let Typed { name, number, access } = typed;
    let access = match access.as_str() {
        "unrestricted" => Some(Access::Unrestricted),
        "restricted" => Some(Access::Restricted),
        _ => None,
    };
    let mut view = AddUser { name, number, access, faults: Vec::new() };
    if Name::parse(&view.name).is_err() {
        view.faults.push(AddUserFault::Name);
    }
    if PersonalNumber::parse(&view.number).is_err() {
        view.faults.push(AddUserFault::Number);
    }
    let Some(access) = access else {
        view.faults.push(AddUserFault::Access);
        return visitor.page_with(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    if !view.faults.is_empty() {
        return visitor.page_with(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    let wish = Wish::AddUser { name: view.name.clone(), number: view.number.clone(), access };
    view.faults.push(match place(visitor.app(), visitor.caller, wish, visitor.language()).await {
        Ok(order) => return Ok(Redirect::to(&paths::order(order)).into_response()),
        Err(Fault::Refused(Refusal::UserExists)) => AddUserFault::AlreadyUser,
        Err(Fault::Field(Field::Name)) => AddUserFault::Name,
        Err(Fault::Field(_)) => AddUserFault::Number,
        Err(fault) => return Err(fault.into()),
    });
    visitor.page_with(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

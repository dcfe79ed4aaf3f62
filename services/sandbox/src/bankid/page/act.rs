//! What somebody does in the app. Each answer is a redirect, so that a reload repeats nothing.

use super::{
    super::order::{Failure, Hint, Holder, Order, Refused},
    App, order_page, way_back,
};
use axum::{
    Form, Router,
    extract::{Path, State},
    http::HeaderMap,
    response::Redirect,
    routing::post,
};
use bevaka_domain::clock::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/sandbox/bankid/orders/{reference}/open", post(open))
        .route("/sandbox/bankid/orders/{reference}/choose", post(choose))
        .route("/sandbox/bankid/orders/{reference}/code", post(code))
        .route("/sandbox/bankid/orders/{reference}/cancel", post(cancel))
        .route("/sandbox/bankid/orders/{reference}/fail", post(fail))
        .route("/sandbox/bankid/orders/{reference}/show", post(show))
}

/// Somebody opens an order of the list.
async fn open(State(app): State<App>, Path(reference): Path<String>) -> Redirect {
    answer(&reference, change(&app, &reference, Order::open))
}

#[derive(Deserialize)]
struct Chosen {
    /// A person's id and a kind, as `anna/mobile`.
    bankid: String,
}

async fn choose(
    State(app): State<App>,
    Path(reference): Path<String>,
    Form(Chosen { bankid }): Form<Chosen>,
) -> Redirect {
    let holder = bankid.split_once('/').and_then(|(id, method)| {
        let person = Arc::clone(app.service.persons.by_id(id)?);
        Some(Holder { person, method: method.parse().ok()? })
    });
    let now = app.service.clock.now();
    let chosen = match holder {
        Some(holder) => app.service.orders().choose(&reference, holder, now),
        None => Err(Refused::NotHeld),
    };
    answer(&reference, chosen)
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

async fn code(
    State(app): State<App>,
    Path(reference): Path<String>,
    headers: HeaderMap,
    Form(Code { code }): Form<Code>,
) -> Redirect {
    match app.service.enter_code(&reference, code.trim()).await {
        Ok(()) => leave(&app, &reference, &headers),
        refused => answer(&reference, refused),
    }
}

async fn cancel(State(app): State<App>, Path(reference): Path<String>, headers: HeaderMap) -> Redirect {
    match change(&app, &reference, |order, now| order.fail(Failure::UserCancel, now)) {
        Ok(()) => leave(&app, &reference, &headers),
        refused => answer(&reference, refused),
    }
}

#[derive(Deserialize)]
struct Failed {
    failure: Failure,
}

async fn fail(
    State(app): State<App>,
    Path(reference): Path<String>,
    Form(Failed { failure }): Form<Failed>,
) -> Redirect {
    answer(&reference, change(&app, &reference, |order, now| order.fail(failure, now)))
}

#[derive(Deserialize)]
struct Shown {
    hint: Hint,
}

async fn show(
    State(app): State<App>,
    Path(reference): Path<String>,
    Form(Shown { hint }): Form<Shown>,
) -> Redirect {
    answer(&reference, change(&app, &reference, |order, now| order.show(hint, now)))
}

fn change(
    app: &App,
    reference: &str,
    act: impl FnOnce(&mut Order, Timestamp) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let now = app.service.clock.now();
    let mut orders = app.service.orders();
    act(orders.find(reference, now).ok_or(Refused::Over)?, now)
}

/// Back where somebody came from, or to the order's own page, which says how it ended.
fn leave(app: &App, reference: &str, headers: &HeaderMap) -> Redirect {
    let now = app.service.clock.now();
    let return_to = app.service.orders().find(reference, now).and_then(|order| order.return_to.clone());
    let back = way_back(return_to.as_deref(), headers);
    Redirect::to(&back.unwrap_or_else(|| order_page(reference)))
}

fn answer(reference: &str, done: Result<(), Refused>) -> Redirect {
    let page = order_page(reference);
    let refused = match done {
        // The page of an order that is over says so itself.
        Ok(()) | Err(Refused::Over | Refused::WrongCode { left: 0 }) => return Redirect::to(&page),
        Err(Refused::WrongCode { left }) => return Redirect::to(&format!("{page}?refused=code&left={left}")),
        Err(Refused::NothingChosen | Refused::NotHeld) => "bankid",
        Err(Refused::OtherKind) => "kind",
        Err(Refused::OtherPerson) => "person",
    };
    Redirect::to(&format!("{page}?refused={refused}"))
}

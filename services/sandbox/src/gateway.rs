//! An SMS gateway that speaks as 46elks does: form in, JSON out, a report afterwards.

use crate::{
    message::{Content, Draft, Status, carriage},
    report::{Reporter, wire_time},
    store::Store,
};
use axum::{
    Form, Json, Router,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bevaka_domain::clock::Clock;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What 46elks would charge for one segment, in ten thousandths of a krona.
const COST: u32 = 3_500;
/// A number that ends so is reported as failed.
pub(crate) const FAILING: &str = "0000";

#[derive(Clone)]
pub(crate) struct Gateway {
    pub store: Arc<Store>,
    pub reporter: Reporter,
    pub clock: Arc<dyn Clock>,
}

pub(crate) fn router(gateway: Gateway) -> Router {
    Router::new().route("/sandbox/46elks/a1/sms", post(send)).with_state(gateway)
}

#[derive(Deserialize)]
struct Order {
    from: String,
    to: String,
    message: String,
    whendelivered: Option<String>,
}

#[derive(Serialize)]
struct Receipt<'a> {
    id: &'a str,
    status: &'static str,
    direction: &'static str,
    from: &'a str,
    to: &'a str,
    message: &'a str,
    created: String,
    parts: u32,
    cost: u32,
}

/// 46elks refuses with a line of text, not with JSON.
#[derive(Debug)]
enum Refused {
    NoCredentials,
    Form,
    Order(&'static str),
    Store,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::NoCredentials => {
                let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"46elks\"")];
                (StatusCode::UNAUTHORIZED, ask, "API access requires Basic HTTP authentication\n")
                    .into_response()
            }
            Self::Form => (StatusCode::BAD_REQUEST, "Missing key from, to or message\n").into_response(),
            Self::Order(fault) => (StatusCode::FORBIDDEN, fault).into_response(),
            Self::Store => (StatusCode::INTERNAL_SERVER_ERROR, "Not stored\n").into_response(),
        }
    }
}

async fn send(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    order: Result<Form<Order>, FormRejection>,
) -> Result<Response, Refused> {
    if !has_credentials(&headers) {
        return Err(Refused::NoCredentials);
    }
    let Form(order) = order.map_err(|_| Refused::Form)?;
    let report_to = check(&order)?;
    let status = if order.to.ends_with(FAILING) { Status::Failed } else { Status::Delivered };
    let content = Content::Sms { text: order.message.clone(), status };
    let draft = Draft { from: order.from.clone(), to: order.to.clone(), content };
    let message = gateway.store.add(draft).await.map_err(|fault| {
        tracing::error!(error = %fault, "an SMS was not stored");
        Refused::Store
    })?;
    if let Some(address) = report_to {
        gateway.reporter.send(address, message.reference.clone(), status);
    }
    let (_, parts) = carriage(&order.message);
    let receipt = Receipt {
        id: &message.reference,
        status: "created",
        direction: "outgoing",
        from: &order.from,
        to: &order.to,
        message: &order.message,
        created: wire_time(&*gateway.clock),
        parts,
        cost: COST * parts,
    };
    Ok(Json(receipt).into_response())
}

/// The address for the report, if one was given and everything else is as the gateway wants it.
fn check(order: &Order) -> Result<Option<Url>, Refused> {
    if !is_number(&order.to) {
        return Err(Refused::Order("Invalid to number, use international format such as +46701740605\n"));
    }
    let name = (1..=11).contains(&order.from.len()) && order.from.bytes().all(|b| b.is_ascii_alphanumeric());
    if !name && !is_number(&order.from) {
        return Err(Refused::Order("Invalid from, use at most 11 letters and digits or a number\n"));
    }
    if order.message.is_empty() {
        return Err(Refused::Order("Empty message\n"));
    }
    match order.whendelivered.as_deref().filter(|address| !address.is_empty()) {
        None => Ok(None),
        Some(address) => match Url::parse(address) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
            _ => Err(Refused::Order("Invalid whendelivered, use an http address\n")),
        },
    }
}

fn is_number(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Any account and secret will do, but there must be both.
fn has_credentials(headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| BASE64_STANDARD.decode(encoded.trim()).ok())
        .and_then(|pair| String::from_utf8(pair).ok())
        .and_then(|pair| {
            pair.split_once(':').map(|(account, secret)| !account.is_empty() && !secret.is_empty())
        })
        .unwrap_or(false)
}

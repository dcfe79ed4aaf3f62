//! The BankID app as pages: who somebody is, what they sign, and their code.

mod act;
mod view;

use super::BankId;
use crate::page::{Section, frame};
use axum::{
    Form, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use bevaka_domain::language::Language;
use bevaka_web::{
    language::RequestLanguage,
    layout::{Here, Link},
    pages::{Pages, ViewError},
    problem::{Problem, Refusal},
};
use serde::Deserialize;
use std::sync::Arc;
use view::{List, Notice, OrderView};

pub(super) const HOME: &str = "/sandbox/bankid";

#[derive(Clone)]
pub(crate) struct App {
    pub service: Arc<BankId>,
    pub pages: Pages,
}

pub(crate) fn router(service: Arc<BankId>, pages: Pages) -> Router {
    Router::new()
        .route(HOME, get(list))
        .route("/sandbox/bankid/list", get(fragment))
        .route("/sandbox/bankid/start", get(start))
        .route("/sandbox/bankid/scan", post(scan))
        .route("/sandbox/bankid/orders/{reference}", get(show))
        .merge(act::router())
        .with_state(App { service, pages })
}

fn order_page(reference: &str) -> String {
    format!("{HOME}/orders/{reference}")
}

async fn list(
    State(app): State<App>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Query(notice): Query<Notice>,
) -> Result<Html<String>, Problem> {
    let title = app.pages.text(language, "bankid-title")?;
    let frame = frame(&app.pages, &title, language, &here, Section::BankId)?;
    let list = List::of(&app, notice.text(&app.pages, language)?);
    Ok(app.pages.page(language, "bankid", &frame, &list)?)
}

/// The pending orders alone, for the script that keeps them fresh.
async fn fragment(
    State(app): State<App>,
    RequestLanguage(language): RequestLanguage,
) -> Result<Html<String>, Problem> {
    Ok(app.pages.fragment(language, "bankid-orders", &List::of(&app, None))?)
}

async fn show(
    State(app): State<App>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Path(reference): Path<String>,
    Query(notice): Query<Notice>,
) -> Result<Response, Problem> {
    let notice = notice.text(&app.pages, language)?;
    let Some(view) = OrderView::of(&app, &reference, notice) else {
        return Ok(gone(&app, language, &here)?);
    };
    let title = app.pages.text(language, if view.sign { "bankid-sign" } else { "bankid-identify" })?;
    let frame = frame(&app.pages, &title, language, &here, Section::BankId)?.close(HOME);
    Ok(app.pages.page(language, "bankid-order", &frame, &view)?.into_response())
}

#[derive(Deserialize)]
struct StartLink {
    autostarttoken: String,
    redirect: Option<String>,
}

/// The app is opened on the same device, as `https://app.bankid.com/?autostarttoken=…` does it.
async fn start(
    State(app): State<App>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Query(link): Query<StartLink>,
) -> Result<Response, Problem> {
    let now = app.service.clock.now();
    let found = {
        let mut orders = app.service.orders();
        orders.by_auto_start(&link.autostarttoken).and_then(|order| {
            order.open(now).ok()?;
            // "null" is how BankID spells that nobody waits to be led back.
            if let Some(redirect) = link.redirect.filter(|redirect| redirect != "null") {
                order.return_to = Some(redirect);
            }
            Some(order.tokens.reference.clone())
        })
    };
    match found {
        Some(reference) => Ok(Redirect::to(&order_page(&reference)).into_response()),
        None => Ok(gone(&app, language, &here)?),
    }
}

#[derive(Deserialize)]
struct Scanned {
    qr: String,
}

/// What a camera would do: somebody pastes the text of a QR code.
async fn scan(State(app): State<App>, Form(Scanned { qr }): Form<Scanned>) -> Redirect {
    let now = app.service.clock.now();
    let mut orders = app.service.orders();
    let found = orders.by_qr(&qr, now).and_then(|order| {
        order.open(now).ok()?;
        Some(order.tokens.reference.clone())
    });
    match found {
        Some(reference) => Redirect::to(&order_page(&reference)),
        None => Redirect::to(&format!("{HOME}?refused=qr")),
    }
}

fn gone(app: &App, language: Language, here: &Here) -> Result<Response, ViewError> {
    let text = |key| app.pages.text(language, key);
    let refusal = Refusal {
        status: StatusCode::NOT_FOUND,
        title: text("bankid-gone-title")?,
        reason: text("bankid-gone-reason")?,
        action: text("bankid-gone-action")?,
        link: Some(Link { href: HOME.to_owned(), text: text("bankid-title")? }),
    };
    let frame = frame(&app.pages, &refusal.title, language, here, Section::BankId)?;
    Ok((refusal.status, refusal.page(&app.pages, language, &frame)?).into_response())
}

/// Where the app leads somebody back to by itself: only to the site that it is part of itself.
fn way_back(return_to: Option<&str>, headers: &HeaderMap) -> Option<String> {
    let url = return_to?;
    if url.starts_with('/') && !url.starts_with("//") && !url.contains('\\') {
        return Some(url.to_owned());
    }
    let host = headers.get("host")?.to_str().ok()?;
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?.strip_prefix(host)?;
    (rest.is_empty() || rest.starts_with('/')).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_leads_back_to_its_own_site_alone() {
        let headers = HeaderMap::from_iter([("host".parse().unwrap(), "127.0.0.1:8080".parse().unwrap())]);
        let headers: HeaderMap = headers;
        for (url, leads) in [
            ("/sign/1?x=y", true),
            ("http://127.0.0.1:8080/sign", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("http://127.0.0.1:8080.evil.example/", false),
            ("http://127.0.0.1:8080@evil.example/", false),
            ("https://evil.example/", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(way_back(Some(url), &headers).is_some(), leads, "{url}");
        }
        assert_eq!(way_back(None, &headers), None);
    }
}

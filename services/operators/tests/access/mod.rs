//! Who gets in: operators by the bank's provider, clients by their tokens, and nobody without the role (R37–R41).

mod independent;
mod operations;
mod pages;
mod provider;
mod sign_in;
mod tokens;

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use bevaka_chassis::settings::Settings;
use bevaka_domain::{
    operator::{Operator, Role},
    trail::{Writer, chain::Link},
};
use bevaka_store::{operator_sessions, trail};
use bevaka_support::house::House;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};
use tower::ServiceExt;

/// The cookie of an operator's session.
const SESSION: &str = "__Host-bevaka-drift";

/// The operators' side of a house with some settings changed, and wrapped as a process wraps it.
fn router(house: &House, change: impl FnOnce(&mut Settings)) -> Router {
    let mut chassis = house.chassis.clone();
    let mut settings = (*chassis.settings).clone();
    change(&mut settings);
    chassis.settings = Arc::new(settings);
    let app = bevaka_operators::App::new(chassis, house.sms.clone(), house.email.clone()).unwrap();
    bevaka_web::serve::finish(bevaka_operators::router(&app), app.pages.clone(), &[])
}

/// Begins a session of somebody with these roles.
async fn begin_session(house: &House, cookie: &str, roles: &[Role]) {
    let operator = Operator {
        person: "karin.ek".to_owned(),
        client: None,
        name: "Karin Ek".to_owned(),
        roles: roles.iter().copied().collect(),
    };
    let mut tx = house.chassis.db.begin().await.unwrap();
    operator_sessions::delete(&mut tx, &Sha256::digest(cookie)).await.unwrap();
    let now = house.chassis.clock.now();
    operator_sessions::insert(&mut tx, &Sha256::digest(cookie), &operator, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// Who is signed in by a cookie.
async fn signed_in(house: &House, cookie: &str) -> Option<Operator> {
    let mut tx = house.chassis.db.begin_read().await.unwrap();
    let session = operator_sessions::find(&mut tx, &Sha256::digest(cookie)).await.unwrap();
    session.map(|session| session.operator)
}

/// What the trail says of signing in: the action, who, and the cause.
async fn noted(house: &House) -> Vec<(String, String, String)> {
    let mut tx = house.chassis.db.begin_read().await.unwrap();
    let links = trail::page(&mut tx, Writer::Operators, 0, 1_000).await.unwrap();
    let read = |link: Link| {
        let detail: Value = serde_json::from_str(&link.detail).unwrap();
        (link.action, link.actor, detail["cause"].as_str().unwrap_or_default().to_owned())
    };
    links.into_iter().map(read).collect()
}

async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A browser that keeps cookies.
struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

/// What a browser got.
struct Shown {
    status: StatusCode,
    location: String,
    policy: String,
    page: String,
}

impl Browser {
    const fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new() }
    }

    async fn get(&mut self, uri: &str) -> Shown {
        self.send(Request::get(uri), Body::empty()).await
    }

    async fn post(&mut self, uri: &str, form: &str) -> Shown {
        let request = Request::post(uri).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, form.to_owned().into()).await
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Shown {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).header(header::ACCEPT, "text/html");
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        for set in response.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(!set.starts_with("__Host-") || set.contains("; Secure"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let header =
            |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        Shown {
            status: response.status(),
            location: header(header::LOCATION),
            policy: header(header::CONTENT_SECURITY_POLICY),
            page: text(response).await,
        }
    }
}

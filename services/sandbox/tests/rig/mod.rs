//! A running sandbox with both its servers, and ways to ask it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use bevaka_chassis::entropy::Entropy;
use bevaka_domain::clock::{Clock, ManualClock, Timestamp};
use bevaka_sandbox::{BankIdOptions, OidcClient, OidcOptions, Sandbox, SandboxOptions};
use serde_json::Value;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const BASIC: &str = "Basic YWNjb3VudDpzZWNyZXQ=";

pub struct Rig {
    pub sandbox: Arc<Sandbox>,
    pub shutdown: CancellationToken,
    running: JoinHandle<()>,
}

pub async fn start(directory: &Path) -> Rig {
    start_at(directory, Arc::new(ManualClock::at(Timestamp::parse("2026-11-21T13:02:00Z").unwrap()))).await
}

pub async fn start_at(directory: &Path, clock: Arc<dyn Clock>) -> Rig {
    let options = SandboxOptions {
        smtp_listen: "127.0.0.1:0".parse().unwrap(),
        store_file: directory.join("new/store.jsonl"),
        clock,
        hint_command: "bevaka inject <hint>".to_owned(),
        bankid: BankIdOptions {
            listen: "127.0.0.1:0".parse().unwrap(),
            directory: directory.join("bankid"),
            persons_file: concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/sandbox/persons.toml").into(),
            entropy: Arc::new(Entropy::seeded(1)),
        },
        oidc: OidcOptions {
            issuer: "http://sandbox:8090/sandbox/oidc".to_owned(),
            pages_url: "http://127.0.0.1:8090".to_owned(),
            operators_file: concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/sandbox/operators.toml")
                .into(),
            client: OidcClient {
                id: "bevaka".to_owned(),
                secret: "s:e cret".to_owned().into(),
                site: "http://127.0.0.1:8083".to_owned(),
            },
        },
    };
    let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
    let shutdown = CancellationToken::new();
    let (mail, token) = (Arc::clone(&sandbox), shutdown.clone());
    let running = tokio::spawn(async move { mail.run(token).await });
    Rig { sandbox, shutdown, running }
}

impl Rig {
    pub async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.running).await.unwrap().unwrap();
    }

    pub async fn ask(&self, request: Request<Body>) -> Response<Body> {
        let router = bevaka_web::serve::finish(self.sandbox.router(), self.sandbox.pages(), &[]);
        router.oneshot(request).await.unwrap()
    }

    pub async fn get(&self, uri: &str) -> (StatusCode, String) {
        let request = Request::get(uri).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
        let response = self.ask(request).await;
        (response.status(), text(response).await)
    }

    pub async fn page(&self, uri: &str) -> String {
        let (status, page) = self.get(uri).await;
        assert_eq!(status, StatusCode::OK, "{uri}: {page}");
        page
    }

    pub async fn listed(&self, query: &str) -> Vec<Value> {
        serde_json::from_str(&self.page(&format!("/sandbox/api/messages{query}")).await).unwrap()
    }

    pub async fn sms(&self, form: &str) -> (StatusCode, String) {
        let response = self
            .ask(sms_request().header(header::AUTHORIZATION, BASIC).body(form.to_owned().into()).unwrap());
        let response = response.await;
        (response.status(), text(response).await)
    }
}

pub fn sms_request() -> axum::http::request::Builder {
    Request::post("/sandbox/46elks/a1/sms").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

pub async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 20_000_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

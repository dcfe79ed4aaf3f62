//! A relying party that sends what a test says, right or wrong.

use crate::rig::{self, Rig};
use bevaka_chassis::clock::SystemClock;
use bevaka_domain::clock::{Clock, ManualClock};
use reqwest::{Certificate, Client, Identity, StatusCode, header};
use serde_json::{Value, json};
use std::{fs, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;

/// A sandbox with its clock, and a client that has what it needs to talk to its BankID.
pub struct RelyingParty {
    pub rig: Rig,
    pub clock: Arc<ManualClock>,
    pub directory: TempDir,
    client: Client,
}

/// A client that trusts the sandbox; with the relying party's certificate or without.
pub fn client(bankid: &Path, identity: bool) -> Client {
    // Fails only if it is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = fs::read(bankid.join("server-ca.pem")).unwrap();
    let mut client = Client::builder().tls_certs_only([Certificate::from_pem(&authority).unwrap()]);
    if identity {
        let own = fs::read(bankid.join("relying-party.pem")).unwrap();
        client = client.identity(Identity::from_pem(&own).unwrap());
    }
    client.build().unwrap()
}

impl RelyingParty {
    /// Certificates are judged by this machine's clock, so the sandbox's begins there.
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let rig = rig::start_at(directory.path(), Arc::<ManualClock>::clone(&clock)).await;
        let client = client(&directory.path().join("bankid"), true);
        Self { rig, clock, directory, client }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}/rp/v6.0/{path}", self.rig.sandbox.bankid_addr().port())
    }

    pub async fn send(&self, path: &str, kind: &str, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
        let request = self.client.post(self.url(path)).header(header::CONTENT_TYPE, kind).body(body);
        let answer = request.send().await.unwrap();
        (answer.status(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
    }

    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.send(path, "application/json", body.to_string()).await
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer = self.client.get(self.url(path)).send().await.unwrap();
        (answer.status(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
    }

    /// Starts an order that must be taken.
    pub async fn begin(&self, path: &str, body: &Value) -> Value {
        let (status, started) = self.post(path, body).await;
        assert_eq!(status, StatusCode::OK, "{started}");
        started
    }

    /// Starts an order to identify with these requirements, and answers its reference.
    pub async fn auth(&self, requirement: &Value) -> String {
        let body = json!({"endUserIp": "192.0.2.1", "requirement": requirement});
        self.begin("auth", &body).await["orderRef"].as_str().unwrap().to_owned()
    }

    pub async fn collect(&self, order_ref: &str) -> Value {
        let (status, collected) = self.post("collect", &json!({"orderRef": order_ref})).await;
        assert_eq!(status, StatusCode::OK, "{collected}");
        collected
    }

    /// What the order's hint is, whether pending or failed.
    pub async fn hint(&self, order_ref: &str) -> String {
        let collected = self.collect(order_ref).await;
        collected["hintCode"].as_str().unwrap_or_else(|| panic!("{collected}")).to_owned()
    }

    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

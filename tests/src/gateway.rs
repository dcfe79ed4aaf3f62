//! An SMS gateway that takes everything and remembers it: the sink of the fault tests.

use axum::{Form, Json, Router, extract::State, routing::post};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

/// The gateway's file; the field `id` is the idempotency key of the alert.
const FILE: &str = r#"
base_url = "http://127.0.0.1:1"
[text]
max_segments = 8
[request]
method = "POST"
path = "/sms"
encoding = "form"
auth = { kind = "none" }
[request.fields]
to = "{{to}}"
text = "{{text}}"
id = "{{id}}"
[response]
success_statuses = [200]
id = "/reference"
"#;

type Received = Arc<Mutex<HashMap<String, u32>>>;

/// A running gateway.
pub struct Gateway {
    received: Received,
    url: String,
}

impl Gateway {
    /// Starts it on a free port.
    pub async fn start() -> Self {
        let received = Received::default();
        let router = Router::new().route("/sms", post(take)).with_state(received.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { received, url }
    }

    /// Writes the gateway's file into a configuration directory.
    pub fn describe(config_dir: &Path) {
        fs::write(config_dir.join("gateways/sink.toml"), FILE).unwrap();
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often each alert was received, by its key.
    pub fn received(&self) -> HashMap<String, u32> {
        self.received.lock().unwrap().clone()
    }
}

async fn take(State(received): State<Received>, Form(form): Form<HashMap<String, String>>) -> Json<Value> {
    let id = form.get("id").cloned().expect("every alert has its key");
    *received.lock().unwrap().entry(id.clone()).or_default() += 1;
    Json(json!({"reference": id}))
}

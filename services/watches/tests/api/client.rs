//! A program that uses the API. Every answer is looked up in the API's document.

use crate::house::House;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use bevaka_domain::signing::Method;
use bevaka_portal::{Caller, session::token_hash};
use bevaka_store::sessions::{self, Session as Stored};
use bevaka_watches::api;
use bevaka_web::serve;
use serde_json::{Value, json};
use std::sync::LazyLock;
use tower::ServiceExt;

const API: &str = "/api/watches/v1";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(api::openapi()).unwrap());

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

/// A user signed in.
pub struct Session {
    router: Router,
    pub token: String,
}

impl Answer {
    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Sees that it is a problem with this status and code, and whole (R46).
    #[track_caller]
    pub fn refuses(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        for part in ["type", "title", "detail", "action"] {
            assert!(self.body[part].as_str().is_some_and(|text| !text.is_empty()), "{part}: {}", self.text);
        }
        self.body
    }

    /// The version of watches.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.headers["etag"].to_str().unwrap().to_owned()
    }
}

/// The operation of the document that a request is for.
fn operation(method: &str, path: &str) -> Value {
    let path = path.split('?').next().unwrap();
    let is_it = |template: &str| {
        let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        template.len() == path.len()
            && template.iter().zip(path).all(|(part, given)| part.starts_with('{') || *part == given)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let found =
        paths.iter().find(|(template, item)| is_it(template) && item.get(method.to_lowercase()).is_some());
    found.unwrap_or_else(|| panic!("{method} {path} is not described")).1[method.to_lowercase()].clone()
}

/// The document names the status of an answer and, where it refuses, the code.
fn is_described(operation: &Value, answer: &Answer) {
    let described = &operation["responses"][answer.status.as_str()];
    let description = described["description"].as_str();
    let description = description.unwrap_or_else(|| panic!("{} is not described", answer.status));
    if let Some(code) = answer.body["code"].as_str() {
        assert!(description.contains(&format!("`{code}`")), "{code} is not described: {description}");
    }
}

impl House {
    /// A session of a user, from now on.
    pub async fn sign_in(&self, caller: Caller) -> Session {
        let now = self.now();
        let token = format!("token-of-{}-at-{now}", caller.user);
        let session = Stored {
            person: caller.person,
            user: Some(caller.user),
            channel: caller.channel,
            method: Method::Token,
            created_at: now,
            last_used_at: now,
        };
        let mut tx = self.db.begin().await.unwrap();
        sessions::insert(&mut tx, &token_hash(&token), &session).await.unwrap();
        tx.commit().await.unwrap();
        self.with_token(&token)
    }

    /// Whoever has this token.
    pub fn with_token(&self, token: &str) -> Session {
        let router = serve::finish(bevaka_watches::router(&self.app), self.app.pages.clone(), &[]);
        Session { router, token: token.to_owned() }
    }
}

impl Session {
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub async fn with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let address = format!("{API}{path}");
        let described = operation(method, &address);
        let mut request = Request::builder().method(method).uri(address);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status, headers: parts.headers, body, text };
        is_described(&described, &answer);
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.with("GET", path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with("POST", path, &[], Some(body)).await
    }

    /// A command without a body.
    pub async fn command(&self, path: &str) -> Answer {
        self.with("POST", path, &[], None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.with("DELETE", path, &[], None).await
    }

    /// The version that stands.
    pub async fn version(&self) -> String {
        self.get("/watches").await.etag()
    }

    /// Saves choices over a version.
    pub async fn save_over(&self, etag: &str, choices: &Value) -> Answer {
        self.with("PUT", "/watches", &[("if-match", etag)], Some(&json!({ "choices": choices }))).await
    }

    /// Saves choices over whatever stands.
    pub async fn save(&self, choices: &Value) -> Answer {
        self.save_over(&self.version().await, choices).await
    }

    /// Adds a contact point.
    pub async fn add(&self, channel: &str, address: &str) -> Answer {
        self.post("/contacts", &json!({"channel": channel, "address": address})).await
    }
}

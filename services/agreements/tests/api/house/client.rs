//! A program that uses the API.

use super::{House, Person, User};
use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt;

const API: &str = "/api/agreements/v1";

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

/// A person signed in.
#[derive(Clone)]
pub struct Session<'a> {
    house: &'a House,
    pub person: Person,
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
}

impl House {
    /// Asks with any headers.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{API}{path}"));
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
        Answer { status: parts.status, headers: parts.headers, body, text }
    }

    /// Begins to sign in with the security token.
    pub async fn begin_sign_in(&self, number: &str, channel: &str) -> Value {
        let wish = json!({"method": "token", "personal_number": number, "channel": channel});
        self.ask("POST", "/sign-in", &[], Some(&wish)).await.is(201)
    }

    /// Answers a challenge to sign in.
    pub async fn answer_sign_in(&self, begun: &Value, answer: &str) -> Answer {
        let path = format!("/sign-in/{}/answer", begun["attempt"].as_str().unwrap());
        let secret = [("attempt-secret", begun["secret"].as_str().unwrap())];
        self.ask("POST", &path, &secret, Some(&json!({"answer": answer}))).await
    }

    /// Turns a try into a session.
    pub async fn start_session(&self, begun: &Value) -> Answer {
        let path = format!("/sign-in/{}/session", begun["attempt"].as_str().unwrap());
        self.ask("POST", &path, &[("attempt-secret", begun["secret"].as_str().unwrap())], None).await
    }

    /// Signs a person in.
    pub async fn sign_in_person(&self, person: &Person, channel: &str) -> Session<'_> {
        let begun = self.begin_sign_in(person.number, channel).await;
        let answer = person.responds(begun["token"]["challenge"].as_str().unwrap());
        assert_eq!(self.answer_sign_in(&begun, &answer).await.is(200)["state"], "proven");
        let token = self.start_session(&begun).await.is(201)["token"].as_str().unwrap().to_owned();
        Session { house: self, person: person.clone(), token }
    }

    /// Signs a user in to the corporate internet bank.
    pub async fn sign_in(&self, user: &User) -> Session<'_> {
        self.sign_in_person(&user.person, "corporate").await
    }
}

impl Session<'_> {
    pub async fn with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers: Vec<_> = [("authorization", bearer.as_str())].iter().chain(headers).copied().collect();
        self.house.ask(method, path, &headers, body).await
    }

    /// Chooses the language of the user.
    pub async fn speak(&self, language: &str) -> Answer {
        self.with("PUT", "/session/language", &[], Some(&json!({ "language": language }))).await
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

    /// Tries to place an order to connect.
    pub async fn connect(&self, kinds: &[&str]) -> Answer {
        self.post("/orders", &json!({"kind": "connect", "kinds": kinds})).await
    }

    /// Tries to place an order to change.
    pub async fn change(&self, kinds: &[&str], version: u32) -> Answer {
        self.post("/orders", &json!({"kind": "change", "kinds": kinds, "version": version})).await
    }

    /// Begins to sign an order.
    pub async fn begin_signing(&self, order: &str) -> Answer {
        self.post(&format!("/orders/{order}/signing"), &json!({"method": "token"})).await
    }

    /// Answers the challenge of a try to sign.
    pub async fn answer(&self, order: &str, begun: &Value, answer: &str) -> Answer {
        let path = format!("/orders/{order}/signing/{}/answer", begun["attempt"].as_str().unwrap());
        self.post(&path, &json!({"answer": answer})).await
    }

    /// Signs an order; gives what came of the try.
    pub async fn sign(&self, order: &str) -> Value {
        let begun = self.begin_signing(order).await.is(201);
        let answer = self.person.responds(begun["token"]["challenge"].as_str().unwrap());
        self.answer(order, &begun, &answer).await.is(200)
    }

    /// Places an order and signs it; gives its id.
    pub async fn order_and_sign(&self, order: &Value) -> String {
        let placed = self.post("/orders", order).await.is(201);
        let id = placed["order"].as_str().unwrap().to_owned();
        self.sign(&id).await;
        id
    }

    /// Connects the company of somebody who signs alone.
    pub async fn connect_and_sign(&self, kinds: &[&str]) -> String {
        self.order_and_sign(&json!({"kind": "connect", "kinds": kinds})).await
    }
}

//! An `OpenID` provider that says whatever a test wants it to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path},
};

/// The client's secret.
pub const SECRET: &str = "a secret of the client's";

/// The provider.
pub struct Provider {
    server: MockServer,
    keys: Arc<Mutex<Value>>,
    answer: Arc<Mutex<ResponseTemplate>>,
}

/// A key of the provider's, or somebody else's.
pub struct Key {
    id: String,
    pair: EcdsaKeyPair,
}

struct Held<T>(Arc<Mutex<T>>);

impl Respond for Held<Value> {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_json(&*self.0.lock().unwrap())
    }
}

impl Respond for Held<ResponseTemplate> {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.0.lock().unwrap().clone()
    }
}

impl Key {
    pub fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self {
            id: id.to_owned(),
            pair: EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap(),
        }
    }

    fn public(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let part = |bytes| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": part(x), "y": part(y)})
    }

    /// Claims signed by this key.
    pub fn sign(&self, claims: &Value) -> String {
        let signed = unsigned(&json!({"alg": "ES256", "typ": "JWT", "kid": self.id}), claims);
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Claims that nobody signed.
pub fn by_nobody(claims: &Value) -> String {
    format!("{}.", unsigned(&json!({"alg": "none", "typ": "JWT"}), claims))
}

/// Claims signed by what the client itself knows.
pub fn by_secret(claims: &Value) -> String {
    let signed = unsigned(&json!({"alg": "HS256", "typ": "JWT"}), claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

impl Provider {
    pub async fn start(key: &Key) -> Self {
        let server = MockServer::start().await;
        let issuer = server.uri();
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            // What it offers beyond what counts must not make it count.
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256"],
        });
        let keys = Arc::new(Mutex::new(json!({"keys": [key.public()]})));
        let answer = Arc::new(Mutex::new(ResponseTemplate::new(500)));
        for (verb, at, mock) in [
            ("GET", "/.well-known/openid-configuration", Mock::given(method("GET"))),
            ("GET", "/jwks", Mock::given(method("GET"))),
            ("POST", "/token", Mock::given(method("POST"))),
        ] {
            let mock = mock.and(path(at));
            let mock = match (verb, at) {
                ("POST", _) => mock.respond_with(Held(answer.clone())),
                (_, "/jwks") => mock.respond_with(Held(keys.clone())),
                _ => mock.respond_with(ResponseTemplate::new(200).set_body_json(&document)),
            };
            mock.mount(&server).await;
        }
        Self { server, keys, answer }
    }

    pub fn issuer(&self) -> String {
        self.server.uri()
    }

    /// From now on it has this key and no other.
    pub fn takes_key(&self, key: &Key) {
        *self.keys.lock().unwrap() = json!({"keys": [key.public()]});
    }

    /// Against the next code it gives this token, or an answer without one.
    pub fn gives(&self, token: Option<&str>) {
        let mut body = json!({"access_token": "a", "token_type": "Bearer", "expires_in": 60});
        if let Some(token) = token {
            body["id_token"] = json!(token);
        }
        *self.answer.lock().unwrap() = ResponseTemplate::new(200).set_body_json(body);
    }

    /// It takes no code.
    pub fn refuses(&self) {
        let body =
            json!({"error": "invalid_grant", "error_description": "karin.ek@bank.example has used it"});
        *self.answer.lock().unwrap() = ResponseTemplate::new(400).set_body_json(body);
    }

    /// What was asked of an address of it.
    pub async fn asked(&self, at: &str) -> Vec<Request> {
        let asked = self.server.received_requests().await.unwrap();
        asked.into_iter().filter(|request| request.url.path() == at).collect()
    }
}

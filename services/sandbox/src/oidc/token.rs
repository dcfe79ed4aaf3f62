//! The provider's token endpoint: a code against an ID token (RFC 6749, 4.1.3; `OpenID` Connect Core 1.0, 3.1.3).

use super::{Parts, Provider, codes::Grant};
use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bevaka_domain::clock::Timestamp;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

/// How long an ID token counts, in seconds.
const LIFETIME_S: i64 = 300;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    client_id: String,
    client_secret: String,
}

pub(super) async fn exchange(
    State(Provider(provider)): State<Provider>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    if !is_client(&provider, &headers, &sent) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if sent.grant_type != "authorization_code" {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let now = provider.clock.now();
    let grant = provider.codes.take(&sent.code, now);
    let Some(grant) = grant.filter(|grant| is_theirs(grant, &sent)) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    match answer(&provider, &grant, now) {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => {
            tracing::error!(%error, "the sandbox's provider gave no token");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "server_error")
        }
    }
}

/// By the header, in which both parts are written as in a form (RFC 6749, 2.3.1), or by the form.
fn is_client(provider: &Parts, headers: &HeaderMap, sent: &Sent) -> bool {
    let by_header = headers.get(header::AUTHORIZATION).map(|value| {
        let basic = value.to_str().ok()?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some((decoded(id), decoded(secret)))
    });
    let given = match by_header {
        Some(given) => given,
        None => Some((sent.client_id.clone(), sent.client_secret.clone())),
    };
    given.is_some_and(|(id, secret)| {
        id == provider.client.id && secret == provider.client.secret.expose_secret()
    })
}

fn decoded(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

/// Whoever sends the code is who it was made for.
fn is_theirs(grant: &Grant, sent: &Sent) -> bool {
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(sent.code_verifier.as_bytes()));
    let is_verifier = (43..=128).contains(&sent.code_verifier.len());
    is_verifier && proof == grant.challenge && sent.redirect_uri == grant.redirect_uri
}

fn answer(provider: &Parts, grant: &Grant, now: Timestamp) -> anyhow::Result<Value> {
    let operator = provider.operators.by_id(&grant.operator);
    let operator = operator.ok_or_else(|| anyhow::anyhow!("there is no such operator any more"))?;
    let now_s = now.as_micros() / 1_000_000;
    let mut claims = json!({
        "iss": provider.issuer,
        "sub": operator.id,
        "aud": provider.client.id,
        "iat": now_s,
        "exp": now_s + LIFETIME_S,
        "preferred_username": operator.id,
        "name": operator.name,
        "roles": operator.roles,
    });
    if let Some(nonce) = &grant.nonce {
        claims["nonce"] = json!(nonce);
    }
    Ok(json!({
        "access_token": provider.entropy.token(),
        "token_type": "Bearer",
        "expires_in": LIFETIME_S,
        "id_token": provider.key.sign(&claims)?,
    }))
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}

//! The stand-in for the bank's `OpenID` provider, by which operators sign in: whoever sits before the browser says who
//! they are. It checks its client as a real one does (`OpenID` Connect Core 1.0, RFC 6749, RFC 7636), so that what works
//! here works there.

mod authorize;
mod codes;
mod key;
mod operators;
mod token;

use self::{codes::Codes, key::Key, operators::Operators};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use bevaka_chassis::{entropy::Entropy, settings::Settings};
use bevaka_domain::clock::Clock;
use bevaka_web::pages::Pages;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub const OIDC: &str = "/sandbox/oidc";
const AUTHORIZE: &str = "/sandbox/oidc/authorize";

/// What the sandbox's `OpenID` provider needs to know.
pub struct OidcOptions {
    /// Its name and address for the client, which ends in [`OIDC`].
    pub issuer: String,
    /// Where browsers reach the sandbox, without a path.
    pub pages_url: String,
    /// The file of those who may sign in, such as `config/sandbox/operators.toml`.
    pub operators_file: PathBuf,
    pub client: OidcClient,
}

impl OidcOptions {
    /// For the operators' console that has these settings, so that the two know each other.
    pub fn of(settings: &Settings, config_dir: &Path) -> Self {
        let operators = &settings.operator_sign_in;
        let issuer = match operators.issuer.as_str() {
            "" => format!("{}{OIDC}", settings.http.public_url()),
            set => set.to_owned(),
        };
        let client = OidcClient {
            id: operators.client_id.clone(),
            secret: operators.client_secret.clone(),
            site: settings.operators_url(),
        };
        let operators_file = config_dir.join("sandbox/operators.toml");
        Self { issuer, pages_url: settings.http.public_url(), operators_file, client }
    }
}

pub struct OidcClient {
    pub id: String,
    /// The secret that goes with it.
    pub secret: SecretString,
    /// The site that people are led back to: a scheme with a host and perhaps a port.
    pub site: String,
}

#[derive(Clone)]
struct Provider(Arc<Parts>);

struct Parts {
    issuer: String,
    pages_url: String,
    client: OidcClient,
    operators: Operators,
    codes: Codes,
    key: Key,
    pages: Pages,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
}

/// Everything under [`OIDC`].
///
/// # Errors
/// If the operators' file cannot be used, or the system gives no chance to make a key of.
pub(crate) fn router(
    options: OidcOptions,
    pages: Pages,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
) -> anyhow::Result<Router> {
    let OidcOptions { issuer, pages_url, operators_file, client } = options;
    let provider = Provider(Arc::new(Parts {
        operators: Operators::load(&operators_file)?,
        key: Key::generate()?,
        codes: Codes::default(),
        issuer,
        pages_url,
        client,
        pages,
        clock,
        entropy,
    }));
    Ok(Router::new()
        .route("/sandbox/oidc/.well-known/openid-configuration", get(discovery))
        .route("/sandbox/oidc/jwks", get(jwks))
        .route(AUTHORIZE, get(authorize::show).post(authorize::choose))
        .route("/sandbox/oidc/token", post(token::exchange))
        .with_state(provider))
}

async fn discovery(State(Provider(provider)): State<Provider>) -> Json<Value> {
    let issuer = &provider.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{}{AUTHORIZE}", provider.pages_url),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [key::ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile"],
        "claims_supported": ["sub", "preferred_username", "name", "roles"],
    }))
}

async fn jwks(State(Provider(provider)): State<Provider>) -> Json<Value> {
    Json(json!({"keys": [provider.key.public()]}))
}

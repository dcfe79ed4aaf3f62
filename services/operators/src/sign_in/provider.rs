//! The bank's `OpenID` provider. Its document is fetched when somebody signs in and kept for a while, so that a provider
//! that is away stops nobody but those who want to sign in.

use super::Ticket;
use anyhow::Context;
use bevaka_chassis::{
    entropy::Entropy,
    settings::{OperatorSignIn, Settings},
};
use bevaka_domain::clock::Timestamp;
use chrono::{DateTime, Utc};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IdTokenFields, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
        CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
        CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreTokenIntrospectionResponse, CoreTokenType,
    },
    http,
};
use reqwest::redirect;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use url::Url;

/// For one request to the provider.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(4);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 1_024 * 1_024;
/// For so long its document and keys are believed; then a key that it withdrew counts no more.
const KEPT: Duration = Duration::from_secs(3_600);
/// For so long a provider that did not answer is not asked again.
const PAUSE: Duration = Duration::from_secs(3);
/// How far its clock may be ahead of ours.
const LEEWAY: Duration = Duration::from_secs(60);

/// Signatures that count: by a key that the provider alone has. None, and one by the client's secret, do not.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beyond those that the standard names, such as roles.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims(BTreeMap<String, Value>);

impl AdditionalClaims for Claims {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Claims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type RelyingParty = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why nobody was signed in by the provider's word.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// It does not answer, or not as a provider does.
    #[error("the provider cannot be used: {0}")]
    Away(String),
    /// It does not take the code: used before, too old, or not ours.
    #[error("the provider does not take the code: {0}")]
    Refused(String),
    /// Its token is not one that counts.
    #[error("the provider's token does not count: {cause}: {detail}")]
    Token {
        /// What is wrong with it, in a word for the trail.
        cause: &'static str,
        /// More, for the log.
        detail: String,
    },
}

/// Why a request to the provider has no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("the provider names an address without TLS")]
    Insecure,
    #[error("the answer is longer than a megabyte")]
    TooLong,
    #[error("{0}")]
    Client(#[from] reqwest::Error),
    #[error("{0}")]
    Http(#[from] http::Error),
}

pub(crate) struct Provider {
    settings: OperatorSignIn,
    issuer: IssuerUrl,
    back: RedirectUrl,
    http: reqwest::Client,
    known: Mutex<Known>,
}

/// What is known of it. Whoever asks first fetches it, and the others wait.
#[derive(Default)]
struct Known {
    document: Option<(Arc<CoreProviderMetadata>, Timestamp)>,
    failed_at: Option<Timestamp>,
}

impl Provider {
    /// The provider of the settings, if one is set. It is not asked for anything yet.
    pub(crate) fn new(settings: &Settings, path_back: &str) -> anyhow::Result<Option<Self>> {
        let own = &settings.operator_sign_in;
        if own.issuer.is_empty() {
            return Ok(None);
        }
        let issuer = IssuerUrl::new(own.issuer.clone()).context("settings: operator_sign_in.issuer")?;
        let back = RedirectUrl::new(format!("{}{path_back}", settings.operators_url()))
            .context("settings: operator_sign_in.public_url")?;
        let http = client(issuer.url()).context("the client for the provider of operator_sign_in")?;
        Ok(Some(Self { settings: own.clone(), issuer, back, http, known: Mutex::default() }))
    }

    /// The site that people are led to, as a policy for forms names it.
    pub(crate) async fn site(&self, now: Timestamp) -> Result<String, Fault> {
        Ok(self.document(now).await?.authorization_endpoint().url().origin().ascii_serialization())
    }

    /// Where to lead a browser, and what it must bring back.
    pub(crate) async fn begin(
        &self,
        next: String,
        entropy: &Entropy,
        now: Timestamp,
    ) -> Result<(Url, Ticket), Fault> {
        let party = self.party(&*self.document(now).await?);
        let ticket = Ticket::new(next, entropy, now);
        let (state, nonce) = (CsrfToken::new(ticket.state.clone()), Nonce::new(ticket.nonce.clone()));
        let verifier = PkceCodeVerifier::new(ticket.verifier.clone());
        let (url, _, _) = party
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok((url, ticket))
    }

    /// What the provider says of whoever came back with this code.
    pub(crate) async fn complete(
        &self,
        code: String,
        ticket: &Ticket,
        now: Timestamp,
    ) -> Result<Value, Fault> {
        let document = self.document(now).await?;
        let party = self.party(&document);
        let http = self.sender();
        let request = party
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|fault| Fault::Away(fault.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(ticket.verifier.clone()));
        let tokens = request.request_async(&http).await.map_err(|fault| match fault {
            // Its description is the provider's own words, of which we know nothing.
            RequestTokenError::ServerResponse(answer) => Fault::Refused(answer.error().to_string()),
            RequestTokenError::Request(fault) => Fault::Away(fault.to_string()),
            other => Fault::Away(other.to_string()),
        })?;
        match claims(&party, &tokens, ticket, now) {
            // It may have a new key since its document was read.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let party = self.party(&*self.renewed(&document, now).await?);
                claims(&party, &tokens, ticket, now).map_err(|fault| of_token(&fault))
            }
            other => other.map_err(|fault| of_token(&fault)),
        }
    }

    fn party(&self, document: &CoreProviderMetadata) -> RelyingParty {
        let id = ClientId::new(self.settings.client_id.clone());
        let secret = self.settings.client_secret.expose_secret();
        let secret = (!secret.is_empty()).then(|| ClientSecret::new(secret.to_owned()));
        let by_header = document
            .token_endpoint_auth_methods_supported()
            .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth = if by_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        Client::from_provider_metadata(document.clone(), id, secret)
            .set_auth_type(auth)
            .set_redirect_uri(self.back.clone())
    }

    /// Its document, as it was read within the last hour or is read now.
    async fn document(&self, now: Timestamp) -> Result<Arc<CoreProviderMetadata>, Fault> {
        let mut known = self.known.lock().await;
        match &known.document {
            Some((document, read_at)) if now.since(*read_at) < KEPT => Ok(document.clone()),
            _ => self.read(&mut known, now).await,
        }
    }

    /// Its document, read after this one was.
    async fn renewed(
        &self,
        old: &Arc<CoreProviderMetadata>,
        now: Timestamp,
    ) -> Result<Arc<CoreProviderMetadata>, Fault> {
        let mut known = self.known.lock().await;
        match &known.document {
            Some((document, _)) if !Arc::ptr_eq(document, old) => Ok(document.clone()),
            _ => self.read(&mut known, now).await,
        }
    }

    async fn read(&self, known: &mut Known, now: Timestamp) -> Result<Arc<CoreProviderMetadata>, Fault> {
        if known.failed_at.is_some_and(|at| now.since(at) < PAUSE) {
            return Err(Fault::Away("it did not answer a moment ago".to_owned()));
        }
        let http = self.sender();
        match CoreProviderMetadata::discover_async(self.issuer.clone(), &http).await {
            Ok(document) => {
                let document = Arc::new(document);
                *known = Known { document: Some((document.clone(), now)), failed_at: None };
                Ok(document)
            }
            Err(fault) => {
                known.failed_at = Some(now);
                Err(Fault::Away(with_causes(&fault)))
            }
        }
    }

    /// Our HTTP client, as the crate of the protocol calls one.
    fn sender(&self) -> impl Fn(HttpRequest) -> BoxFuture {
        let (client, secure) = (self.http.clone(), self.issuer.url().scheme() == "https");
        move |request| Box::pin(send(client.clone(), secure, request))
    }
}

/// What a token says that the provider signed for us, just now, for this ticket.
fn claims(
    party: &RelyingParty,
    tokens: &Tokens,
    ticket: &Ticket,
    now: Timestamp,
) -> Result<Value, ClaimsVerificationError> {
    let other = |text: &str| ClaimsVerificationError::Other(text.to_owned());
    let token = tokens.id_token().ok_or_else(|| other("there is no ID token"))?;
    let at = moment(now).ok_or_else(|| other("the clock is off"))?;
    let verifier = party
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || at)
        .set_issue_time_verifier_fn(move |issued| {
            let ahead = (issued - at).to_std().is_ok_and(|ahead| ahead > LEEWAY);
            if ahead { Err("issued in the future".to_owned()) } else { Ok(()) }
        });
    let claims = token.claims(&verifier, &Nonce::new(ticket.nonce.clone()))?;
    serde_json::to_value(claims).map_err(|_| other("the claims cannot be read"))
}

type BoxFuture = std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send>>;

/// A provider that is reached by TLS names no address without.
async fn send(
    client: reqwest::Client,
    secure: bool,
    request: HttpRequest,
) -> Result<HttpResponse, Unanswered> {
    if secure && request.uri().scheme_str() != Some("https") {
        return Err(Unanswered::Insecure);
    }
    let mut answer = client.execute(request.try_into()?).await.map_err(reqwest::Error::without_url)?;
    let mut whole = http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        whole = whole.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(Unanswered::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(whole.body(body)?)
}

fn client(issuer: &Url) -> Result<reqwest::Client, reqwest::Error> {
    // Fails only if a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT)
        // A redirect could lead the code and our secret elsewhere.
        .redirect(redirect::Policy::none());
    // Without TLS it is the sandbox: no proxy may see the secret, and no authorities are needed.
    if issuer.scheme() == "http" {
        builder = builder.no_proxy().tls_certs_only([]);
    }
    builder.build()
}

fn moment(now: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(now.as_micros())
}

/// What is wrong with a token, in a word.
fn of_token(fault: &ClaimsVerificationError) -> Fault {
    use ClaimsVerificationError as Claim;
    let cause = match fault {
        Claim::Expired(_) => "expired",
        Claim::InvalidAudience(_) => "audience",
        Claim::InvalidIssuer(_) => "issuer",
        Claim::InvalidNonce(_) => "nonce",
        Claim::SignatureVerification(_) => "signature",
        _ => "other",
    };
    Fault::Token { cause, detail: with_causes(fault) }
}

fn with_causes(fault: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(fault), |fault| fault.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

//! The provider's page: who signs in.

use super::{AUTHORIZE, Provider, codes::Grant, operators::Operator};
use crate::page::{Section, frame};
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use bevaka_domain::language::Language;
use bevaka_web::{
    language::RequestLanguage,
    layout::{Here, Link},
    problem::{Problem, Refusal},
    serve::policy_with_form_to,
};
use serde::{Deserialize, Serialize};
use url::Url;

/// What a client asks (`OpenID` Connect Core 1.0, 3.1.2.1).
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    operator: String,
    #[serde(flatten)]
    asked: Asked,
}

#[derive(Serialize)]
struct View<'a> {
    action: &'static str,
    asked: &'a Asked,
    choices: Vec<Choice<'a>>,
}

#[derive(Serialize)]
struct Choice<'a> {
    id: &'a str,
    name: &'a str,
    roles: String,
}

impl<'a> Choice<'a> {
    fn of(operator: &'a Operator) -> Self {
        Self { id: &operator.id, name: &operator.name, roles: operator.roles.join(", ") }
    }
}

pub(super) async fn show(
    State(provider): State<Provider>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let Some(back) = way_back(&provider, &asked) else { return unknown_client(&provider, language, &here) };
    if let Some(error) = fault(&asked) {
        return Ok(lead(back, &asked, &[("error", error)]));
    }
    let Provider(provider) = &provider;
    let title = provider.pages.text(language, "oidc-title")?;
    let frame = frame(&provider.pages, &title, language, &here, Section::SignIn)?;
    let choices = provider.operators.iter().map(Choice::of).collect();
    let view = View { action: AUTHORIZE, asked: &asked, choices };
    let mut response = provider.pages.page(language, "oidc", &frame, &view)?.into_response();
    // The form's answer leads back to the client, which may be another site.
    let policy = HeaderValue::try_from(policy_with_form_to(&provider.client.site));
    let policy = policy.map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

pub(super) async fn choose(
    State(provider): State<Provider>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Form(Chosen { operator, asked }): Form<Chosen>,
) -> Result<Response, Problem> {
    let Some(back) = way_back(&provider, &asked) else { return unknown_client(&provider, language, &here) };
    if let Some(error) = fault(&asked) {
        return Ok(lead(back, &asked, &[("error", error)]));
    }
    let Provider(provider) = &provider;
    let Some(operator) = provider.operators.by_id(&operator) else {
        return Ok(lead(back, &asked, &[("error", "access_denied")]));
    };
    let code = provider.entropy.token();
    let grant = Grant {
        operator: operator.id.clone(),
        redirect_uri: asked.redirect_uri.clone(),
        nonce: (!asked.nonce.is_empty()).then(|| asked.nonce.clone()),
        challenge: asked.code_challenge.clone(),
    };
    provider.codes.put(code.clone(), grant, provider.clock.now());
    Ok(lead(back, &asked, &[("code", &code)]))
}

/// Where the client wants the answer, if it is our client and its site. Anybody else's address is not led to.
fn way_back(Provider(provider): &Provider, asked: &Asked) -> Option<Url> {
    let back = Url::parse(&asked.redirect_uri).ok()?;
    let is_clients = !asked.client_id.is_empty()
        && asked.client_id == provider.client.id
        && Url::parse(&provider.client.site).is_ok_and(|site| site.origin() == back.origin());
    is_clients.then_some(back)
}

/// What is wrong with what was asked, as the protocol names it.
fn fault(asked: &Asked) -> Option<&'static str> {
    if asked.response_type != "code" {
        return Some("unsupported_response_type");
    }
    if !asked.scope.split(' ').any(|scope| scope == "openid") {
        return Some("invalid_scope");
    }
    let is_proof = asked.code_challenge_method == "S256" && asked.code_challenge.len() == 43;
    (!is_proof).then_some("invalid_request")
}

fn lead(mut back: Url, asked: &Asked, answer: &[(&str, &str)]) -> Response {
    back.query_pairs_mut().extend_pairs(answer).append_pair("state", &asked.state);
    Redirect::to(back.as_str()).into_response()
}

fn unknown_client(
    Provider(provider): &Provider,
    language: Language,
    here: &Here,
) -> Result<Response, Problem> {
    let text = |key| provider.pages.text(language, key);
    let refusal = Refusal {
        status: StatusCode::BAD_REQUEST,
        title: text("oidc-unknown-title")?,
        reason: text("oidc-unknown-reason")?,
        action: text("oidc-unknown-action")?,
        link: Some(Link { href: "/sandbox/".to_owned(), text: text("sandbox-title")? }),
    };
    let frame = frame(&provider.pages, &refusal.title, language, here, Section::SignIn)?;
    Ok((refusal.status, refusal.page(&provider.pages, language, &frame)?).into_response())
}

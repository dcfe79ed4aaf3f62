//! *Logga in* by the bank's provider, and *Logga ut*.

use super::{
    Answer, Place, SESSION, Stop, Title, View,
    outside::{self, Outside},
    paths,
};
use crate::sign_in::{Fault, LIFETIME, Provider, Ticket, Unusable, operator, session};
use axum::{
    Form, Router,
    extract::{
        Query,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bevaka_portal::{
    Message,
    local::{local, with_query},
};
use bevaka_web::{layout::Tone, serve::policy_with_form_to};
use serde::{Deserialize, Serialize};
use session::Rejected;

/// The cookie with the ticket. `__Host-`: only this server sets it, over a secure connection.
const TICKET: &str = "__Host-bevaka-drift-inloggning";

const BEGUN_ELSEWHERE: Stop = Stop::Refused(StatusCode::BAD_REQUEST, "sign-in-begun-elsewhere");
const NOT_DONE: Stop = Stop::Refused(StatusCode::FORBIDDEN, "sign-in-not-done");
const NOT_BELIEVED: Stop = Stop::Refused(StatusCode::FORBIDDEN, "sign-in-not-believed");
const NO_ROLE: Stop = Stop::Refused(StatusCode::FORBIDDEN, outside::NO_ROLE);
const PROVIDER_AWAY: Stop = Stop::Refused(StatusCode::SERVICE_UNAVAILABLE, "sign-in-away");

pub(super) fn router() -> Router<crate::App> {
    Router::new()
        .route(paths::SIGN_IN, get(show).post(begin))
        .route(paths::SIGNED_IN, get(complete))
        .route(paths::SIGN_OUT, post(sign_out))
}

/// What leads to the page.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: String,
    /// Why somebody is here.
    skal: String,
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    next: String,
}

/// What the provider's redirect brings (RFC 6749, 4.1.2).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Brought {
    code: String,
    state: String,
    error: String,
}

/// The page.
#[derive(Serialize)]
struct SignIn {
    /// Whether one can sign in now.
    open: bool,
    next: String,
    /// This page, to try again.
    again: String,
    #[serde(skip)]
    notice: Option<Message>,
}

impl View for SignIn {
    const TEMPLATE: &'static str = "sign_in";

    fn title(&self) -> Title {
        "sign-in-title".into()
    }

    fn place(&self) -> Place {
        Place::Outside
    }

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }
}

/// A page of the operators to come back to. Only theirs: what a link names is not believed further.
fn next(text: &str) -> &str {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let is_ours =
        path == paths::NOW || path.strip_prefix(paths::NOW).is_some_and(|rest| rest.starts_with('/'));
    let is_plain = !path.contains("..") && !path.contains("//") && !path.contains('%');
    let is_sign_in = [paths::SIGN_IN, paths::SIGNED_IN, paths::SIGN_OUT].contains(&path);
    local(text).filter(|_| is_ours && is_plain && !is_sign_in).unwrap_or(paths::NOW)
}

async fn show(outside: Outside, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = asked.map_or_else(|_| Asked::default(), |Query(asked)| asked);
    outside.answer(shown(&outside, &asked).await)
}

async fn shown(outside: &Outside, asked: &Asked) -> Answer {
    let next = next(&asked.next);
    let said = |tone, key: &str| Some(Message::new(tone, key));
    let mut page = SignIn {
        open: true,
        next: next.to_owned(),
        again: with_query(paths::SIGN_IN, [("next", next)]).into_owned(),
        notice: match asked.skal.as_str() {
            "inaktiv" => said(Tone::Info, "sign-in-inactive"),
            "slut" => said(Tone::Info, "sign-in-over"),
            "utloggad" => said(Tone::Success, "sign-in-signed-out"),
            _ => None,
        },
    };
    let Some(provider) = outside.app.provider() else {
        (page.open, page.notice) = (false, said(Tone::Warning, "sign-in-unset"));
        return Ok(outside.page(StatusCode::OK, &page)?);
    };
    match provider.site(outside.app.now()).await {
        // The form's answer leads there, which the policy of every other page forbids.
        Ok(site) => {
            let mut response = outside.page(StatusCode::OK, &page)?;
            let policy = HeaderValue::try_from(policy_with_form_to(&site)).map_err(Stop::ours)?;
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            Ok(response)
        }
        Err(fault) => {
            tracing::error!(error = %fault, "operators cannot sign in");
            (page.open, page.notice) = (false, said(Tone::Error, "sign-in-away"));
            Ok(outside.page(StatusCode::SERVICE_UNAVAILABLE, &page)?)
        }
    }
}

async fn begin(outside: Outside, typed: Result<Form<Typed>, FormRejection>) -> Response {
    let typed = typed.map_or_else(|_| Typed::default(), |Form(typed)| typed);
    outside.answer(begun(&outside, &typed).await)
}

async fn begun(outside: &Outside, typed: &Typed) -> Answer {
    let app = &outside.app;
    let provider = provider(outside)?;
    let (entropy, now) = (&app.chassis.entropy, app.now());
    let (url, ticket) =
        provider.begin(next(&typed.next).to_owned(), entropy, now).await.map_err(|fault| away(&fault))?;
    let sealed = ticket.seal(&app.vault, entropy);
    Ok(outside.cookies.clone().with_for(TICKET, sealed, LIFETIME).redirect(url.as_str()))
}

async fn complete(outside: Outside, brought: Result<Query<Brought>, QueryRejection>) -> Response {
    let brought = brought.map_or_else(|_| Brought::default(), |Query(brought)| brought);
    let answer = outside.answer(completed(&outside, brought).await);
    // Whatever came of it: a ticket is for one way.
    (outside.cookies.clone().without(TICKET).into_jar(), answer).into_response()
}

async fn completed(outside: &Outside, brought: Brought) -> Answer {
    let app = &outside.app;
    let provider = provider(outside)?;
    let ticket = outside.cookies.get(TICKET).and_then(|cookie| Ticket::open(cookie, &app.vault, app.now()));
    let ticket = ticket.filter(|ticket| ticket.is_of(&brought.state)).ok_or(BEGUN_ELSEWHERE)?;
    if !brought.error.is_empty() || brought.code.is_empty() {
        tracing::warn!(declined = brought.error == "access_denied", "the provider signed nobody in");
        return Err(NOT_DONE);
    }
    let claims = match provider.complete(brought.code, &ticket, app.now()).await {
        Ok(claims) => claims,
        Err(fault) => return Err(refused(app, fault).await?),
    };
    let operator = match operator(&claims, &app.chassis.settings.operator_sign_in) {
        Ok(operator) => operator,
        Err(unusable) => return Err(unnamed(app, unusable).await?),
    };
    if operator.roles.is_empty() {
        session::reject(app, Some(&operator), Rejected::NoRole).await?;
        return Err(NO_ROLE);
    }
    let token = session::begin(app, &operator, outside.cookies.get(SESSION)).await?;
    Ok(outside.cookies.clone().with(SESSION, token).redirect(&ticket.next))
}

async fn sign_out(outside: Outside) -> Response {
    let answer = signed_out(&outside).await;
    outside.answer(answer)
}

async fn signed_out(outside: &Outside) -> Answer {
    if let Some(token) = outside.cookies.get(SESSION) {
        session::end(&outside.app, token).await?;
    }
    let to = with_query(paths::SIGN_IN, [("skal", "utloggad")]);
    Ok(outside.cookies.clone().without(SESSION).redirect(&to))
}

fn provider(outside: &Outside) -> Answer<&Provider> {
    outside.app.provider().ok_or_else(|| Stop::redirect(paths::SIGN_IN))
}

fn away(fault: &Fault) -> Stop {
    tracing::error!(error = %fault, "operators cannot sign in");
    PROVIDER_AWAY
}

async fn refused(app: &crate::App, fault: Fault) -> Answer<Stop> {
    match fault {
        Fault::Away(_) => Ok(away(&fault)),
        Fault::Refused(_) => {
            tracing::warn!(error = %fault, "nobody was signed in");
            Ok(BEGUN_ELSEWHERE)
        }
        Fault::Token { cause, .. } => {
            tracing::error!(error = %fault, "nobody was signed in");
            session::reject(app, None, Rejected::Token(cause)).await?;
            Ok(NOT_BELIEVED)
        }
    }
}

async fn unnamed(app: &crate::App, unusable: Unusable) -> Answer<Stop> {
    tracing::error!(error = %unusable, "nobody was signed in");
    session::reject(app, None, Rejected::Unnamed).await?;
    Ok(NOT_BELIEVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_to_the_operators_pages_alone() {
        for path in ["/drift", "/drift?visa=1", "/drift/handelser?q=//x&r=%20", "/drift/dodbrev/1"] {
            assert_eq!(next(path), path);
        }
        for path in [
            "",
            "/",
            "/driftig",
            "/bevakningar",
            "//evil.example/drift",
            "https://evil.example/drift",
            "/drift/../avtal",
            "/drift/%2e%2e/avtal",
            "/drift//evil.example",
            "/drift/\\evil.example",
            "/drift/logga-in?next=/drift",
            "/drift/logga-ut",
            "/drift/inloggad?code=1",
        ] {
            assert_eq!(next(path), paths::NOW, "{path}");
        }
    }
}

//! *Logga in* by the bank's provider, and *Logga ut*.

use super::{SESSION, guest::GuestBrowser, nav, paths};
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
use bevaka_web::{
    layout::Tone,
    local_path::{local, with_query},
    page::{At, Message, View},
    page_error::{PageError, PageResult},
    serve::policy_with_form_to,
};
use serde::{Deserialize, Serialize};
use session::Rejected;

/// The cookie with the ticket. `__Host-`: only this server sets it, over a secure connection.
const TICKET: &str = "__Host-bevaka-drift-inloggning";

pub(super) fn router() -> Router<crate::App> {
    Router::new()
        .route(paths::SIGN_IN, get(show).post(begin))
        .route(paths::SIGNED_IN, get(complete))
        .route(paths::SIGN_OUT, post(sign_out))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignInQuery {
    next: String,
    skal: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignInForm {
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

#[derive(Serialize)]
struct SignIn {
    /// Whether one can sign in now.
    open: bool,
    next: String,
    again: String,
    #[serde(skip)]
    notice: Option<Message>,
}

impl View for SignIn {
    const TEMPLATE: &'static str = "sign_in";
    const TITLE: &'static str = "sign-in-title";
    const AT: At = nav::OUTSIDE;

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

async fn show(guest: GuestBrowser, query: Result<Query<SignInQuery>, QueryRejection>) -> PageResult {
    let asked = query.map_or_else(|_| SignInQuery::default(), |Query(query)| query);
    let next = next(&asked.next);
    let said = |tone, key: &'static str| Some(Message::new(tone, key));
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
    let Some(provider) = guest.app.provider() else {
        (page.open, page.notice) = (false, said(Tone::Warning, "sign-in-unset"));
        return guest.page(StatusCode::OK, &page);
    };
    match provider.site(guest.app.now()).await {
        // The form's answer leads there, which the policy of every other page forbids.
        Ok(site) => {
            let mut response = guest.page(StatusCode::OK, &page)?;
            let policy = HeaderValue::try_from(policy_with_form_to(&site)).map_err(PageError::other)?;
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            Ok(response)
        }
        Err(fault) => {
            tracing::error!(error = %fault, "operators cannot sign in");
            (page.open, page.notice) = (false, said(Tone::Error, "sign-in-away"));
            guest.page(StatusCode::SERVICE_UNAVAILABLE, &page)
        }
    }
}

async fn begin(guest: GuestBrowser, form: Result<Form<SignInForm>, FormRejection>) -> PageResult {
    let form = form.map_or_else(|_| SignInForm::default(), |Form(form)| form);
    let app = &guest.app;
    let provider = provider(&guest)?;
    let (entropy, now) = (&app.chassis.entropy, app.now());
    let (url, ticket) =
        provider.begin(next(&form.next).to_owned(), entropy, now).await.map_err(|fault| away(&fault))?;
    let sealed = ticket.seal(&app.vault, entropy);
    Ok(guest.cookies.clone().with_for(TICKET, sealed, LIFETIME).redirect(url.as_str()))
}

async fn complete(guest: GuestBrowser, brought: Result<Query<Brought>, QueryRejection>) -> Response {
    let brought = brought.map_or_else(|_| Brought::default(), |Query(brought)| brought);
    let answer = guest.answer(completed(&guest, brought).await);
    // Whatever came of it: a ticket is for one way.
    (guest.cookies.clone().without(TICKET).into_jar(), answer).into_response()
}

async fn completed(guest: &GuestBrowser, brought: Brought) -> PageResult {
    let app = &guest.app;
    let provider = provider(guest)?;
    let ticket = guest.cookies.get(TICKET).and_then(|cookie| Ticket::open(cookie, &app.vault, app.now()));
    let ticket = ticket.filter(|ticket| ticket.is_of(&brought.state)).ok_or_else(begun_elsewhere)?;
    if !brought.error.is_empty() || brought.code.is_empty() {
        tracing::warn!(declined = brought.error == "access_denied", "the provider signed nobody in");
        return Err(PageError::refused(StatusCode::FORBIDDEN, "refused-sign-in-not-done"));
    }
    let claims = match provider.complete(brought.code, &ticket, app.now()).await {
        Ok(claims) => claims,
        Err(fault) => return Err(refused(app, fault).await),
    };
    let operator = match operator(&claims, &app.chassis.settings.operator_sign_in) {
        Ok(operator) => operator,
        Err(unusable) => return Err(unnamed(app, unusable).await),
    };
    if operator.roles.is_empty() {
        session::reject(app, Some(&operator), Rejected::NoRole).await?;
        return Err(guest.no_role());
    }
    let token = session::begin(app, &operator, guest.cookies.get(SESSION)).await?;
    Ok(guest.cookies.clone().with(SESSION, token).redirect(&ticket.next))
}

async fn sign_out(guest: GuestBrowser) -> PageResult {
    if let Some(token) = guest.cookies.get(SESSION) {
        session::end(&guest.app, token).await?;
    }
    let to = with_query(paths::SIGN_IN, [("skal", "utloggad")]);
    Ok(guest.cookies.clone().without(SESSION).redirect(&to))
}

fn provider(guest: &GuestBrowser) -> PageResult<&Provider> {
    guest.app.provider().ok_or_else(|| PageError::redirect(paths::SIGN_IN))
}

fn begun_elsewhere() -> PageError {
    PageError::refused(StatusCode::BAD_REQUEST, "refused-sign-in-begun-elsewhere")
}

fn not_believed() -> PageError {
    PageError::refused(StatusCode::FORBIDDEN, "refused-sign-in-not-believed")
}

fn away(fault: &Fault) -> PageError {
    tracing::error!(error = %fault, "operators cannot sign in");
    PageError::refused(StatusCode::SERVICE_UNAVAILABLE, "refused-sign-in-away")
}

async fn refused(app: &crate::App, fault: Fault) -> PageError {
    match fault {
        Fault::Away(_) => away(&fault),
        Fault::Refused(_) => {
            tracing::warn!(error = %fault, "nobody was signed in");
            begun_elsewhere()
        }
        Fault::Token { cause, .. } => {
            tracing::error!(error = %fault, "nobody was signed in");
            session::reject(app, None, Rejected::Token(cause))
                .await
                .map_or_else(PageError::from, |()| not_believed())
        }
    }
}

async fn unnamed(app: &crate::App, unusable: Unusable) -> PageError {
    tracing::error!(error = %unusable, "nobody was signed in");
    session::reject(app, None, Rejected::Unnamed).await.map_or_else(PageError::from, |()| not_believed())
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

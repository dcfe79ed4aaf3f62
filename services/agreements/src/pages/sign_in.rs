//! *Logga in* and *Logga ut*.

use super::{
    answer::{Answer, Fields, Stop, outside},
    attempts::{self, TOLD},
    shown,
    visitor::Browser,
};
use crate::{
    app::App,
    client::ClientAddress,
    fault::{Fault, Field},
    identity::{
        attempt::{Attempt, Purpose, State, Way},
        bankid::{self, Asking},
        methods::Availability,
        session::{self, SignInOutcome},
        token,
    },
    paths,
    views::{self, SignIn, SignInFault, SignInNotice, TokenFault, TypedNumbers},
};
use axum::{
    Router,
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use bevaka_domain::{agreement::HeldThrough, ids::OrganisationId, signing::Method};
use bevaka_portal::local::{local, or_start, with_query};
use bevaka_store::members;
use serde::Deserialize;
use std::{net::IpAddr, time::Duration};

/// What the limit on tries counts in.
const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn router() -> Router<App> {
    let below = |path: &str, end: &str| format!("{path}{end}");
    Router::new()
        .route(paths::SIGN_IN, get(show).post(begin))
        .route(paths::SIGN_OUT, post(sign_out))
        .route(paths::SIGN_IN_BANKID, get(wait))
        .route(&below(paths::SIGN_IN_BANKID, paths::STATUS), get(status))
        .route(&below(paths::SIGN_IN_BANKID, paths::QR), get(qr))
        .route(&below(paths::SIGN_IN_BANKID, paths::CANCEL), post(cancel))
        .route(paths::SIGN_IN_TOKEN, get(challenge).post(answer))
        .route(&below(paths::SIGN_IN_TOKEN, paths::CANCEL), post(cancel))
}

/// What leads to the page.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: String,
    kanal: String,
    /// Why the person is here.
    skal: String,
    /// The attempt that did not come to its end.
    forsok: String,
}

/// The form of one method.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    method: String,
    number: String,
    next: String,
    kanal: String,
}

/// What the corporate internet bank is not asked for by.
fn channel(text: &str) -> HeldThrough {
    if text == "private" { HeldThrough::Private } else { HeldThrough::Corporate }
}

const fn channel_name(channel: HeldThrough) -> &'static str {
    match channel {
        HeldThrough::Private => "private",
        HeldThrough::Corporate => "",
    }
}

/// The page with nothing typed.
fn page(browser: &Browser, next: &str, channel: HeldThrough) -> SignIn {
    let next = local(next).unwrap_or_default();
    let other = match channel {
        HeldThrough::Private => HeldThrough::Corporate,
        HeldThrough::Corporate => HeldThrough::Private,
    };
    SignIn {
        methods: shown::methods(&browser.app, browser.app.now()),
        next: next.to_owned(),
        channel,
        other: with_query(paths::SIGN_IN, [("kanal", channel_name(other)), ("next", next)]).into_owned(),
        typed: TypedNumbers::default(),
        notice: None,
        fault: None,
        language: browser.language,
    }
}

async fn show(browser: Browser, Query(asked): Query<Asked>) -> Response {
    outside(&browser, shown_page(&browser, &asked).await)
}

async fn shown_page(browser: &Browser, asked: &Asked) -> Answer {
    let mut page = page(browser, &asked.next, channel(&asked.kanal));
    page.notice = match asked.skal.as_str() {
        "inaktiv" => Some(SignInNotice::EndedByInactivity),
        "slut" => Some(SignInNotice::SessionOver),
        "utloggad" => Some(SignInNotice::SignedOut),
        _ => None,
    };
    if !asked.forsok.is_empty()
        && let Ok((attempt, _)) = attempts::find(browser, &asked.forsok).await
    {
        let problem = attempts::problem(&browser.app.pages, browser.language, &attempt, browser.app.now())?;
        page.notice = problem.map(SignInNotice::Problem);
    }
    Ok(browser.page(StatusCode::OK, &page)?)
}

async fn begin(
    browser: Browser,
    ClientAddress(address): ClientAddress,
    Fields(typed): Fields<Typed>,
) -> Response {
    outside(&browser, begun(&browser, &typed, address).await)
}

async fn begun(browser: &Browser, typed: &Typed, address: IpAddr) -> Answer {
    let (app, channel) = (&browser.app, channel(&typed.kanal));
    let method = method(&typed.method).ok_or(Fault::MethodClosed)?;
    let mut page = page(browser, &typed.next, channel);
    if app.availability(method, app.now()) != Availability::Open {
        return Err(Fault::MethodClosed.into());
    }
    let purpose = Purpose::SignIn { channel, next: page.next.clone() };
    let secret = attempts::secret(browser);
    let asking = Asking { secret: &secret, address };
    let begun = match bankid::kind(method) {
        Some(kind) => bankid::sign_in(app, asking, kind, Some(&typed.number), purpose).await,
        None => token::sign_in(app, asking, &typed.number, purpose).await,
    };
    let fault = match begun {
        Ok(id) if method == Method::Token => {
            return Ok(attempts::keeping(browser, secret, &paths::sign_in_token(id)));
        }
        Ok(id) => return Ok(attempts::keeping(browser, secret, &paths::sign_in_bankid(id))),
        Err(fault) => fault,
    };
    let status = match fault {
        Fault::Field(field) => {
            let fault = match field {
                Field::PersonalNumberMissing => SignInFault::Missing,
                _ => SignInFault::Invalid,
            };
            page.fault = Some((shown::method(method), fault));
            match method {
                Method::OnCard => page.typed.on_card.clone_from(&typed.number),
                Method::Token => page.typed.token.clone_from(&typed.number),
                Method::Mobile => {}
            }
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Fault::TooManyTries => {
            page.notice = Some(SignInNotice::TooManyTries { until: app.now().plus(MINUTE) });
            StatusCode::TOO_MANY_REQUESTS
        }
        Fault::BankId(error) => {
            let (status, problem) = attempts::not_begun(&app.pages, browser.language, &error)?;
            page.notice = Some(SignInNotice::Problem(problem));
            status
        }
        fault => return Err(fault.into()),
    };
    Ok(browser.page(status, &page)?)
}

/// The method with a name.
pub(super) fn method(text: &str) -> Option<Method> {
    match text {
        "on_card" => Some(Method::OnCard),
        "mobile" => Some(Method::Mobile),
        "token" => Some(Method::Token),
        _ => None,
    }
}

/// An attempt of this browser to sign in, with the browser's secret and what it is for.
async fn find(browser: &Browser, id: &str) -> Answer<(Attempt, String, HeldThrough, String)> {
    let (attempt, secret) = attempts::find(browser, id).await?;
    let Purpose::SignIn { channel, next } = attempt.purpose.clone() else {
        return Err(Fault::NotFound.into());
    };
    Ok((attempt, secret, channel, next))
}

async fn wait(browser: Browser, Path(id): Path<String>) -> Response {
    outside(&browser, waiting(&browser, &id).await)
}

async fn waiting(browser: &Browser, id: &str) -> Answer {
    let (attempt, secret, channel, next) = find(browser, id).await?;
    let Way::BankId(way) = &attempt.way else { return Err(Fault::NotFound.into()) };
    if !attempt.is_pending() {
        return ended(browser, &attempt, secret, (channel, &next)).await;
    }
    let here = paths::sign_in_bankid(attempt.id);
    let view = attempts::wait(browser, &attempt, way, views::Purpose::SignIn, here)?;
    Ok(browser.page(StatusCode::OK, &view)?)
}

async fn status(browser: Browser, Path(id): Path<String>) -> Response {
    let here = paths::sign_in_bankid(&id);
    outside(&browser, attempts::status(&browser, &id, here).await)
}

async fn qr(browser: Browser, Path(id): Path<String>) -> Response {
    outside(&browser, attempts::qr(&browser, &id).await)
}

async fn challenge(browser: Browser, Path(id): Path<String>) -> Response {
    outside(&browser, challenged(&browser, &id, None).await)
}

async fn challenged(browser: &Browser, id: &str, fault: Option<TokenFault>) -> Answer {
    let (attempt, secret, channel, next) = find(browser, id).await?;
    let Way::Token(way) = &attempt.way else { return Err(Fault::NotFound.into()) };
    if !attempt.is_pending() || attempts::is_late(&attempt, browser.app.now()) {
        return ended(browser, &attempt, secret, (channel, &next)).await;
    }
    let here = paths::sign_in_token(attempt.id);
    let view = attempts::challenge(&attempt, way, views::Purpose::SignIn, here, fault);
    Ok(browser.page(attempts::challenge_status(fault), &view)?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    answer: String,
}

async fn answer(browser: Browser, Path(id): Path<String>, Fields(typed): Fields<Answered>) -> Response {
    outside(&browser, answered(&browser, &id, &typed.answer).await)
}

async fn answered(browser: &Browser, id: &str, answer: &str) -> Answer {
    let (attempt, secret, _, _) = find(browser, id).await?;
    let fault = match token::answer(&browser.app, attempt.id, &secret, answer).await {
        Ok(_) => TokenFault::Wrong,
        Err(Fault::Field(_)) => TokenFault::Malformed,
        Err(fault) => return Err(fault.into()),
    };
    challenged(browser, id, Some(fault)).await
}

async fn cancel(browser: Browser, Path(id): Path<String>) -> Response {
    outside(&browser, cancelled(&browser, &id).await)
}

async fn cancelled(browser: &Browser, id: &str) -> Answer {
    let (attempt, secret, channel, next) = find(browser, id).await?;
    let attempt = bankid::cancel(&browser.app, attempt.id, &secret).await?;
    ended(browser, &attempt, secret, (channel, &next)).await
}

/// Leads on from an attempt that is over: to a session, or back to where one signs in.
async fn ended(
    browser: &Browser,
    attempt: &Attempt,
    secret: String,
    (channel, next): (HeldThrough, &str),
) -> Answer {
    match &attempt.state {
        State::Proven { trader, .. } => signed_in(browser, attempt, &secret, (channel, next), *trader).await,
        State::Used if browser.cookies.session().is_some() => Err(Stop::redirect(or_start(next))),
        _ => {
            let id = attempt.id.to_string();
            let parameters = [("next", next), ("kanal", channel_name(channel)), (TOLD, id.as_str())];
            Err(Stop::redirect(&with_query(paths::SIGN_IN, parameters)))
        }
    }
}

async fn signed_in(
    browser: &Browser,
    attempt: &Attempt,
    secret: &str,
    (channel, next): (HeldThrough, &str),
    trader: Option<OrganisationId>,
) -> Answer {
    let former = browser.cookies.session();
    let begun = session::begin(&browser.app, attempt.id, secret, former).await;
    if matches!(begun, Err(Fault::NotFound)) {
        // The proof is too old, or has been used meanwhile.
        let parameters = [("next", next), ("kanal", channel_name(channel))];
        return Err(Stop::redirect(&with_query(paths::SIGN_IN, parameters)));
    }
    let notice = match begun? {
        SignInOutcome::Session { token, chooses } => {
            let cookies = browser.cookies.clone().with_session(token);
            let choice = with_query(paths::CHOOSE_COMPANY, [("next", next)]);
            return Ok(cookies.redirect(if chooses { &choice } else { or_start(next) }));
        }
        SignInOutcome::Blocked => SignInNotice::Blocked,
        SignInOutcome::Unknown => match company_name(browser, trader).await? {
            Some(company) => SignInNotice::CompanyWithoutUsers { company },
            None => SignInNotice::UnknownPerson,
        },
    };
    let page = SignIn { notice: Some(notice), ..page(browser, next, channel) };
    Ok(browser.page(StatusCode::FORBIDDEN, &page)?)
}

async fn company_name(browser: &Browser, company: Option<OrganisationId>) -> Answer<Option<String>> {
    let Some(company) = company else { return Ok(None) };
    let mut tx = browser.app.chassis.db.begin_read().await?;
    Ok(members::organisation(&mut tx, company).await?.map(|company| company.name))
}

async fn sign_out(browser: Browser) -> Response {
    if let Some(token) = browser.cookies.session()
        && let Err(fault) = session::end(&browser.app, token).await
    {
        return outside(&browser, Err(fault.into()));
    }
    let to = with_query(paths::SIGN_IN, [("skal", "utloggad")]);
    browser.cookies.clone().without_session().redirect(&to)
}

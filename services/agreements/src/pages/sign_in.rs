//! *Logga in* and *Logga ut*.

use super::{
    attempts::{
        self, Purpose,
        bankid::{self, BankIdWait},
        token::{self, AnswerForm, TokenChallenge},
    },
    display::MethodRow,
    nav,
    session::Guest,
};
use crate::{
    app::App,
    client::ClientAddress,
    fault::{Fault, Field},
    identity::{
        self,
        attempt::{self, Attempt, State},
        bankid::Asking,
        session::{self, SignInOutcome},
    },
    paths,
};
use axum::{
    Router,
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
    routing::{get, post},
};
use bevaka_domain::{
    agreement::HeldThrough,
    ids::{AttemptId, OrganisationId},
    signing::Method,
};
use bevaka_store::members;
use bevaka_web::{
    form::HtmlForm,
    layout::Tone,
    local_path::{local, or_start, with_query},
    page::{At, FieldError, Message, View},
    page_error::{PageError, PageId, PageResult},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

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

#[derive(Clone, Serialize)]
pub struct SignIn {
    pub methods: Vec<MethodRow>,
    /// Where the person wanted to go: a path of this server, empty for the start page.
    pub next: String,
    /// Which internet bank one signs in to (R6).
    pub channel: HeldThrough,
    /// The address of this page for the other internet bank.
    pub other: String,
    pub typed: TypedNumbers,
    #[serde(skip)]
    pub notice: Option<Message>,
    #[serde(skip)]
    pub errors: Vec<FieldError>,
}

/// Personal numbers as typed, shown again when they are wrong.
#[derive(Clone, Default, Serialize)]
pub struct TypedNumbers {
    pub on_card: String,
    pub token: String,
}

impl View for SignIn {
    const TEMPLATE: &'static str = "sign_in";
    const TITLE: &'static str = "sign-in-title";
    const AT: At = nav::OUTSIDE;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

impl SignIn {
    fn new(guest: &Guest, next: &str, channel: HeldThrough) -> Self {
        let next = local(next).unwrap_or_default();
        let other = match channel {
            HeldThrough::Private => HeldThrough::Corporate,
            HeldThrough::Corporate => HeldThrough::Private,
        };
        Self {
            methods: MethodRow::all(&guest.app),
            next: next.to_owned(),
            channel,
            other: address(other, next, ""),
            typed: TypedNumbers::default(),
            notice: None,
            errors: Vec::new(),
        }
    }
}

/// The address of the page, with the attempt whose end it tells.
fn address(channel: HeldThrough, next: &str, attempt: &str) -> String {
    let channel = match channel {
        HeldThrough::Private => "private",
        HeldThrough::Corporate => "",
    };
    with_query(paths::SIGN_IN, [("kanal", channel), ("next", next), (attempts::ENDED, attempt)]).into_owned()
}

/// What the corporate internet bank is not asked for by.
fn channel(text: &str) -> HeldThrough {
    if text == "private" { HeldThrough::Private } else { HeldThrough::Corporate }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignInQuery {
    next: String,
    #[serde(rename = "kanal")]
    channel: String,
    /// Why the person is here.
    #[serde(rename = "skal")]
    reason: String,
    /// The attempt that did not come to its end.
    #[serde(rename = "forsok")]
    attempt: String,
}

/// The form of one method.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SignInForm {
    method: String,
    number: String,
    next: String,
    #[serde(rename = "kanal")]
    channel: String,
}

async fn show(guest: Guest, Query(query): Query<SignInQuery>) -> PageResult {
    let mut view = SignIn::new(&guest, &query.next, channel(&query.channel));
    view.notice = match query.reason.as_str() {
        "inaktiv" => Some(Message::new(Tone::Info, "sign-in-inactive")),
        "slut" => Some(Message::new(Tone::Info, "sign-in-session-over")),
        "utloggad" => Some(Message::new(Tone::Success, "sign-in-signed-out")),
        _ => None,
    };
    if let Some(attempt) = attempts::find_former(&guest, &query.attempt).await {
        view.notice = attempts::problem(&guest, &attempt)?;
    }
    guest.page(StatusCode::OK, &view)
}

async fn begin(
    guest: Guest,
    ClientAddress(address): ClientAddress,
    HtmlForm(form): HtmlForm<SignInForm>,
) -> PageResult {
    let app = &guest.app;
    let method = attempts::method(app, &form.method)?;
    let channel = channel(&form.channel);
    let mut view = SignIn::new(&guest, &form.next, channel);
    let purpose = attempt::Purpose::SignIn { channel, next: view.next.clone() };
    let secret = attempts::secret(&guest);
    let asking = Asking { secret: &secret, address };
    let begun = match identity::bankid::kind(method) {
        Some(kind) => identity::bankid::sign_in(app, asking, kind, Some(&form.number), purpose).await,
        None => identity::token::sign_in(app, asking, &form.number, purpose).await,
    };
    let status = match begun {
        Ok(id) => {
            let to = match method {
                Method::Token => paths::sign_in_token(id),
                Method::OnCard | Method::Mobile => paths::sign_in_bankid(id),
            };
            return Ok(attempts::redirect_with_secret(&guest, secret, &to));
        }
        Err(Fault::Field(field)) => {
            let key = match field {
                Field::PersonalNumberMissing => "sign-in-number-missing",
                _ => "sign-in-number-invalid",
            };
            match method {
                Method::OnCard => {
                    view.typed.on_card = form.number;
                    view.errors.push(FieldError::new("number-on_card", key));
                }
                Method::Token => {
                    view.typed.token = form.number;
                    view.errors.push(FieldError::new("number-token", key));
                }
                Method::Mobile => {}
            }
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(Fault::TooManyTries) => {
            let until = app.now().plus(MINUTE).local().time_of_day(guest.language);
            view.notice = Some(Message::new(Tone::Error, "sign-in-too-many").with("until", until));
            StatusCode::TOO_MANY_REQUESTS
        }
        Err(Fault::BankId(error)) => {
            let (status, notice) = attempts::not_begun(&guest, &error)?;
            view.notice = Some(notice);
            status
        }
        Err(fault) => return Err(fault.into()),
    };
    guest.page(status, &view)
}

/// An attempt of this browser to sign in.
struct SignInAttempt {
    guest: Guest,
    attempt: Attempt,
    secret: String,
    channel: HeldThrough,
    next: String,
}

impl FromRequestParts<App> for SignInAttempt {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> PageResult<Self> {
        let Ok(guest) = Guest::from_request_parts(parts, app).await;
        let PageId(id) = PageId::from_request_parts(parts, app).await?;
        let (attempt, secret) = attempts::find(&guest, id).await?;
        let attempt::Purpose::SignIn { channel, next } = attempt.purpose.clone() else {
            return Err(Fault::NotFound.into());
        };
        Ok(Self { guest, attempt, secret, channel, next })
    }
}

async fn wait(found: SignInAttempt) -> PageResult {
    let here = paths::sign_in_bankid(found.attempt.id);
    match BankIdWait::new(&found.guest, &found.attempt, Purpose::SignIn, here)? {
        Some(view) => found.guest.page(StatusCode::OK, &view),
        None => ended(&found).await,
    }
}

async fn status(guest: Guest, PageId(id): PageId<AttemptId>) -> PageResult {
    bankid::status(&guest, id, paths::sign_in_bankid(id)).await
}

async fn qr(guest: Guest, PageId(id): PageId<AttemptId>) -> PageResult {
    bankid::qr(&guest, id).await
}

async fn challenge(found: SignInAttempt) -> PageResult {
    challenge_with(&found, StatusCode::OK, Vec::new()).await
}

async fn challenge_with(found: &SignInAttempt, status: StatusCode, errors: Vec<FieldError>) -> PageResult {
    let here = paths::sign_in_token(found.attempt.id);
    match TokenChallenge::new(&found.guest, &found.attempt, Purpose::SignIn, here)? {
        Some(view) => found.guest.page(status, &TokenChallenge { errors, ..view }),
        None => ended(found).await,
    }
}

async fn answer(found: SignInAttempt, HtmlForm(form): HtmlForm<AnswerForm>) -> PageResult {
    let (attempt, errors) = token::answer(&found.guest, found.attempt, &found.secret, &form).await?;
    challenge_with(&SignInAttempt { attempt, ..found }, StatusCode::UNPROCESSABLE_ENTITY, errors).await
}

async fn cancel(found: SignInAttempt) -> PageResult {
    let attempt = identity::bankid::cancel(&found.guest.app, found.attempt.id, &found.secret).await?;
    ended(&SignInAttempt { attempt, ..found }).await
}

/// Leads on from an attempt that is over: to a session, or back to where one signs in.
async fn ended(found: &SignInAttempt) -> PageResult {
    let SignInAttempt { guest, attempt, channel, next, .. } = found;
    match attempt.state {
        State::Proven { trader, .. } => begin_session(found, trader).await,
        State::Used if guest.cookies.session().is_some() => Err(PageError::redirect(or_start(next))),
        _ => Err(PageError::redirect(&address(*channel, next, &attempt.id.to_string()))),
    }
}

async fn begin_session(found: &SignInAttempt, trader: Option<OrganisationId>) -> PageResult {
    let SignInAttempt { guest, attempt, secret, channel, next } = found;
    let former = guest.cookies.session();
    let notice = match session::begin(&guest.app, attempt.id, secret, former).await {
        Ok(SignInOutcome::Session { token, chooses }) => {
            let cookies = guest.cookies.clone().with_session(token);
            let choice = with_query(paths::CHOOSE_COMPANY, [("next", next.as_str())]);
            return Ok(cookies.redirect(if chooses { &choice } else { or_start(next) }));
        }
        Ok(SignInOutcome::Blocked) => Message::new(Tone::Error, "sign-in-blocked"),
        Ok(SignInOutcome::Unknown) => match company_name(guest, trader).await? {
            Some(company) => Message::new(Tone::Warning, "sign-in-no-users").with("company", company),
            None => Message::new(Tone::Error, "sign-in-unknown"),
        },
        // The proof is too old, or has been used meanwhile.
        Err(Fault::NotFound) => return Err(PageError::redirect(&address(*channel, next, ""))),
        Err(fault) => return Err(fault.into()),
    };
    let view = SignIn { notice: Some(notice), ..SignIn::new(guest, next, *channel) };
    guest.page(StatusCode::FORBIDDEN, &view)
}

async fn company_name(guest: &Guest, company: Option<OrganisationId>) -> PageResult<Option<String>> {
    let Some(company) = company else { return Ok(None) };
    let mut tx = guest.app.chassis.db.begin_read().await?;
    Ok(members::organisation(&mut tx, company).await?.map(|company| company.name))
}

async fn sign_out(guest: Guest) -> PageResult {
    if let Some(token) = guest.cookies.session() {
        session::end(&guest.app, token).await?;
    }
    let to = with_query(paths::SIGN_IN, [("skal", "utloggad")]);
    Ok(guest.cookies.clone().without_session().redirect(&to))
}

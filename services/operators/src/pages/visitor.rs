//! An operator signed in to the pages, and the frame around what they see.

use super::{Answer, Place, Stop, Title, View, outside::role_key, paths};
use crate::app::App;
use axum::{
    extract::{FromRequestParts, Request},
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use bevaka_domain::{
    clock::Timestamp,
    language::Language,
    operator::{Act, Denied, Operator, Role},
};
use bevaka_portal::{Cookies, FieldFault, Message, News};
use bevaka_store::{StoreError, dead_letters, operator_sessions};
use bevaka_web::{
    language::RequestLanguage,
    layout::{self, Frame, Here, Link, Notice, Session},
    pages::ViewError,
    problem::{Problem, Refusal},
};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The session's cookie, as long as the browser is open.
pub(crate) const SESSION: &str = "__Host-bevaka-drift";
/// Before its end without use a session is warned of so many seconds ahead (R44).
const WARNS_S: u32 = 60;

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// There is no session of this cookie.
    Stranger,
    /// Nobody used it for too long (R44).
    Inactive,
    /// It reached its greatest age.
    Over,
}

/// An operator signed in to the pages. Others are led to where one signs in.
#[derive(Clone)]
pub struct Visitor {
    /// The service.
    pub app: App,
    /// Who it is.
    pub operator: Operator,
    /// The language of the answer.
    pub language: Language,
    /// What the browser keeps for us.
    pub cookies: Cookies,
    /// When they ask.
    pub now: Timestamp,
    here: Here,
    open_dead_letters: u64,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(RequestLanguage(language)) = RequestLanguage::from_request_parts(parts, app).await;
        let Ok(here) = Here::from_request_parts(parts, app).await;
        let Ok(jar) = CookieJar::from_request_parts(parts, app).await;
        let cookies = Cookies::new(jar);
        // A look that a script takes by itself is no use of the session (R44).
        let is_use = !parts.extensions.get::<Unattended>().is_some_and(|_| true);
        let resumed = resume(app, cookies.get(SESSION), is_use).await.map_err(|error| {
            tracing::error!(%error, "an operator's session cannot be read");
            Problem::internal().into_response()
        })?;
        let (operator, open_dead_letters) = resumed.map_err(|absent| to_sign_in(parts, absent))?;
        Ok(Self { app: app.clone(), operator, language, cookies, now: app.now(), here, open_dead_letters })
    }
}

/// Marks a request that no person made: put into its extensions before [`Visitor`] is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unattended;

/// What is stored of a session's cookie.
pub(crate) fn session_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

async fn resume(
    app: &App,
    token: Option<&str>,
    is_use: bool,
) -> Result<Result<(Operator, u64), Absent>, StoreError> {
    let Some(hash) = token.map(session_hash) else { return Ok(Err(Absent::Stranger)) };
    let now = app.now();
    let settings = &app.chassis.settings;
    let mut tx = app.chassis.db.begin_read().await?;
    let Some(session) = operator_sessions::find(&mut tx, &hash).await? else {
        return Ok(Err(Absent::Stranger));
    };
    if now.since(session.last_used_at) >= Duration::from_secs(settings.sessions.idle_s) {
        return Ok(Err(Absent::Inactive));
    }
    if now.since(session.created_at) >= Duration::from_secs(settings.operator_sign_in.longest_s) {
        return Ok(Err(Absent::Over));
    }
    let open = dead_letters::count_open(&mut tx).await?;
    drop(tx);
    if is_use {
        let mut tx = app.chassis.db.begin().await?;
        operator_sessions::touch(&mut tx, &hash, now).await?;
        tx.commit().await?;
    }
    Ok(Ok((session.operator, open)))
}

/// Leads to where one signs in and from there back, with the reason.
fn to_sign_in(parts: &Parts, absent: Absent) -> Response {
    let reason = match absent {
        Absent::Stranger => "",
        Absent::Inactive => "inaktiv",
        Absent::Over => "slut",
    };
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let back = parts.uri.path_and_query().filter(|_| is_read).map_or(paths::NOW, |path| path.as_str());
    let query = [("next", back), ("skal", reason)].into_iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    axum::response::Redirect::to(&format!("{}?{query}", paths::SIGN_IN)).into_response()
}

impl Visitor {
    /// Whether they may do this.
    ///
    /// # Errors
    /// A refusal that names the roles that would do.
    pub(crate) fn may(&self, act: Act) -> Result<(), Stop> {
        Ok(self.operator.may(act)?)
    }

    /// Whether the session still goes on and may see; asking is no use of it (R44).
    pub(crate) async fn is_still_here(&self) -> bool {
        let resumed = resume(&self.app, self.cookies.get(SESSION), false).await;
        // A database that is away ends no session.
        resumed.is_ok_and(|resumed| resumed.is_ok_and(|(operator, _)| operator.may(Act::See).is_ok()))
    }

    /// Whether they may do this, for what is only shown to those who may.
    pub fn is_allowed(&self, act: Act) -> bool {
        self.operator.may(act).is_ok()
    }

    /// A page in its frame.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn page<V: View>(&self, status: StatusCode, view: &V) -> Result<Response, ViewError> {
        let title = match view.title() {
            Title::Text(key, values) => self.app.pages.format(self.language, key, &values)?,
            Title::Words(words) => words,
        };
        let mut frame = self.frame(&title, view.place())?;
        if let Some(message) = view.notice() {
            frame = frame.notice(self.notice(&message)?);
        }
        for fault in view.faults() {
            frame = frame.fault(self.fault(&fault)?);
        }
        let page = self.app.pages.page(self.language, V::TEMPLATE, &frame, view)?;
        Ok((status, page).into_response())
    }

    /// The answer of a handler; `place` is where the page that was asked for belongs.
    pub(crate) fn answer(&self, place: Place, answer: Answer) -> Response {
        let stop = match answer {
            Ok(response) => return response,
            Err(Stop::Answer(response)) => return *response,
            Err(stop) => stop,
        };
        self.refuse(place, &stop).unwrap_or_else(|fault| Problem::from(fault).into_response())
    }

    /// A redirect to a page that tells what has been done.
    pub fn telling(&self, news: &impl News, to: &str) -> Response {
        self.cookies.clone().with_news(news).redirect(to)
    }

    /// The same page, with the news of the browser told.
    pub fn told(&self, page: Response) -> Response {
        (self.cookies.clone().without_news().into_jar(), page).into_response()
    }

    /// The name of a role, as people say it.
    fn role(&self, role: Role) -> Result<String, ViewError> {
        self.text(role_key(role))
    }

    fn roles<'a>(&self, roles: impl IntoIterator<Item = &'a Role>) -> Result<Vec<String>, ViewError> {
        roles.into_iter().map(|role| self.role(*role)).collect()
    }

    fn frame(&self, title: &str, place: Place) -> Result<Frame, ViewError> {
        let mut frame = Frame::new(title, self.language, &self.here)
            .brand(self.text("frame-brand")?)
            .home(paths::NOW)
            .close(paths::NOW);
        let links = [
            (Act::See, paths::NOW, "nav-now", Place::Now, 0),
            (Act::See, paths::EVENTS, "nav-events", Place::Events, 0),
            (Act::See, paths::DEAD_LETTERS, "nav-dead-letters", Place::DeadLetters, self.open_dead_letters),
            (Act::See, paths::CHANNELS, "nav-channels", Place::Channels, 0),
            (Act::ReadTrail, paths::TRAIL, "nav-trail", Place::Trail, 0),
            (Act::Inject, paths::INJECT, "nav-inject", Place::Inject, 0),
            (Act::Approve, paths::INJECT, "nav-approve", Place::Inject, 0),
        ];
        let mut shown = Vec::new();
        for (act, href, text, at, count) in links {
            if self.is_allowed(act) && !shown.contains(&href) {
                frame = frame.nav_with_count(href, self.text(text)?, at == place, count);
                shown.push(href);
            }
        }
        let roles = self.roles(&self.operator.roles)?.join(", ");
        let roles = self.app.pages.format(self.language, "frame-roles", &[("roles", roles)])?;
        let ends_s = self.app.chassis.settings.sessions.idle_s.try_into().unwrap_or(u32::MAX);
        let session = Session { ends_s, warns_s: WARNS_S, keep: paths::NOW.to_owned() };
        Ok(frame.who(&self.operator.name).who(roles).sign_out(paths::SIGN_OUT).session(session))
    }

    fn refuse(&self, place: Place, stop: &Stop) -> Result<Response, ViewError> {
        let (status, key) = match stop {
            Stop::Denied(_) => (StatusCode::FORBIDDEN, "role"),
            Stop::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Stop::Away => (StatusCode::SERVICE_UNAVAILABLE, "away"),
            Stop::Refused(status, key) => (*status, *key),
            Stop::OurFault | Stop::Answer(_) => (StatusCode::INTERNAL_SERVER_ERROR, "our-fault"),
        };
        let reason = match stop {
            Stop::Denied(Denied { needed, .. }) => {
                let needed = self.roles(*needed)?.join(", ");
                self.app.pages.format(self.language, "refused-role-reason", &[("roles", needed)])?
            }
            _ => self.text(&format!("refused-{key}-reason"))?,
        };
        let refusal = Refusal {
            status,
            title: self.text(&format!("refused-{key}-title"))?,
            reason,
            action: self.text(&format!("refused-{key}-action"))?,
            link: Some(Link { href: paths::NOW.to_owned(), text: self.text("refused-to-now")? }),
        };
        let frame = self.frame(&refusal.title, place)?;
        let page = refusal.page(&self.app.pages, self.language, &frame)?;
        Ok((refusal.status, page).into_response())
    }

    fn notice(&self, message: &Message) -> Result<Notice, ViewError> {
        let Message { tone, key, values } = message;
        Ok(Notice {
            tone: *tone,
            title: self.text(&format!("{key}-title"))?,
            text: self.app.pages.format(self.language, &format!("{key}-text"), values)?,
        })
    }

    fn fault(&self, fault: &FieldFault) -> Result<layout::Fault, ViewError> {
        let FieldFault { field, key, values } = fault;
        Ok(layout::Fault { field: field.clone(), text: self.app.pages.format(self.language, key, values)? })
    }

    fn text(&self, key: &str) -> Result<String, ViewError> {
        self.app.pages.text(self.language, key)
    }
}

/// Marks every request as one that no person made.
pub(crate) async fn unattended(mut request: Request, next: axum::middleware::Next) -> Response {
    request.extensions_mut().insert(Unattended);
    next.run(request).await
}

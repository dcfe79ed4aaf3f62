//! An operator signed in to the pages, and the frame around what they see.

use super::{guest::role_key, nav, paths};
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
use bevaka_store::{StoreError, dead_letters, operator_sessions};
use bevaka_web::{
    cookies::{Cookies, Flash},
    language::RequestLanguage,
    layout::{Frame, Here, Session},
    page::{At, PageFrame, View},
    page_error::{PageError, PageRefusal, PageResult, PageSlot},
    pages::{Pages, ViewError},
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

/// The session's cookie, as long as the browser is open.
pub(crate) const SESSION: &str = "__Host-bevaka-drift";
/// Before its end without use a session is warned of so many seconds ahead (R44).
const WARNS_S: u32 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// There is no session of this cookie.
    Stranger,
    /// Nobody used it for too long (R44).
    Inactive,
    Over,
}

/// An operator signed in to the pages. Others are led to where one signs in.
#[derive(Clone)]
pub(crate) struct OperatorSession {
    pub app: App,
    pub operator: Operator,
    pub language: Language,
    pub cookies: Cookies,
    pub now: Timestamp,
    frame: Arc<OperatorFrame>,
}

impl FromRequestParts<App> for OperatorSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(RequestLanguage(language)) = RequestLanguage::from_request_parts(parts, app).await;
        let Ok(here) = Here::from_request_parts(parts, app).await;
        let Ok(jar) = CookieJar::from_request_parts(parts, app).await;
        let cookies = Cookies::new(jar);
        // A look that a script takes by itself is no use of the session (R44).
        let is_use = parts.extensions.get::<Unattended>().is_none();
        let resumed = resume(app, cookies.get(SESSION), is_use).await.map_err(|error| {
            // Without a session there is no frame to refuse in but the one of whoever is outside.
            PageError::from(error).page(&super::guest::Guest::new(parts, app, language), nav::OUTSIDE)
        })?;
        let (operator, open_dead_letters) = resumed.map_err(|absent| to_sign_in(parts, absent))?;
        let frame =
            OperatorFrame { app: app.clone(), operator: operator.clone(), language, here, open_dead_letters };
        let frame = Arc::new(frame);
        PageSlot::of(parts).set_frame(frame.clone());
        Ok(Self { app: app.clone(), operator, language, cookies, now: app.now(), frame })
    }
}

/// Marks a request that no person made: put into its extensions before [`OperatorSession`] is taken.
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

impl OperatorSession {
    pub(crate) fn may(&self, act: Act) -> PageResult<()> {
        self.operator.may(act).map_err(|denied| self.denied(&denied))
    }

    /// The refusal of a command that needs another role.
    pub(crate) fn denied(&self, Denied { needed, .. }: &Denied) -> PageError {
        match self.frame.roles(*needed) {
            Ok(roles) => PageRefusal::new(StatusCode::FORBIDDEN, "refused-role").with("roles", roles).into(),
            Err(error) => error.into(),
        }
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

    /// A page in its frame; 422 if fields are wrong.
    pub fn page<V: View>(&self, view: &V) -> PageResult {
        let is_wrong = !view.errors().is_empty();
        self.page_with(if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, view)
    }

    pub fn page_with<V: View>(&self, status: StatusCode, view: &V) -> PageResult {
        let frame: &dyn PageFrame = &*self.frame;
        Ok(self.cookies.page((status, frame.page(view)?)))
    }

    /// A page that no browser may keep.
    pub fn page_once<V: View>(&self, view: &V) -> PageResult {
        Ok(([("cache-control", "no-store")], self.page(view)?).into_response())
    }

    /// Leads to a page that says what has been done.
    pub fn redirect_with_flash<F: Flash>(&self, flash: &F, to: &str) -> Response {
        self.cookies.redirect_with_flash(flash, to)
    }
}

/// The frame of an operator's pages.
struct OperatorFrame {
    app: App,
    operator: Operator,
    language: Language,
    here: Here,
    open_dead_letters: u64,
}

impl OperatorFrame {
    /// The names of roles, as people say them.
    fn roles<'a>(&self, roles: impl IntoIterator<Item = &'a Role>) -> Result<String, ViewError> {
        let names = roles.into_iter().map(|role| self.app.pages.text(self.language, role_key(*role)));
        Ok(names.collect::<Result<Vec<_>, _>>()?.join(", "))
    }
}

impl PageFrame for OperatorFrame {
    fn pages(&self) -> &Pages {
        &self.app.pages
    }

    fn language(&self) -> Language {
        self.language
    }

    fn frame(&self, title: &str, at: At) -> Result<Frame, ViewError> {
        let text = |key: &str| self.app.pages.text(self.language, key);
        let mut frame = Frame::new(title, self.language, &self.here)
            .brand(text("frame-brand")?)
            .home(paths::NOW)
            .close(paths::NOW);
        let links = [
            (Act::See, paths::NOW, "nav-now", nav::NOW, 0),
            (Act::See, paths::EVENTS, "nav-events", nav::EVENTS, 0),
            (Act::See, paths::DEAD_LETTERS, "nav-dead-letters", nav::DEAD_LETTERS, self.open_dead_letters),
            (Act::See, paths::CHANNELS, "nav-channels", nav::CHANNELS, 0),
            (Act::ReadTrail, paths::TRAIL, "nav-trail", nav::TRAIL, 0),
            (Act::Inject, paths::INJECT, "nav-inject", nav::INJECT, 0),
            (Act::Approve, paths::INJECT, "nav-approve", nav::INJECT, 0),
        ];
        let mut shown = Vec::new();
        for (act, href, key, of, count) in links {
            if self.operator.may(act).is_ok() && !shown.contains(&href) {
                frame = frame.nav_with_count(href, text(key)?, of == at, count);
                shown.push(href);
            }
        }
        let roles = [("roles", self.roles(&self.operator.roles)?)];
        let roles = self.app.pages.format(self.language, "frame-roles", &roles)?;
        let ends_s = self.app.chassis.settings.sessions.idle_s.try_into().unwrap_or(u32::MAX);
        let session = Session { ends_s, warns_s: WARNS_S, keep: paths::NOW.to_owned() };
        Ok(frame.who(&self.operator.name).who(roles).sign_out(paths::SIGN_OUT).session(session))
    }

    fn way_out(&self) -> (&'static str, &'static str) {
        (paths::NOW, "refused-to-now")
    }
}

/// Marks every request as one that no person made.
pub(crate) async fn unattended(mut request: Request, next: axum::middleware::Next) -> Response {
    request.extensions_mut().insert(Unattended);
    next.run(request).await
}

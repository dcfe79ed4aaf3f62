//! Waiting for BankID. Without JavaScript the page is fetched again by hand.

use super::{Purpose, find};
use crate::{
    fault::Fault,
    identity::{
        attempt::{Attempt, BankIdWay, State, Way},
        bankid::way_of,
    },
    pages::{nav, session::Guest},
    paths,
};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use bevaka_domain::ids::AttemptId;
use bevaka_eid::bankid::{self, Hint, Message, Method};
use bevaka_web::{
    page::{At, Title, View},
    page_error::{PageError, PageResult},
    pages::ViewError,
};
use qrcode::{QrCode, render::svg};
use serde::Serialize;
use url::form_urlencoded::byte_serialize;

/// The page that waits for BankID.
#[derive(Clone, Serialize)]
pub struct BankIdWait {
    pub purpose: Purpose,
    pub kind: BankIdKind,
    pub progress: BankIdProgress,
    /// BankID's recommended text in the language of the page.
    pub message: String,
    /// The address of this page, to fetch it again.
    pub here: String,
    /// Answers how far it has come, as JSON; asked every other second.
    pub status: String,
    pub cancel: String,
}

#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum BankIdKind {
    /// `start` starts the BankID program on this device: `bankid:///?autostarttoken=…`.
    OnCard { start: String },
    /// `start` starts the app on this device: `https://app.bankid.com/?autostarttoken=…`; `qr` answers the QR code of the
    /// moment as an SVG, and is asked every second.
    Mobile { start: String, qr: String },
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BankIdProgress {
    /// The app has not been started: the QR code is shown.
    Waiting,
    /// The app has been started: nothing to scan.
    Started,
    Ended,
}

/// What the status address answers to the page's script.
#[derive(Serialize)]
struct BankIdStatus {
    state: BankIdProgress,
    message: String,
    /// Where to go when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl View for BankIdWait {
    const TEMPLATE: &'static str = "bankid";
    const AT: At = nav::OUTSIDE;

    fn title(&self) -> Title {
        match self.purpose {
            Purpose::SignIn => "bankid-title-sign-in".into(),
            Purpose::Sign { .. } => "bankid-title-sign".into(),
        }
    }

    fn at(&self) -> At {
        self.purpose.at()
    }
}

impl BankIdWait {
    /// The page at the address `here`; `None` if the attempt is over.
    pub(in crate::pages) fn new(
        guest: &Guest,
        attempt: &Attempt,
        purpose: Purpose,
        here: String,
    ) -> PageResult<Option<Self>> {
        let way = way(attempt)?;
        if !attempt.is_pending() {
            return Ok(None);
        }
        let settings = &guest.app.chassis.settings;
        let (app_url, token) = (&settings.bankid.app_url, &way.auto_start_token);
        let start = |own: &str| {
            if app_url.is_empty() {
                return format!("{own}?autostarttoken={token}&redirect=null");
            }
            let back: String = byte_serialize(format!("{}{here}", settings.pages_url()).as_bytes()).collect();
            format!("{app_url}?autostarttoken={token}&redirect={back}")
        };
        let kind = match way.method {
            Method::OnCard => BankIdKind::OnCard { start: start("bankid:///") },
            Method::Mobile => BankIdKind::Mobile {
                start: start("https://app.bankid.com/"),
                qr: format!("{here}{}", paths::QR),
            },
        };
        Ok(Some(Self {
            purpose,
            kind,
            progress: progress(attempt),
            message: message(guest, attempt, way)?,
            status: format!("{here}{}", paths::STATUS),
            cancel: format!("{here}{}", paths::CANCEL),
            here,
        }))
    }
}

fn way(attempt: &Attempt) -> PageResult<&BankIdWay> {
    match &attempt.way {
        Way::BankId(way) => Ok(way),
        Way::Token(_) => Err(PageError::not_found()),
    }
}

/// Looking at it is no use of a session (R44).
const fn progress(attempt: &Attempt) -> BankIdProgress {
    match &attempt.state {
        State::Pending { hint: None | Some(Hint::OutstandingTransaction | Hint::NoClient) } => {
            BankIdProgress::Waiting
        }
        State::Pending { .. } => BankIdProgress::Started,
        _ => BankIdProgress::Ended,
    }
}

/// What to do now, in BankID's own words.
fn message(guest: &Guest, attempt: &Attempt, way: &BankIdWay) -> Result<String, ViewError> {
    let hint = match &attempt.state {
        State::Pending { hint: Some(hint) } => hint,
        _ => &Hint::OutstandingTransaction,
    };
    guest.app.pages.text(guest.language, Message::pending(hint, way_of(way.method)).key())
}

/// What the waiting page's script asks for; `here` is the address of that page, which leads on when it is over.
pub(in crate::pages) async fn status(guest: &Guest, id: AttemptId, here: String) -> PageResult {
    let (attempt, _) = find(guest, id).await?;
    let message = message(guest, &attempt, way(&attempt)?)?;
    let state = progress(&attempt);
    let next = (state == BankIdProgress::Ended).then_some(here);
    Ok(Json(BankIdStatus { state, message, next }).into_response())
}

/// The QR code of this second. It is another one in the next: the secret that it follows from stays here.
pub(in crate::pages) async fn qr(guest: &Guest, id: AttemptId) -> PageResult<Response> {
    let (attempt, _) = find(guest, id).await?;
    let way = way(&attempt)?;
    if progress(&attempt) != BankIdProgress::Waiting || way.method != Method::Mobile {
        return Err(Fault::NotFound.into());
    }
    let seconds = guest.app.now().since(attempt.started_at).as_secs();
    let text = bankid::qr(&way.qr_start_token, &way.qr_start_secret.clone().into(), seconds);
    let code = QrCode::new(text).map_err(PageError::other)?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], image).into_response())
}

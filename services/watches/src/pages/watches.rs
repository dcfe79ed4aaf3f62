//! *Mina bevakningar* (R24, R25): to read, to send a test, and to switch on again what was switched off from a mail.

use super::{
    display,
    flash::Done,
    session::{CompanySession, Names, today},
    timing::{Away, Filters, When},
};
use crate::{
    app::App,
    commands::{switch, test},
    fault::Fault,
    paths,
    queries::{
        self,
        mine::{Mine, WatchedKind},
        standing_in::Absence,
    },
};
use axum::{
    Router,
    routing::{get, post},
};
use bevaka_domain::{
    clock::{LocalDate, Timestamp},
    event::Kind,
    ids::ContactId,
    language::Language,
    watch::Channel,
};
use bevaka_portal::{help, nav};
use bevaka_web::{
    form::HtmlForm,
    layout::Tone,
    page::{At, Message, View},
    page_error::PageResult,
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::WATCHES, get(show))
        .route(paths::TEST, post(send_test))
        .route(paths::SWITCH_ON, post(switch_on))
}

async fn show(session: CompanySession) -> PageResult {
    let app = session.app();
    let mine = match queries::mine(app, session.caller).await {
        Err(Fault::NoAgreement { signatories }) => return not_connected(&session, signatories).await,
        mine => mine?,
    };
    let lately = queries::lately(app, session.caller).await?;
    let absences = queries::standing_in(app, session.caller).await?;
    let names = Names::for_session(&session);
    let notice = session.flash().and_then(|done| notice(&done, &mine, names));
    let view = Watches {
        company: session.company.organisation.name.clone(),
        standing_in: absences.into_iter().map(|absence| standing_in(absence, names)).collect(),
        lately: Count { alerts: lately.alerts.into(), at_night: lately.at_night.into() },
        notice,
        language: session.language(),
        ..view(&mine, names, today(&session))
    };
    session.page(&view)
}

async fn not_connected(session: &CompanySession, signatories: Vec<String>) -> PageResult {
    let view = NotConnected {
        company: session.company.organisation.name.clone(),
        may_connect: session.may_sign(),
        signatories,
        has_choices: queries::has_choices(session.app(), session.caller).await?,
    };
    session.page(&view)
}

/// What a user watches, without what happened lately.
fn view(mine: &Mine, names: Names<'_>, today: LocalDate) -> Watches {
    let rows = |wanted: fn(&WatchedKind) -> bool| {
        let kinds = mine.kinds.iter().filter(move |kind| wanted(kind));
        kinds.map(|kind| row(kind, mine, names, today)).collect()
    };
    let in_use = mine.contacts.iter().filter(|contact| !contact.used_for.is_empty());
    let confirmed = mine.contacts.iter().filter(|contact| display::is_confirmed(contact));
    Watches {
        company: String::new(),
        rows: rows(|kind| kind.is_included),
        outside: rows(|kind| !kind.is_included && kind.watch.is_some()),
        signatories: mine.signatories.clone(),
        unconfirmed: in_use.filter_map(display::unconfirmed).collect(),
        testable: confirmed.map(display::choosable).collect(),
        standing_in: Vec::new(),
        lately: Count { alerts: 0, at_night: 0 },
        notice: None,
        language: names.language,
    }
}

fn row(kind: &WatchedKind, mine: &Mine, names: Names<'_>, today: LocalDate) -> WatchRow {
    let watch = kind.watch.as_ref();
    let state = match (kind.is_included, watch) {
        (false, _) => WatchState::Outside,
        (true, None) => WatchState::Unwatched,
        (true, Some(watch)) => watch.off_at.map_or(WatchState::On, |at| WatchState::Off { at }),
    };
    let settings = watch.map(|watch| watch.settings.clone()).unwrap_or_default();
    WatchRow {
        id: kind.kind.to_string(),
        name: names.of(&kind.kind),
        state,
        sms: display::chosen(watch, Channel::Sms, &mine.contacts),
        email: display::chosen(watch, Channel::Email, &mine.contacts),
        filters: Filters::from(&settings),
        when: When::from(&settings),
        away: display::away(&settings, kind.stand_in.as_deref(), today),
    }
}

fn standing_in(absence: Absence, names: Names<'_>) -> StandingIn {
    let kinds = absence.kinds.iter().map(|kind| names.of(kind)).collect();
    StandingIn { name: absence.name, kinds, from: absence.from, to: absence.to }
}

fn notice(news: &Done, mine: &Mine, names: Names<'_>) -> Option<WatchesNotice> {
    Some(match news {
        Done::Saved => WatchesNotice::Saved,
        Done::SwitchedOn(kind) => WatchesNotice::SwitchedOn(names.of(kind)),
        Done::TestSent(contact) => WatchesNotice::TestSent(display::address_of(&mine.contacts, *contact)?),
        Done::TooManyTests(until) => WatchesNotice::TooManyTests(*until),
        _ => return None,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TestForm {
    contact: String,
}

async fn send_test(session: CompanySession, HtmlForm(form): HtmlForm<TestForm>) -> PageResult {
    let contact: ContactId = form.contact.parse().map_err(|_| Fault::NotFound)?;
    let done = match test::send_test(session.app(), session.caller, contact).await {
        Ok(()) => Done::TestSent(contact),
        Err(Fault::TooMany { until, .. }) => Done::TooManyTests(until),
        Err(fault) => return Err(fault.into()),
    };
    Ok(session.redirect_with_flash(&done, paths::WATCHES))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KindForm {
    kind: String,
}

async fn switch_on(session: CompanySession, HtmlForm(form): HtmlForm<KindForm>) -> PageResult {
    let kind: Kind = form.kind.parse().map_err(|_| Fault::NotFound)?;
    switch::on(session.app(), session.caller, &kind).await?;
    Ok(session.redirect_with_flash(&Done::SwitchedOn(kind), paths::WATCHES))
}

/// What a user watches, to read. *Ändra* leads to [`crate::paths::WATCHES_CHANGE`]; the test is `POST`
/// [`crate::paths::TEST`] with `contact`; *Slå på igen* is `POST` [`crate::paths::SWITCH_ON`] with `kind`.
#[derive(Clone, Serialize)]
pub struct Watches {
    pub company: String,
    pub rows: Vec<WatchRow>,
    /// What is watched though the agreement no longer covers it.
    pub outside: Vec<WatchRow>,
    /// Who may change the agreement, for kinds outside it; may be empty.
    pub signatories: Vec<String>,
    /// Contact points that a watch uses and nobody has confirmed.
    pub unconfirmed: Vec<Unconfirmed>,
    /// Where a test alert can be sent: the confirmed contact points.
    pub testable: Vec<ContactChoice>,
    /// Whom the user stands in for.
    pub standing_in: Vec<StandingIn>,
    pub lately: Count,
    #[serde(skip)]
    pub notice: Option<WatchesNotice>,
    /// The language of the page, for times in the notice.
    #[serde(skip)]
    pub language: Language,
}

#[derive(Clone, Serialize)]
pub struct WatchRow {
    pub id: String,
    pub name: String,
    pub state: WatchState,
    /// The mobile number that is told.
    pub sms: Chosen,
    /// The e-mail address that is told.
    pub email: Chosen,
    pub filters: Filters,
    pub when: When,
    /// Paused or with a stand-in, now or ahead.
    pub away: Vec<Away>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum WatchState {
    On,
    Unwatched,
    Off {
        at: Timestamp,
    },
    /// The agreement does not cover the kind (R15); what was chosen is kept.
    Outside,
}

/// What is chosen for one channel of a watch (R27).
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Chosen {
    No,
    Yes {
        /// The number or address, as people write it.
        address: String,
    },
    /// It is, but nobody has confirmed the contact point (R28).
    Unconfirmed {
        address: String,
    },
    /// It is, but the contact point has been removed.
    Missing,
}

/// A contact point that nothing is sent to yet.
#[derive(Clone, Serialize)]
pub struct Unconfirmed {
    pub address: String,
    /// When a code was sent that still can be typed in.
    pub sent_at: Option<Timestamp>,
    /// [`crate::paths::new_code`].
    pub new_code: String,
}

#[derive(Clone, Serialize)]
pub struct ContactChoice {
    pub id: String,
    pub address: String,
    /// Whether its owner has confirmed it (R28).
    pub confirmed: bool,
}

/// A colleague who is away, and whose alerts the user gets.
#[derive(Clone, Debug, Serialize)]
pub struct StandingIn {
    pub name: String,
    pub kinds: Vec<String>,
    pub from: LocalDate,
    pub to: LocalDate,
}

/// Alerts of the last 90 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    pub alerts: u64,
    /// Those between 22 and 6 in Stockholm.
    pub at_night: u64,
}

#[derive(Clone, PartialEq, Eq)]
pub enum WatchesNotice {
    Saved,
    /// A watch was switched on again; names the kind.
    SwitchedOn(String),
    /// A test is on its way; names the number or address.
    TestSent(String),
    /// Too many tests; the next one may be sent then.
    TooManyTests(Timestamp),
}

impl View for Watches {
    const TEMPLATE: &'static str = "watches";
    const TITLE: &'static str = "watches-title";
    const AT: At = At::new(nav::WATCHES, help::WATCHES);

    fn notice(&self) -> Option<Message> {
        let Some(notice) = &self.notice else {
            let nothing = self.rows.iter().all(|row| row.state == WatchState::Unwatched);
            return nothing.then(|| Message::new(Tone::Info, "watches-nothing"));
        };
        let message = match notice {
            WatchesNotice::Saved => Message::new(Tone::Success, "watches-saved"),
            WatchesNotice::SwitchedOn(kind) => {
                Message::new(Tone::Success, "watches-switched-on").with("kind", kind)
            }
            WatchesNotice::TestSent(address) => {
                Message::new(Tone::Success, "watches-test-sent").with("address", address)
            }
            WatchesNotice::TooManyTests(until) => Message::new(Tone::Error, "watches-too-many-tests")
                .with("time", until.local().time_of_day(self.language)),
        };
        Some(message)
    }
}

/// There is nothing to watch, and who can change that.
#[derive(Clone, Debug, Serialize)]
pub struct NotConnected {
    pub company: String,
    /// Whether this person may connect the company.
    pub may_connect: bool,
    /// Who may, if this person may not; may be empty.
    pub signatories: Vec<String>,
    /// Whether the user has choices from an agreement that has ended.
    pub has_choices: bool,
}

impl View for NotConnected {
    const TEMPLATE: &'static str = "not_connected";
    const TITLE: &'static str = "watches-title";
    const AT: At = At::new(nav::WATCHES, help::CONNECT);
}

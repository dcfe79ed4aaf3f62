//! *Företagets bevakningar*, for permission administrators.

use super::{
    flash::Done,
    session::{CompanySession, Names},
};
use crate::{
    app::App,
    commands::review::review,
    fault::Fault,
    paths,
    queries::{
        self,
        coverage::{self as query, Covered},
    },
};
use axum::{Router, routing::get};
use bevaka_domain::{
    clock::{LocalDate, Timestamp},
    watch::Channel,
};
use bevaka_portal::{Refused, help, nav};
use bevaka_web::{
    layout::Tone,
    page::{At, Message, View},
    page_error::{PageError, PageRefusal, PageResult},
};
use serde::Serialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::COVERAGE, get(show).post(submit))
}

async fn show(session: CompanySession) -> PageResult {
    let covered = queries::coverage(session.app(), session.caller).await.map_err(refused)?;
    let confirmed = matches!(session.flash(), Some(Done::Reviewed));
    let company = session.company.organisation.name.clone();
    session.page(&Coverage { company, confirmed, ..view(&covered, Names::for_session(&session)) })
}

fn view(coverage: &query::Coverage, names: Names<'_>) -> Coverage {
    let gaps = coverage.kinds.iter().filter(|kind| kind.is_gap());
    Coverage {
        company: String::new(),
        gaps: gaps.map(|kind| gap(kind, names)).collect(),
        kinds: coverage.kinds.iter().map(|kind| covered(kind, names)).collect(),
        review: review_of(coverage),
        confirmed: false,
    }
}

fn gap(kind: &Covered, names: Names<'_>) -> Gap {
    let unreached = kind.watchers.iter().map(|watcher| watcher.name.clone()).collect();
    Gap { kind: names.of(kind.kind()), unreached }
}

fn covered(kind: &Covered, names: Names<'_>) -> KindCoverage {
    KindCoverage { kind: names.of(kind.kind()), people: kind.watchers.iter().map(watcher).collect() }
}

fn watcher(watcher: &query::Watcher) -> Watcher {
    let channels = watcher.channels.iter().map(|(channel, _)| *channel).collect();
    Watcher { name: watcher.name.clone(), channels, state: state(watcher) }
}

/// What hinders alerts first; what only leads them elsewhere, or lets them rest, after that.
fn state(watcher: &query::Watcher) -> WatcherState {
    let is_reached = watcher.channels.iter().any(|(_, reached)| *reached == query::Reached::Confirmed);
    match (&watcher.stand_in, watcher.paused_until) {
        _ if !watcher.has_access => WatcherState::NoRight,
        _ if watcher.is_off => WatcherState::Off,
        _ if !is_reached => WatcherState::NoContact,
        (_, Some(until)) => WatcherState::Paused { until },
        (Some(name), None) => WatcherState::StandIn { name: name.clone() },
        (None, None) => WatcherState::Reached,
    }
}

fn review_of(coverage: &query::Coverage) -> Review {
    match &coverage.review {
        None => Review::Never,
        Some(last) if coverage.is_due => Review::Due { by: last.name.clone(), at: last.at },
        Some(last) => Review::Current { by: last.name.clone(), at: last.at, due: coverage.due },
    }
}

async fn submit(session: CompanySession) -> PageResult {
    review(session.app(), session.caller).await.map_err(refused)?;
    Ok(session.redirect_with_flash(&Done::Reviewed, paths::COVERAGE))
}

/// Others than administrators are told what the page is for, and who they are.
fn refused(fault: Fault) -> PageError {
    let Fault::NotAdministrator { administrators } = fault else { return fault.into() };
    PageRefusal {
        key: "coverage-refused",
        link: Some((paths::WATCHES.to_owned(), "alerts-to-watches")),
        ..Refused::NotAdministrator { administrators }.into()
    }
    .into()
}

/// Who watches what in the company, gaps first. The yearly confirmation is `POST` [`crate::paths::COVERAGE`].
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    pub company: String,
    /// Agreed kinds that nobody is told of.
    pub gaps: Vec<Gap>,
    pub kinds: Vec<KindCoverage>,
    pub review: Review,
    /// Whether it was given just before.
    #[serde(skip)]
    pub confirmed: bool,
}

/// An agreed kind that nobody is told of.
#[derive(Clone, Debug, Serialize)]
pub struct Gap {
    pub kind: String,
    /// Who has chosen it, but cannot be reached; empty if nobody has.
    pub unreached: Vec<String>,
}

/// An agreed kind with those who watch it.
#[derive(Clone, Debug, Serialize)]
pub struct KindCoverage {
    pub kind: String,
    pub people: Vec<Watcher>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Watcher {
    pub name: String,
    pub channels: Vec<Channel>,
    pub state: WatcherState,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum WatcherState {
    /// By at least one confirmed contact point.
    Reached,
    /// Nobody has confirmed a contact point, or it is gone (R28).
    NoContact,
    /// Paused, and no one is told instead.
    Paused {
        /// The first day that is told again.
        until: LocalDate,
    },
    StandIn {
        name: String,
    },
    Off,
    /// Blocked, or without the right to watch (R20, R22).
    NoRight,
}

/// The yearly confirmation that all this is right.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Review {
    Never,
    Current {
        by: String,
        at: Timestamp,
        due: LocalDate,
    },
    /// Confirmed more than a year ago.
    Due {
        by: String,
        at: Timestamp,
    },
}

impl View for Coverage {
    const TEMPLATE: &'static str = "coverage";
    const TITLE: &'static str = "coverage-title";
    const AT: At = At::new(nav::COVERAGE, help::WATCHES);

    fn notice(&self) -> Option<Message> {
        self.confirmed.then(|| Message::new(Tone::Success, "coverage-confirmed"))
    }
}

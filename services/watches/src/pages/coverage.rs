//! *Företagets bevakningar*, for permission administrators.

use super::{
    news::News,
    visitor::{Answer, Names, Stop, Visitor, answer, page},
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
    views::{Coverage, Gap, KindCoverage, Place, Review, Watcher, WatcherState},
};
use axum::{Router, http::StatusCode, response::Response, routing::get};
use bevaka_web::{layout::Link, pages::ViewError, problem::Refusal};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::COVERAGE, get(show).post(submit))
}

async fn show(visitor: Visitor) -> Response {
    answer(&visitor, Place::Coverage, shown_page(&visitor).await)
}

async fn shown_page(visitor: &Visitor) -> Answer {
    let covered = queries::coverage(visitor.app(), visitor.caller).await;
    let covered = covered.map_err(|fault| refused(visitor, fault))?;
    let confirmed = matches!(visitor.browser.cookies.news(), Some(News::Reviewed));
    let company = visitor.company.organisation.name.clone();
    let view = Coverage { company, confirmed, ..view(&covered, Names::for_visitor(visitor)) };
    let page = page(visitor, StatusCode::OK, &view)?;
    Ok(if confirmed { visitor.browser.told(page) } else { page })
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

async fn submit(visitor: Visitor) -> Response {
    let reviewed = review(visitor.app(), visitor.caller).await;
    let told = reviewed.map(|()| visitor.browser.telling(&News::Reviewed, paths::COVERAGE));
    answer(&visitor, Place::Coverage, told.map_err(|fault| refused(&visitor, fault)))
}

/// Others than administrators are told what the page is for, and who they are.
fn refused(visitor: &Visitor, fault: Fault) -> Stop {
    match fault {
        Fault::NotAdministrator { administrators } => {
            refusal(visitor, &administrators).map_or_else(Stop::from, Stop::from)
        }
        fault => fault.into(),
    }
}

fn refusal(visitor: &Visitor, administrators: &[String]) -> Result<Refusal, ViewError> {
    let (pages, language) = (&visitor.app().pages, visitor.language());
    let action = if administrators.is_empty() {
        pages.text(language, "refused-ask-administrator-unnamed")?
    } else {
        pages.format(language, "refused-ask-administrator", &[("names", administrators.join(", "))])?
    };
    Ok(Refusal {
        status: StatusCode::FORBIDDEN,
        title: pages.text(language, "coverage-refused-title")?,
        reason: pages.text(language, "coverage-refused-reason")?,
        action,
        link: Some(Link {
            href: paths::WATCHES.to_owned(),
            text: pages.text(language, "alerts-to-watches")?,
        }),
    })
}

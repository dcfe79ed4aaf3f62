//! *Mina bevakningar* (R24, R25): to read, to send a test, and to switch on again what was switched off from a mail.

use super::{
    news::News,
    shown,
    visitor::{Answer, Fields, Names, Stop, Visitor, answer, id, page, today},
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
    views::{
        Count, Filters, NotConnected, Place, StandingIn, WatchRow, WatchState, Watches, WatchesNotice, When,
    },
};
use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use bevaka_domain::{clock::LocalDate, event::Kind, ids::ContactId, watch::Channel};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::WATCHES, get(show))
        .route(paths::TEST, post(send_test))
        .route(paths::SWITCH_ON, post(switch_on))
}

async fn show(visitor: Visitor) -> Response {
    answer(&visitor, Place::Watches, shown_page(&visitor).await)
}

async fn shown_page(visitor: &Visitor) -> Answer {
    let app = visitor.app();
    let mine = match queries::mine(app, visitor.caller).await {
        Err(Fault::NoAgreement { signatories }) => return not_connected(visitor, signatories).await,
        mine => mine?,
    };
    let lately = queries::lately(app, visitor.caller).await?;
    let absences = queries::standing_in(app, visitor.caller).await?;
    let names = Names::for_visitor(visitor);
    let notice = visitor.browser.cookies.news().and_then(|news| notice(&news, &mine, names));
    let is_told = notice.is_some();
    let view = Watches {
        company: visitor.company.organisation.name.clone(),
        standing_in: absences.into_iter().map(|absence| standing_in(absence, names)).collect(),
        lately: Count { alerts: lately.alerts.into(), at_night: lately.at_night.into() },
        notice,
        language: visitor.language(),
        ..view(&mine, names, today(visitor))
    };
    let page = page(visitor, StatusCode::OK, &view)?;
    Ok(if is_told { visitor.browser.told(page) } else { page })
}

async fn not_connected(visitor: &Visitor, signatories: Vec<String>) -> Answer {
    let view = NotConnected {
        company: visitor.company.organisation.name.clone(),
        may_connect: visitor.may_sign(),
        signatories,
        has_choices: queries::has_choices(visitor.app(), visitor.caller).await?,
    };
    page(visitor, StatusCode::OK, &view)
}

/// What a user watches, without what happened lately.
fn view(mine: &Mine, names: Names<'_>, today: LocalDate) -> Watches {
    let rows = |wanted: fn(&WatchedKind) -> bool| {
        let kinds = mine.kinds.iter().filter(move |kind| wanted(kind));
        kinds.map(|kind| row(kind, mine, names, today)).collect()
    };
    let in_use = mine.contacts.iter().filter(|contact| !contact.used_for.is_empty());
    let confirmed = mine.contacts.iter().filter(|contact| shown::is_confirmed(contact));
    Watches {
        company: String::new(),
        rows: rows(|kind| kind.is_included),
        outside: rows(|kind| !kind.is_included && kind.watch.is_some()),
        signatories: mine.signatories.clone(),
        unconfirmed: in_use.filter_map(shown::unconfirmed).collect(),
        testable: confirmed.map(shown::choosable).collect(),
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
        sms: shown::chosen(watch, Channel::Sms, &mine.contacts),
        email: shown::chosen(watch, Channel::Email, &mine.contacts),
        filters: Filters::from(&settings),
        when: When::from(&settings),
        away: shown::away(&settings, kind.stand_in.as_deref(), today),
    }
}

fn standing_in(absence: Absence, names: Names<'_>) -> StandingIn {
    let kinds = absence.kinds.iter().map(|kind| names.of(kind)).collect();
    StandingIn { name: absence.name, kinds, from: absence.from, to: absence.to }
}

fn notice(news: &News, mine: &Mine, names: Names<'_>) -> Option<WatchesNotice> {
    Some(match news {
        News::Saved => WatchesNotice::Saved,
        News::SwitchedOn(kind) => WatchesNotice::SwitchedOn(names.of(kind)),
        News::TestSent(contact) => WatchesNotice::TestSent(shown::address_of(&mine.contacts, *contact)?),
        News::TooManyTests(until) => WatchesNotice::TooManyTests(*until),
        _ => return None,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct To {
    contact: String,
}

async fn send_test(visitor: Visitor, Fields(to): Fields<To>) -> Response {
    answer(&visitor, Place::Watches, tested(&visitor, &to.contact).await)
}

async fn tested(visitor: &Visitor, contact: &str) -> Answer {
    let contact: ContactId = id(contact)?;
    let news = match test::send_test(visitor.app(), visitor.caller, contact).await {
        Ok(()) => News::TestSent(contact),
        Err(Fault::TooMany { until, .. }) => News::TooManyTests(until),
        Err(fault) => return Err(fault.into()),
    };
    Ok(visitor.browser.telling(&news, paths::WATCHES))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct On {
    kind: String,
}

async fn switch_on(visitor: Visitor, Fields(on): Fields<On>) -> Response {
    answer(&visitor, Place::Watches, switched_on(&visitor, &on.kind).await)
}

async fn switched_on(visitor: &Visitor, kind: &str) -> Answer {
    let kind: Kind = id(kind)?;
    switch::on(visitor.app(), visitor.caller, &kind).await.map_err(Stop::from)?;
    Ok(visitor.browser.telling(&News::SwitchedOn(kind), paths::WATCHES))
}

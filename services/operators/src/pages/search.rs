//! *Händelser*: one form that finds an event or an alert by whatever is known of it (R39). An address or a personal number
//! that is typed stands in no address of a page: the form is posted, and leads to what it found or on to a search by our ids.

mod form;
mod rows;

use super::{OperatorSession, nav, paths};
use crate::{
    app::App,
    queries::search::{self, DeliveriesAsked, EventsAsked, Fault, STATES, Wrong},
};
use axum::{Router, extract::Query, routing::get};
use bevaka_domain::{ids::DeliveryId, operator::Act};
use bevaka_store::Tx;
use bevaka_web::{
    form::HtmlForm,
    local_path::with_query,
    page::{At, FieldError, View},
    page_error::{PageError, PageId, PageResult},
};
use form::{Form, Leads};
use rows::{AlertRow, DeliveryView, EventRow};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::EVENTS, get(show).post(find)).route(paths::DELIVERY, get(delivery))
}

/// What is asked for, as it stands in the address.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct SearchQuery {
    id: String,
    company: String,
    user: String,
    contact: String,
    parcel: String,
    kind: String,
    state: String,
    from: String,
    until: String,
    #[serde(skip_serializing)]
    after: String,
    show: Show,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Show {
    #[default]
    Events,
    Alerts,
}

impl SearchQuery {
    fn shows_alerts(&self) -> bool {
        let of_alerts = [&self.state, &self.contact, &self.parcel];
        self.show == Show::Alerts || of_alerts.iter().any(|field| !field.is_empty())
    }

    fn is_narrowed(&self) -> bool {
        let fields = [&self.id, &self.company, &self.user, &self.kind, &self.from, &self.until];
        self.shows_alerts() || fields.iter().any(|field| !field.is_empty())
    }

    fn address(&self, after: &str) -> String {
        let show = if self.show == Show::Alerts { "alerts" } else { "" };
        let fields = [
            ("id", self.id.as_str()),
            ("company", &self.company),
            ("user", &self.user),
            ("contact", &self.contact),
            ("parcel", &self.parcel),
            ("kind", &self.kind),
            ("state", &self.state),
            ("from", &self.from),
            ("until", &self.until),
            ("show", show),
            ("after", after),
        ];
        with_query(paths::EVENTS, fields).into_owned()
    }

    fn of_events(&self) -> EventsAsked {
        EventsAsked {
            id: given(&self.id),
            company: given(&self.company),
            user: given(&self.user),
            kind: given(&self.kind),
            from: given(&self.from),
            until: given(&self.until),
            after: given(&self.after),
            ..EventsAsked::default()
        }
    }

    fn of_alerts(&self) -> DeliveriesAsked {
        DeliveriesAsked {
            company: given(&self.company),
            user: given(&self.user),
            contact: given(&self.contact),
            parcel: given(&self.parcel),
            kind: given(&self.kind),
            state: given(&self.state),
            from: given(&self.from),
            until: given(&self.until),
            after: given(&self.after),
            ..DeliveriesAsked::default()
        }
    }
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[derive(Serialize)]
struct SearchView {
    form: Form,
    is_narrowed: bool,
    kinds: Vec<Choice>,
    states: Vec<State>,
    shows_alerts: bool,
    events: Vec<EventRow>,
    alerts: Vec<AlertRow>,
    newest: Option<String>,
    older: Option<String>,
    /// Whether there may be more although the page found nothing.
    goes_on: bool,
    #[serde(skip)]
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    text: String,
    chosen: bool,
}

#[derive(Serialize)]
struct State {
    value: &'static str,
    chosen: bool,
}

impl View for SearchView {
    const TEMPLATE: &'static str = "search";
    const TITLE: &'static str = "search-title";
    const AT: At = nav::EVENTS;

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

impl SearchView {
    fn new(session: &OperatorSession, form: Form) -> Self {
        let kinds = session.app.chassis.catalogue.kinds().map(|kind| Choice {
            value: kind.kind.to_string(),
            text: kind.name(session.language).to_owned(),
            chosen: kind.kind.as_str() == form.kind,
        });
        let states = STATES.map(|value| State { value, chosen: value == form.state });
        Self {
            kinds: kinds.collect(),
            states: states.into(),
            form,
            is_narrowed: true,
            shows_alerts: false,
            events: Vec::new(),
            alerts: Vec::new(),
            newest: None,
            older: None,
            goes_on: false,
            errors: Vec::new(),
        }
    }

    fn wrong(mut self, fault: &Fault) -> Self {
        self.errors.push(FieldError {
            field: form::field(fault).into(),
            key: form::text(fault),
            values: Vec::new(),
        });
        self
    }
}

async fn show(session: OperatorSession, Query(asked): Query<SearchQuery>) -> PageResult {
    session.may(Act::See)?;
    let mut tx = session.app.chassis.db.begin_read().await?;
    let form = Form::of(&mut tx, &asked).await?;
    let mut view = SearchView::new(&session, form);
    view.is_narrowed = asked.is_narrowed();
    view.shows_alerts = asked.shows_alerts();
    let next = match fill(&mut tx, &session, &asked, &mut view).await? {
        Ok(next) => next,
        Err(fault) => return session.page(&view.wrong(&fault)),
    };
    view.goes_on = next.is_some() && view.events.is_empty() && view.alerts.is_empty();
    view.older = next.map(|next| asked.address(&next));
    view.newest = (!asked.after.is_empty()).then(|| asked.address(""));
    session.page(&view)
}

/// Fills the table; gives where to go on.
async fn fill(
    tx: &mut Tx,
    session: &OperatorSession,
    asked: &SearchQuery,
    view: &mut SearchView,
) -> bevaka_store::Result<Result<Option<String>, Fault>> {
    if asked.shows_alerts() {
        return Ok(search::deliveries(tx, &asked.of_alerts()).await?.map(|found| {
            view.alerts = found.rows.into_iter().map(|row| AlertRow::new(session, row)).collect();
            found.next
        }));
    }
    Ok(search::events(tx, &asked.of_events()).await?.map(|found| {
        view.events = found.rows.into_iter().map(|row| EventRow::new(session, row)).collect();
        found.next
    }))
}

async fn find(session: OperatorSession, HtmlForm(form): HtmlForm<Form>) -> PageResult {
    session.may(Act::See)?;
    let mut tx = session.app.chassis.db.begin_read().await?;
    match form.leads(&mut tx, &session.app.vault).await? {
        Ok(Leads::Event(id)) => Err(PageError::redirect(&format!("{}/{id}", paths::EVENTS))),
        Ok(Leads::Alert(id)) => Err(PageError::redirect(&format!("{}/{id}", paths::DELIVERIES))),
        Ok(Leads::Search(asked)) => Err(PageError::redirect(&asked.address(""))),
        Err(fault) => session.page(&SearchView::new(&session, form).wrong(&fault)),
    }
}

/// One alert with all that happened to it.
async fn delivery(session: OperatorSession, PageId(id): PageId<DeliveryId>) -> PageResult {
    session.may(Act::See)?;
    let mut tx = session.app.chassis.db.begin_read().await?;
    let (listed, whole) = search::delivery(&mut tx, id).await?.ok_or_else(PageError::not_found)?;
    let received_at = search::received_at(&mut tx, listed.alert.event).await?;
    let view = DeliveryView::new(&session, listed, &whole, received_at);
    session.page(&view)
}

//! *Prova*: what would happen if an event came in now. Nothing is sent and nothing is stored.

use super::{
    event,
    rows::{Row, Wording},
};
use crate::{
    pages::{OperatorSession, nav},
    queries::explain::{self, Explanation},
};
use axum::extract::Query;
use bevaka_alerting::accept::{self, Refused};
use bevaka_domain::{event::Event, ids::EventId, operator::Act};
use bevaka_web::{
    form::HtmlForm,
    page::{At, FieldError, View},
    page_error::PageResult,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// What events that are tried out carry as their publisher; it is never stored.
const SOURCE: &str = "/bevaka/prova";

/// The form, and what would happen.
#[derive(Serialize)]
struct Trial {
    kinds: Vec<KindChoice>,
    typed: Typed,
    result: Option<Outcome>,
    #[serde(skip)]
    errors: Vec<FieldError>,
}

/// A kind that can be chosen.
#[derive(Serialize)]
struct KindChoice {
    name: String,
    label: String,
    chosen: bool,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    kind: String,
    company: String,
    recipient: String,
    when: String,
    data: String,
    /// Or the id of a stored event, instead of all of these.
    event: String,
}

#[derive(Serialize)]
struct Outcome {
    kind: String,
    company: String,
    number: String,
    company_known: bool,
    expires: String,
    /// Whether an event with this source and id is stored, so that it would change nothing.
    is_stored: bool,
    rows: Vec<Row>,
    texts: Vec<Wording>,
}

impl View for Trial {
    const TEMPLATE: &'static str = "explain_trial";
    const TITLE: &'static str = "explain-trial-title";
    const AT: At = nav::EVENTS;

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TrialQuery {
    handelse: String,
}

pub(super) async fn form(session: OperatorSession, Query(query): Query<TrialQuery>) -> PageResult {
    page(&session, Typed { event: query.handelse, ..Typed::default() }).await
}

/// By a form, as what an event holds belongs into no address. It changes nothing.
pub(super) async fn run(session: OperatorSession, HtmlForm(typed): HtmlForm<Typed>) -> PageResult {
    page(&session, typed).await
}

async fn page(session: &OperatorSession, typed: Typed) -> PageResult {
    session.may(Act::See)?;
    let (result, errors) = match tried(session, &typed).await? {
        Ok(result) => (result, Vec::new()),
        Err(error) => (None, vec![error]),
    };
    let kind = |kind: &bevaka_catalogue::EventKind| KindChoice {
        name: kind.kind.to_string(),
        label: kind.name(session.language).to_owned(),
        chosen: kind.kind.as_str() == typed.kind,
    };
    let kinds = session.app.chassis.catalogue.kinds().map(kind).collect();
    session.page(&Trial { kinds, typed, result, errors })
}

/// What would happen, if the form says of what.
async fn tried(session: &OperatorSession, typed: &Typed) -> PageResult<Result<Option<Outcome>, FieldError>> {
    let event = match typed.asked(session) {
        Ok(None) => return Ok(Ok(None)),
        Ok(Some(event)) => event,
        Err(error) => return Ok(Err(error)),
    };
    let mut tx = session.app.chassis.db.begin_snapshot().await?;
    let event = match event {
        What::Given(event) => *event,
        What::Stored(id) => match bevaka_store::events::find(&mut tx, id).await? {
            Some(decided) => decided.event,
            None => return Ok(Err(FieldError::new("event", "explain-fault-event"))),
        },
    };
    let explanation = explain::dry(&session.app, &mut tx, &event, session.now).await?;
    Ok(Ok(Some(outcome(session, &event, &explanation)?)))
}

fn outcome(session: &OperatorSession, event: &Event, explanation: &Explanation) -> PageResult<Outcome> {
    let sheet = event::sheet(session, explanation);
    Ok(Outcome {
        kind: session.app.chassis.catalogue.name(&event.kind, session.language).to_owned(),
        company: explanation.company.name.clone().unwrap_or_default(),
        number: explanation.company.organisation_number.clone(),
        company_known: explanation.company.name.is_some(),
        expires: event::words(session).moment(event.expires_at),
        is_stored: explanation.event.event_id.is_some(),
        rows: sheet.rows()?,
        texts: sheet.texts()?,
    })
}

enum What {
    Given(Box<Event>),
    Stored(EventId),
}

impl Typed {
    /// What is asked about; nothing on a page that was only opened.
    fn asked(&self, session: &OperatorSession) -> Result<Option<What>, FieldError> {
        if !self.event.trim().is_empty() {
            let id = self.event.trim().parse();
            return id
                .map(|id| Some(What::Stored(id)))
                .map_err(|_| FieldError::new("event", "explain-fault-event"));
        }
        if self.kind.is_empty() && self.company.is_empty() {
            return Ok(None);
        }
        let data = if self.data.trim().is_empty() { "{}" } else { self.data.as_str() };
        let data: Value =
            serde_json::from_str(data).map_err(|_| FieldError::new("data", "explain-fault-json"))?;
        let time =
            if self.when.trim().is_empty() { session.now.to_string() } else { self.when.trim().to_owned() };
        let mut body = json!({
            "specversion": "1.0", "id": "prova", "source": SOURCE, "type": self.kind, "subject": self.company.trim(),
            "time": time, "data": data,
        });
        if !self.recipient.trim().is_empty() {
            body["recipient"] = json!(self.recipient.trim());
        }
        let chassis = &session.app.chassis;
        let max_bytes = chassis.settings.operators.max_event_bytes;
        let body = body.to_string().into_bytes();
        accept::accept(&body, &chassis.catalogue, max_bytes, EventId(Uuid::nil()), session.now)
            .map(|event| Some(What::Given(Box::new(event))))
            .map_err(fault)
    }
}

/// At which field the fault lies that intake found.
fn fault(refused: Refused) -> FieldError {
    let (field, key) = match refused.reason {
        "unknown_kind" => ("kind", "explain-fault-kind"),
        "subject" => ("company", "explain-fault-company"),
        "recipient" => ("recipient", "explain-fault-recipient"),
        "time" | "time_ahead" => ("when", "explain-fault-when"),
        "body_too_large" => ("data", "explain-fault-large"),
        _ => return FieldError::new("data", "explain-fault-data").with("detail", refused.detail),
    };
    FieldError::new(field, key)
}

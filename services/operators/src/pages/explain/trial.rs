//! *Prova*: what would happen if an event came in now. Nothing is sent and nothing is stored.

use super::{
    event,
    rows::{Row, Wording},
};
use crate::{
    pages::{Answer, Place, Title, View, Visitor},
    queries::explain::{self, Explanation},
};
use axum::{extract::Query, http::StatusCode, response::Response};
use bevaka_alerting::accept::{self, Refused};
use bevaka_domain::{event::Event, ids::EventId, operator::Act};
use bevaka_portal::{FieldFault, Fields};
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
    faults: Vec<FieldFault>,
}

/// A kind that can be chosen.
#[derive(Serialize)]
struct KindChoice {
    name: String,
    label: String,
    chosen: bool,
}

/// What was typed.
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

/// What would happen.
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

    fn title(&self) -> Title {
        "explain-trial-title".into()
    }

    fn place(&self) -> Place {
        Place::Events
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    handelse: String,
}

pub(super) async fn form(visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    let typed = Typed { event: asked.handelse, ..Typed::default() };
    visitor.answer(Place::Events, tried(&visitor, typed).await)
}

/// By a form, as what an event holds belongs into no address. It changes nothing.
pub(super) async fn run(visitor: Visitor, Fields(typed): Fields<Typed>) -> Response {
    visitor.answer(Place::Events, tried(&visitor, typed).await)
}

async fn tried(visitor: &Visitor, typed: Typed) -> Answer {
    visitor.may(Act::See)?;
    let asked = typed.asked(visitor);
    let mut tx = visitor.app.chassis.db.begin_snapshot().await?;
    let event = match asked {
        Ok(None) => return shown(visitor, StatusCode::OK, typed, None, Vec::new()),
        Ok(Some(What::Given(event))) => *event,
        Ok(Some(What::Stored(id))) => match bevaka_store::events::find(&mut tx, id).await? {
            Some(decided) => decided.event,
            None => return faulty(visitor, typed, FieldFault::new("event", "explain-fault-event")),
        },
        Err(fault) => return faulty(visitor, typed, fault),
    };
    let explanation = explain::dry(&visitor.app, &mut tx, &event, visitor.now).await?;
    shown(visitor, StatusCode::OK, typed, Some(outcome(visitor, &event, &explanation)?), Vec::new())
}

fn faulty(visitor: &Visitor, typed: Typed, fault: FieldFault) -> Answer {
    shown(visitor, StatusCode::UNPROCESSABLE_ENTITY, typed, None, vec![fault])
}

fn shown(
    visitor: &Visitor,
    status: StatusCode,
    typed: Typed,
    result: Option<Outcome>,
    faults: Vec<FieldFault>,
) -> Answer {
    let kind = |kind: &bevaka_catalogue::EventKind| KindChoice {
        name: kind.kind.to_string(),
        label: kind.name(visitor.language).to_owned(),
        chosen: kind.kind.as_str() == typed.kind,
    };
    let kinds = visitor.app.chassis.catalogue.kinds().map(kind).collect();
    Ok(visitor.page(status, &Trial { kinds, typed, result, faults })?)
}

fn outcome(visitor: &Visitor, event: &Event, explanation: &Explanation) -> Answer<Outcome> {
    let sheet = event::sheet(visitor, explanation);
    Ok(Outcome {
        kind: visitor.app.chassis.catalogue.name(&event.kind, visitor.language).to_owned(),
        company: explanation.company.name.clone().unwrap_or_default(),
        number: explanation.company.organisation_number.clone(),
        company_known: explanation.company.name.is_some(),
        expires: event::words(visitor).moment(event.expires_at),
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
    fn asked(&self, visitor: &Visitor) -> Result<Option<What>, FieldFault> {
        if !self.event.trim().is_empty() {
            let id = self.event.trim().parse();
            return id
                .map(|id| Some(What::Stored(id)))
                .map_err(|_| FieldFault::new("event", "explain-fault-event"));
        }
        if self.kind.is_empty() && self.company.is_empty() {
            return Ok(None);
        }
        let data = if self.data.trim().is_empty() { "{}" } else { self.data.as_str() };
        let data: Value =
            serde_json::from_str(data).map_err(|_| FieldFault::new("data", "explain-fault-json"))?;
        let time =
            if self.when.trim().is_empty() { visitor.now.to_string() } else { self.when.trim().to_owned() };
        let mut body = json!({
            "specversion": "1.0", "id": "prova", "source": SOURCE, "type": self.kind, "subject": self.company.trim(),
            "time": time, "data": data,
        });
        if !self.recipient.trim().is_empty() {
            body["recipient"] = json!(self.recipient.trim());
        }
        let chassis = &visitor.app.chassis;
        let max_bytes = chassis.settings.operators.max_event_bytes;
        let body = body.to_string().into_bytes();
        accept::accept(&body, &chassis.catalogue, max_bytes, EventId(Uuid::nil()), visitor.now)
            .map(|event| Some(What::Given(Box::new(event))))
            .map_err(fault)
    }
}

/// At which field the fault lies that intake found.
fn fault(refused: Refused) -> FieldFault {
    let (field, key) = match refused.reason {
        "unknown_kind" => ("kind", "explain-fault-kind"),
        "subject" => ("company", "explain-fault-company"),
        "recipient" => ("recipient", "explain-fault-recipient"),
        "time" | "time_ahead" => ("when", "explain-fault-when"),
        "body_too_large" => ("data", "explain-fault-large"),
        _ => return FieldFault::new("data", "explain-fault-data").with("detail", refused.detail),
    };
    FieldFault::new(field, key)
}

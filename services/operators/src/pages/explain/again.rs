//! Sending an event again, with a look at what that would do.

use super::{event, news::SentAgain};
use crate::{
    commands::send_again::{self, Owed, Refusal},
    pages::{Answer, Place, Stop, Title, View, Visitor, paths},
};
use axum::{extract::Path, http::StatusCode, response::Response};
use bevaka_domain::{
    ids::EventId,
    operator::{Act, InvalidJustification, Justification},
};
use bevaka_portal::{FieldFault, Fields};
use bevaka_store::{Tx, events::Decided, people};
use serde::{Deserialize, Serialize};

/// Who would be told.
#[derive(Serialize)]
struct Again {
    id: String,
    kind: String,
    rows: Vec<AgainRow>,
    /// What was typed.
    because: String,
    #[serde(skip)]
    fault: Option<&'static str>,
}

/// One alert that would be made.
#[derive(Serialize)]
struct AgainRow {
    name: String,
    way: String,
    /// When, if not at once.
    when: String,
}

impl View for Again {
    const TEMPLATE: &'static str = "explain_again";

    fn title(&self) -> Title {
        "explain-again-title".into()
    }

    fn place(&self) -> Place {
        Place::Events
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.fault.into_iter().map(|key| FieldFault::new("because", key)).collect()
    }
}

pub(super) async fn preview(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.answer(Place::Events, previewed(&visitor, &id, ("", None)).await)
}

async fn previewed(visitor: &Visitor, id: &str, typed: (&str, Option<&'static str>)) -> Answer {
    visitor.may(Act::Repair)?;
    let mut tx = visitor.app.chassis.db.begin_snapshot().await?;
    let decided = event::find(&mut tx, id).await?;
    let owed = send_again::owed(&mut tx, &decided, visitor.now).await.map_err(refused)?;
    let view = view(visitor, &mut tx, (&decided, &owed), typed).await?;
    let status = if view.fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visitor.page(status, &view)?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Order {
    because: String,
}

pub(super) async fn send(visitor: Visitor, Path(id): Path<String>, Fields(order): Fields<Order>) -> Response {
    visitor.answer(Place::Events, sent(&visitor, &id, &order.because).await)
}

async fn sent(visitor: &Visitor, id: &str, because: &str) -> Answer {
    visitor.may(Act::Repair)?;
    let parsed: EventId = id.parse().map_err(|_| Stop::NotFound)?;
    let because = match Justification::parse(because) {
        Ok(because) => because,
        Err(fault) => return previewed(visitor, id, (because, Some(fault_key(fault)))).await,
    };
    let alerts =
        send_again::send_again(&visitor.app, &visitor.operator, parsed, &because).await.map_err(refused)?;
    Ok(visitor.telling(&SentAgain(alerts.len()), &format!("{}/{parsed}", paths::EVENTS)))
}

const fn fault_key(fault: InvalidJustification) -> &'static str {
    match fault {
        InvalidJustification::Length => "explain-because-length",
        InvalidJustification::Address => "explain-because-address",
        InvalidJustification::Number => "explain-because-number",
    }
}

fn refused(refusal: Refusal) -> Stop {
    let key = match refusal {
        Refusal::NotFound => return Stop::NotFound,
        Refusal::Store(fault) => return fault.into(),
        Refusal::Notice => "explain-notice",
        Refusal::Expired => "explain-expired",
        Refusal::Nobody => "explain-nobody",
    };
    Stop::Refused(StatusCode::CONFLICT, key)
}

async fn view(
    visitor: &Visitor,
    tx: &mut Tx,
    (decided, owed): (&Decided, &[Owed]),
    (because, fault): (&str, Option<&'static str>),
) -> Answer<Again> {
    let users = people::users(tx, owed.iter().map(|owed| owed.user)).await?;
    let contacts = people::contacts(tx, owed.iter().map(|owed| owed.contact)).await?;
    let words = event::words(visitor);
    let mut rows = Vec::with_capacity(owed.len());
    for owed in owed {
        let way = words.channel(owed.channel)?;
        let to = contacts.get(&owed.contact).map(bevaka_domain::contact::Address::masked);
        rows.push(AgainRow {
            name: users.get(&owed.user).map(|(_, name)| name.clone()).unwrap_or_default(),
            way: to.map_or(way.clone(), |to| format!("{way} · {to}")),
            when: owed.later.map_or_else(String::new, |later| words.moment(later.at)),
        });
    }
    let kind = &decided.event.kind;
    Ok(Again {
        id: decided.event.id.to_string(),
        kind: visitor.app.chassis.catalogue.name(kind, visitor.language).to_owned(),
        rows,
        because: because.to_owned(),
        fault,
    })
}

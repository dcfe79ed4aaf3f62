//! `POST /dispatcher/api/explain`: who was told of an event, or would be, and why each of the others was not (R38).

use super::{
    injections::CloudEvent,
    operator::{Operator, may},
    refusals::Refusals,
};
use crate::{
    app::App,
    queries::explain::{self, Explanation},
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_alerting::accept;
use bevaka_domain::{event::Event, ids::EventId};
use bevaka_store::{Result as Stored, events};
use bevaka_web::{
    body::JsonBody,
    openapi::{BodyFaults, NotFound},
    problem::Problem,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// Which event, in exactly one of three ways: by our id, by the publisher's source and id, or as it would come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Our id of a stored event.
    event_id: Option<EventId>,
    /// The publisher of a stored event.
    #[schema(min_length = 1, max_length = 256)]
    source: Option<String>,
    /// The publisher's id of a stored event.
    #[schema(min_length = 1, max_length = 256)]
    id: Option<String>,
    /// An event that could be.
    #[schema(value_type = Option<CloudEvent>)]
    event: Option<Box<RawValue>>,
    /// Of a stored event: what would happen if it came in now, instead of what was decided then.
    #[serde(default)]
    as_if_now: bool,
}

/// Explains a stored event, or runs one dry: nothing is sent and nothing is stored. Of a stored event it tells what was
/// decided then, what became of it, and what sending it again would decide now.
#[utoipa::path(
    post,
    path = "/dispatcher/api/explain",
    operation_id = "explainEvent",
    request_body = Question,
    responses(
        (status = OK, description = "The explanation.", body = Explanation),
        NotFound, BodyFaults, NotAnEvent, Refusals,
    ),
)]
pub(super) async fn explain(
    State(app): State<App>,
    _: Operator<may::See>,
    JsonBody(question): JsonBody<Question>,
) -> Result<Json<Explanation>, Problem> {
    let found = answer(&app, question.parse(&app)?, question.as_if_now).await?;
    found.map(Json).ok_or_else(Problem::not_found)
}

bevaka_web::refusals! {
    /// The question is none (`invalid_field`), or the event that could be is no event (`not_an_event`).
    NotAnEvent = UNPROCESSABLE_ENTITY;
}

enum Asked<'a> {
    Ours(EventId),
    Theirs(&'a str, &'a str),
    Given(Box<Event>),
}

impl Question {
    fn parse(&self, app: &App) -> Result<Asked<'_>, Problem> {
        match (self.event_id, &self.source, &self.id, &self.event) {
            (Some(id), None, None, None) => Ok(Asked::Ours(id)),
            (None, Some(source), Some(id), None) => {
                for (field, text) in [("source", source), ("id", id)] {
                    accept::key(field, text)
                        .map_err(|refused| Problem::invalid_field(field, refused.detail))?;
                }
                Ok(Asked::Theirs(source, id))
            }
            (None, None, None, Some(event)) if !self.as_if_now => given(app, event),
            _ => Err(Problem::invalid_field(
                "event_id, source, id, event, as_if_now",
                "The event must be named in one way: event_id, source and id, or event; as_if_now is for stored \
                 events.",
            )),
        }
    }
}

/// By the same checks as on the bus.
fn given(app: &App, event: &RawValue) -> Result<Asked<'static>, Problem> {
    let chassis = &app.chassis;
    let max_bytes = chassis.settings.operators.max_event_bytes;
    let body = event.get().as_bytes();
    let event = accept::accept(body, &chassis.catalogue, max_bytes, EventId(Uuid::nil()), app.now());
    let event = event.map_err(|refused| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not an event",
            format!("{refused}."),
            "Correct it and ask again; on the bus it would become a dead letter.",
        )
        .coded("not_an_event")
        .at("event")
    })?;
    Ok(Asked::Given(Box::new(event)))
}

async fn answer(app: &App, asked: Asked<'_>, as_if_now: bool) -> Stored<Option<Explanation>> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let found = match asked {
        Asked::Given(event) => return explain::dry(app, &mut tx, &event, now).await.map(Some),
        Asked::Ours(id) => events::find(&mut tx, id).await?,
        Asked::Theirs(source, id) => events::find_external(&mut tx, source, id).await?,
    };
    let Some(decided) = found else { return Ok(None) };
    let explanation = if as_if_now {
        explain::dry(app, &mut tx, &decided.event, now).await?
    } else {
        explain::stored(app, &mut tx, &decided, now).await?
    };
    Ok(Some(explanation))
}

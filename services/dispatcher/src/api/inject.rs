//! `POST /dispatcher/api/events`: puts CloudEvents on the bus, as any publisher would.

use super::{
    Caller, Injected, away,
    described::{CloudEvent, Refusals, TooLarge, Unreadable},
    unavailable,
    views::Fault,
};
use crate::app::App;
use crate::intake;
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
};
use bevaka_bus::Message;
use bevaka_domain::{
    clock::Timestamp,
    ids::EventId,
    operator::{Act, Operator},
    trail::{Action, Entry, Writer},
};
use bevaka_store::trail;
use bevaka_web::problem::Problem;
use serde_json::{json, value::RawValue};
use std::collections::BTreeMap;

/// Takes one event or an array of them. Each is checked as intake will check it, so that a fault is told here and not
/// found among the dead letters; the sound ones are published together. If the answer is 202, they are durable. The
/// same events again change nothing (R30).
///
/// # Errors
/// 400 if the body is not JSON; 413 if there are too many; 422 if no event is sound; 503 if the bus or the database is
/// away.
#[utoipa::path(
    post,
    path = "/dispatcher/api/events",
    operation_id = "injectEvents",
    request_body(content(
        (CloudEvent = "application/cloudevents+json"),
        (Vec<CloudEvent> = "application/cloudevents-batch+json"),
    )),
    responses(
        (status = ACCEPTED, description = "The sound events are durable.", body = Injected),
        (status = UNPROCESSABLE_ENTITY, description = "No event is sound.", body = Injected),
        Unreadable, TooLarge, Refusals,
    ),
)]
pub async fn inject(
    State(app): State<App>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Injected>), Problem> {
    let operator = caller.may(Act::Inject)?;
    let body = body.map_err(|_| Problem::too_large())?;
    let events = split(&body)?;
    if events.is_empty() {
        let detail = "The array holds no event.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "No event", detail, "Send at least one."));
    }
    let limit = app.chassis.settings.operators.max_events_per_request;
    if events.len() > limit {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too many events",
            format!("The request holds {} events, the limit is {limit}.", events.len()),
            "Send them in several requests.",
        ));
    }
    let now = app.chassis.clock.now();
    let max_bytes = app.chassis.settings.operators.max_event_bytes;
    let (mut messages, mut answer) = (Vec::with_capacity(events.len()), Injected::default());
    for (index, event) in events.iter().enumerate() {
        let body = event.get().as_bytes();
        match intake::accept(
            body,
            &app.chassis.catalogue,
            max_bytes,
            EventId(app.chassis.entropy.id(now)),
            now,
        ) {
            Ok(event) => {
                answer.accept(index, &event);
                let (id, key) = (event.external_id, event.kind.to_string());
                messages.push(Message { id, key, body: body.to_vec() });
            }
            Err(refused) => answer.refused.push(Fault {
                index,
                reason: refused.reason.to_owned(),
                detail: refused.detail,
            }),
        }
    }
    if messages.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(answer)));
    }
    record(&app, operator, &messages, now).await.map_err(|error| unavailable(&error))?;
    app.chassis.bus.publish(&messages).await.map_err(|error| {
        tracing::error!(%error, "injected events could not be published");
        away("The bus does not take events at the moment; some of these may have been taken.")
    })?;
    tracing::info!(events = messages.len(), "events injected");
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Before they are published, so that none is on the bus without standing in the trail (R37, R41).
async fn record(
    app: &App,
    operator: &Operator,
    messages: &[Message],
    now: Timestamp,
) -> bevaka_store::Result<()> {
    let mut kinds = BTreeMap::<_, usize>::new();
    for message in messages {
        *kinds.entry(message.key.as_str()).or_default() += 1;
    }
    let entry = Entry {
        at: now,
        actor: operator.actor(),
        action: Action::EventsInjected,
        organisation: None,
        subject: "events".to_owned(),
        detail: json!({"events": messages.len(), "kinds": kinds}),
    };
    let mut tx = app.chassis.db.begin().await?;
    trail::append(&mut tx, Writer::Dispatcher, &entry).await?;
    tx.commit().await
}

fn split(body: &[u8]) -> Result<Vec<Box<RawValue>>, Problem> {
    let unreadable = |_| Problem::unreadable();
    let array = body.trim_ascii_start().first() == Some(&b'[');
    if array {
        serde_json::from_slice(body).map_err(unreadable)
    } else {
        Ok(vec![serde_json::from_slice(body).map_err(unreadable)?])
    }
}

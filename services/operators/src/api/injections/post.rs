//! `POST /injections`: puts CloudEvents on the bus, or proposes to (R37).

use super::{
    super::{
        Caller,
        described::{self, CloudEvent, NotJson, ProblemBody, Refusals, TooLarge, Unreadable},
        unavailable,
    },
    because,
};
use crate::{
    app::App,
    commands::inject::{self, Refusal},
    queries::injectable::{Checked, Unsound},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bevaka_domain::operator::Act;
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

/// Events to inject.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewInjection)]
pub(in crate::api) struct Asked {
    /// An id of the caller's choice: the same request with it again changes nothing and is answered the same.
    #[schema(value_type = String, format = Uuid, required = false)]
    injection_id: Option<Uuid>,
    /// Why, for the trail: 3 to 200 characters, such as the number of the case. No address and no personal number.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
    /// As publishers send them, without `bevakaorigin`, which Bevaka sets itself.
    #[schema(value_type = Vec<CloudEvent>)]
    events: Vec<Box<RawValue>>,
}

/// What became of an injection, event by event.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Injected {
    /// The injection.
    #[schema(value_type = String, format = Uuid)]
    pub injection_id: Uuid,
    /// `published`, or `waiting` for a second operator's approval.
    #[schema(schema_with = described::injection_state)]
    pub state: String,
    /// How many people the events tell: each person once for each event.
    pub recipients: u64,
    /// The sound events.
    pub accepted: Vec<Accepted>,
    /// Not taken, each with its reason.
    pub refused: Vec<Fault>,
}

/// A sound event, by the publisher's key.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    /// Its place in the request, counted from 0.
    pub index: usize,
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// Whether it changes nothing: the same source and id were stored before, or stand before it in the request.
    pub known: bool,
}

/// An event that was not taken.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// Its place in the request, counted from 0.
    pub index: usize,
    /// Why, as a code.
    pub reason: String,
    /// Why, in words.
    pub detail: String,
}

/// A field is wrong (`invalid_field`), or no event is sound (`no_sound_event`).
#[derive(Serialize, ToSchema, IntoResponses)]
#[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
#[schema(as = InjectionRefused)]
struct NoneSound {
    #[serde(flatten)]
    problem: ProblemBody,
    /// Why each event is not sound.
    #[schema(required = false)]
    refused: Vec<Fault>,
}

/// The id belongs to another injection (`injection_id_taken`).
#[derive(IntoResponses)]
#[response(status = CONFLICT, content_type = "application/problem+json")]
#[expect(dead_code, reason = "only its description is used")]
struct IdTaken(ProblemBody);

/// Takes CloudEvents. Each is checked as intake will check it, so that a fault is told here and not found among the dead
/// letters; the sound ones are injected together. If the answer is 202, they are durable: published, or waiting for a
/// second operator if they tell more people than `operators.approval_above`, together with what the same person has
/// injected before. Events that are stored already change nothing.
///
/// # Errors
/// 409 if the id belongs to another injection; 413 if there are too many events; 422 if a field is wrong or no event is
/// sound.
#[utoipa::path(
    post,
    path = "/dispatcher/api/injections",
    operation_id = "injectEvents",
    request_body = Asked,
    responses(
        (status = ACCEPTED, description = "The sound events are durable.", body = Injected),
        Unreadable, IdTaken, TooLarge, NotJson, NoneSound, Refusals,
    ),
)]
pub(in crate::api) async fn inject(
    State(app): State<App>,
    caller: Caller,
    asked: Result<JsonBody<Asked>, Problem>,
) -> Result<(StatusCode, Json<Injected>), Response> {
    let operator = caller.may(Act::Inject).map_err(Problem::into_response)?;
    let JsonBody(asked) = asked.map_err(Problem::into_response)?;
    let because = because(&asked.because).map_err(Problem::into_response)?;
    let events: Vec<_> = asked.events.iter().map(|event| event.get()).collect();
    let request = inject::Request { id: asked.injection_id, because: &because, events: &events };
    match inject::inject(&app, operator, request).await {
        Ok(injected) => Ok((StatusCode::ACCEPTED, Json(Injected::from(injected)))),
        Err(refusal) => Err(refused(refusal)),
    }
}

fn refused(refusal: Refusal) -> Response {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let problem = match refusal {
        Refusal::Store(error) => unavailable(&error),
        Refusal::NoneSound(unsound) => return none_sound(unsound),
        Refusal::NoEvents => {
            let detail = "events holds no event.";
            Problem::new(unprocessable, "No event", detail, "Send at least one.")
                .coded("invalid_field")
                .at("events")
        }
        Refusal::TooMany { count, limit } => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too many events",
            format!("The request holds {count} events, the limit is {limit}."),
            "Send them in several requests.",
        )
        .coded("too_many_events")
        .at("events"),
        Refusal::IdTaken => Problem::new(
            StatusCode::CONFLICT,
            "The id belongs to another injection",
            "An injection with this id was made by another request.",
            "Choose a new id, or send what was sent with this one.",
        )
        .coded("injection_id_taken")
        .at("injection_id"),
    };
    problem.into_response()
}

fn none_sound(unsound: Vec<Unsound>) -> Response {
    let problem = Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "No event is sound",
        "Intake would put every event of the request aside; refused says why.",
        "Correct the events and send them again.",
    )
    .coded("no_sound_event")
    .at("events");
    let refused = unsound.into_iter().map(Fault::from).collect();
    let body = Json(NoneSound { problem: (&problem).into(), refused });
    (problem.status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

impl From<Unsound> for Fault {
    fn from(unsound: Unsound) -> Self {
        let Unsound { index, refused } = unsound;
        Self { index, reason: refused.reason.to_owned(), detail: refused.detail }
    }
}

impl From<inject::Injected<'_>> for Injected {
    fn from(injected: inject::Injected<'_>) -> Self {
        let Checked { sound, unsound } = injected.checked;
        let accepted = sound.into_iter().map(|sound| Accepted {
            index: sound.index,
            source: sound.event.source,
            id: sound.event.external_id,
            known: sound.is_known,
        });
        Self {
            injection_id: injected.injection.id,
            state: injected.injection.state.name().to_owned(),
            recipients: injected.injection.recipients,
            accepted: accepted.collect(),
            refused: unsound.into_iter().map(Fault::from).collect(),
        }
    }
}

//! `/dispatcher/api/injections…`: events that operators put on the bus (R37).

use super::{
    operator::{Operator, may, role_needed},
    refusals::{Because, InvalidParameter, Refusals, justification},
};
use crate::{
    app::App,
    commands::{approve, inject, reject},
    queries::{
        injectable::{Checked, Unsound},
        injections::{self, Events, Shown},
    },
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bevaka_domain::{
    clock::Timestamp,
    injection::{self, Decided, Refusal as Undecided, StateName},
    operator::Operator as Person,
};
use bevaka_store::injections::Injection;
use bevaka_web::{
    body::JsonBody,
    extract::{Id, QueryParams},
    list::{Page, limit},
    openapi::{BodyFaults, NotFound, ProblemBody},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use utoipa::{IntoParams, IntoResponses, ToSchema};
use uuid::Uuid;

/// Events to inject.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInjection {
    /// An id of the caller's choice: the same request with it again changes nothing and is answered the same.
    #[schema(nullable = false)]
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
    pub injection_id: Uuid,
    /// `published`, or `waiting` for a second operator's approval.
    pub state: StateName,
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

/// Takes CloudEvents. Each is checked as intake will check it, so that a fault is told here and not found among the dead
/// letters; the sound ones are injected together. If the answer is 202, they are durable: published, or waiting for a
/// second operator if they tell more people than `operators.approval_above`, together with what the same person has
/// injected before. Events that are stored already change nothing.
#[utoipa::path(
    post,
    path = "/dispatcher/api/injections",
    operation_id = "injectEvents",
    request_body = NewInjection,
    responses(
        (status = ACCEPTED, description = "The sound events are durable.", body = Injected),
        IdTaken, BodyFaults, TooManyEvents, InjectionRefused, Refusals,
    ),
)]
pub(super) async fn inject(
    State(app): State<App>,
    operator: Operator<may::Inject>,
    JsonBody(body): JsonBody<NewInjection>,
) -> Result<(StatusCode, Json<Injected>), InjectionRefused> {
    let because = justification(&body.because)?;
    let events: Vec<_> = body.events.iter().map(|event| event.get()).collect();
    let request = inject::Request { id: body.injection_id, because: &because, events: &events };
    let injected = inject::inject(&app, &operator, request).await?;
    Ok((StatusCode::ACCEPTED, Json(injected.into())))
}

bevaka_web::refusals! {
    /// The id belongs to another injection (`injection_id_taken`).
    IdTaken = CONFLICT;
    /// The body is too large (`body_too_large`), or holds too many events (`too_many_events`).
    TooManyEvents = PAYLOAD_TOO_LARGE;
    /// It waits no more (`already_decided`), its time is over (`injection_expired`), or intake would not take its events any
    /// more (`no_longer_sound`).
    NotApproved = CONFLICT;
    /// It waits no more (`already_decided`), or its time is over (`injection_expired`).
    NotRejected = CONFLICT;
    /// The token lacks the role that this needs (`role_needed`), or the injection is one's own (`own_injection`).
    Own = FORBIDDEN;
}

/// A field is wrong (`invalid_field`), or no event is sound (`no_sound_event`).
#[derive(Serialize, ToSchema, IntoResponses)]
#[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
pub(super) struct InjectionRefused {
    #[serde(skip)]
    status: StatusCode,
    #[serde(flatten)]
    problem: ProblemBody,
    /// Why each event is not sound.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<Fault>,
}

impl From<Problem> for InjectionRefused {
    fn from(problem: Problem) -> Self {
        Self { status: problem.status, problem: problem.into(), refused: Vec::new() }
    }
}

impl From<inject::Refusal> for InjectionRefused {
    fn from(refusal: inject::Refusal) -> Self {
        let problem = match refusal {
            inject::Refusal::Store(error) => error.into(),
            inject::Refusal::NoneSound(unsound) => {
                let problem = Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "No event is sound",
                    "Intake would put every event of the request aside; refused says why.",
                    "Correct the events and send them again.",
                );
                let refused = unsound.into_iter().map(Fault::from).collect();
                return Self { refused, ..problem.coded("no_sound_event").at("events").into() };
            }
            inject::Refusal::NoEvents => Problem::invalid_field("events", "events holds no event."),
            inject::Refusal::TooMany { count, limit } => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Too many events",
                format!("The request holds {count} events, the limit is {limit}."),
                "Send them in several requests.",
            )
            .coded("too_many_events")
            .at("events"),
            inject::Refusal::IdTaken => Problem::new(
                StatusCode::CONFLICT,
                "The id belongs to another injection",
                "An injection with this id was made by another request.",
                "Choose a new id, or send what was sent with this one.",
            )
            .coded("injection_id_taken")
            .at("injection_id"),
        };
        problem.into()
    }
}

impl IntoResponse for InjectionRefused {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, Json(self)).into_response()
    }
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
            state: StateName::from(&injected.injection.state),
            recipients: injected.injection.recipients,
            accepted: accepted.collect(),
            refused: unsound.into_iter().map(Fault::from).collect(),
        }
    }
}

/// What is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only injections in this state.
    #[param(nullable = false)]
    state: Option<StateName>,
    /// What came before this one: `next` of the page before. Left out: the latest.
    #[param(nullable = false)]
    before: Option<Uuid>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The newest injections, newest first.
#[utoipa::path(
    get,
    path = "/dispatcher/api/injections",
    operation_id = "listInjections",
    params(ListQuery),
    responses((status = OK, description = "The injections.", body = Page<InjectionView>), InvalidParameter, Refusals),
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Operator<may::See>,
    QueryParams(asked): QueryParams<ListQuery>,
) -> Result<Json<Page<InjectionView>>, Problem> {
    let limit = limit(asked.limit)?;
    let state = asked.state.map(StateName::as_str);
    let listed = injections::list(&app, state, asked.before, limit).await?;
    let listed = listed.ok_or_else(|| Problem::invalid_field("before", "before is no injection's id."))?;
    let items = listed.injections.into_iter().map(InjectionView::from).collect();
    Ok(Json(Page { items, next: listed.next.map(|id| id.to_string()) }))
}

/// One injection, with its first events as long as they are kept: while it waits, and once it is published.
#[utoipa::path(
    get,
    path = "/dispatcher/api/injections/{id}",
    operation_id = "getInjection",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "The injection.", body = InjectionView), NotFound, Refusals),
)]
pub(super) async fn get(
    State(app): State<App>,
    _: Operator<may::See>,
    Id(id): Id<Uuid>,
) -> Result<Json<InjectionView>, Problem> {
    injections::one(&app, id).await?.map(|shown| Json(shown.into())).ok_or_else(Problem::not_found)
}

/// Publishes the events of an injection that waits. Another person than proposed it must ask for this.
#[utoipa::path(
    post,
    path = "/dispatcher/api/injections/{id}/approve",
    operation_id = "approveInjection",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses(
        (status = OK, description = "It is published.", body = InjectionView),
        NotFound, NotApproved, Refusals, Own,
    ),
)]
pub(super) async fn approve(
    State(app): State<App>,
    operator: Operator<may::Approve>,
    Id(id): Id<Uuid>,
) -> Result<Json<InjectionView>, Problem> {
    let approved = approve::approve(&app, &operator, id).await;
    approved.map(|injection| Json(injection.into())).map_err(|refusal| undecided(refusal, &operator))
}

/// Stops an injection that waits: nothing of it is published, and its events are forgotten.
#[utoipa::path(
    post,
    path = "/dispatcher/api/injections/{id}/reject",
    operation_id = "rejectInjection",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Because,
    responses(
        (status = OK, description = "It is rejected.", body = InjectionView),
        NotFound, NotRejected, BodyFaults, Refusals,
    ),
)]
pub(super) async fn reject(
    State(app): State<App>,
    operator: Operator<may::Reject>,
    Id(id): Id<Uuid>,
    JsonBody(body): JsonBody<Because>,
) -> Result<Json<InjectionView>, Problem> {
    let rejected = reject::reject(&app, &operator, id, &body.justification()?).await;
    rejected.map(|injection| Json(injection.into())).map_err(|refusal| undecided(refusal, &operator))
}

fn undecided(refusal: approve::Refusal, operator: &Person) -> Problem {
    let conflict = |title, detail: &str, action, code| {
        Problem::new(StatusCode::CONFLICT, title, detail, action).coded(code)
    };
    match refusal {
        approve::Refusal::NotFound => Problem::not_found(),
        approve::Refusal::Store(error) => error.into(),
        approve::Refusal::Unsound(count) => conflict(
            "The events are not sound any more",
            &format!("The catalogue has changed since: intake would put {count} of the events aside."),
            "Reject the injection, and let it be proposed anew.",
            "no_longer_sound",
        ),
        approve::Refusal::Undecided(Undecided::Denied(denied)) => role_needed(&denied, operator),
        approve::Refusal::Undecided(Undecided::Own) => Problem::new(
            StatusCode::FORBIDDEN,
            "Another operator must approve",
            "You proposed this injection yourself, with this token or another one.",
            "Ask another approver, or reject it.",
        )
        .coded("own_injection"),
        approve::Refusal::Undecided(Undecided::AlreadyDecided) => conflict(
            "Already decided",
            "The injection waits no more: it is published or rejected.",
            "Read the injection to see who decided.",
            "already_decided",
        ),
        approve::Refusal::Undecided(Undecided::Expired) => conflict(
            "The time is over",
            "Nobody approved the injection in time; nothing of it was published.",
            "Let it be proposed anew if it is still needed.",
            "injection_expired",
        ),
    }
}

/// What an operator put on the bus, or wants to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Injection)]
pub struct InjectionView {
    /// Its id.
    pub injection_id: Uuid,
    /// Where it stands.
    pub state: StateName,
    /// Why, in the operator's words.
    pub because: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// Until when it can be approved, while it waits.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// How many events it holds that were not stored before.
    pub events: u64,
    /// How many people they told, or would have told, when it was proposed: each person once for each event.
    pub recipients: u64,
    /// How many events of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// Who approved or rejected it, if somebody did.
    #[schema(required)]
    pub decided_by: Option<String>,
    /// When, or when it expired.
    #[schema(required)]
    pub decided_at: Option<Timestamp>,
    /// Why it was rejected.
    #[schema(required)]
    pub decided_because: Option<String>,
    /// How many of the events are stored by now; told of one injection alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stored: Option<u64>,
    /// The first 100 events, as long as they are kept; told of one injection alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Vec<InjectedEvent>>,
}

/// An event of an injection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InjectedEvent {
    /// Our id, once it is stored.
    #[schema(required)]
    pub event_id: Option<Uuid>,
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// What happened.
    pub kind: String,
}

impl From<Injection> for InjectionView {
    fn from(injection: Injection) -> Self {
        let (mut expires_at, mut decided, mut at, mut because) = (None, None, None, None);
        let state = StateName::from(&injection.state);
        match injection.state {
            injection::State::Waiting { expires_at: until } => expires_at = Some(until),
            injection::State::Published { approved } => decided = approved,
            injection::State::Rejected { by, because: why } => (decided, because) = (Some(by), Some(why)),
            injection::State::Expired { at: when } => at = Some(when),
        }
        let (by, decided_at) = decided.map(|Decided { by, at }| (by, at)).unzip();
        Self {
            injection_id: injection.id,
            state,
            because: injection.because,
            proposed_by: injection.proposed_by,
            proposed_at: injection.proposed_at,
            expires_at,
            events: injection.events,
            recipients: injection.recipients,
            kinds: injection.kinds,
            decided_by: by,
            decided_at: decided_at.or(at),
            decided_because: because,
            stored: None,
            first: None,
        }
    }
}

impl From<Shown> for InjectionView {
    fn from(shown: Shown) -> Self {
        let (stored, first) = match shown.events {
            Events::Gone => (Some(0), None),
            Events::Proposed(envelopes) => {
                let event = |envelope: bevaka_bus::Envelope| InjectedEvent {
                    event_id: None,
                    source: envelope.source,
                    id: envelope.id,
                    kind: envelope.kind,
                };
                (Some(0), Some(envelopes.into_iter().map(event).collect()))
            }
            Events::Stored { first, count } => {
                let event = |decided: bevaka_store::events::Decided| InjectedEvent {
                    event_id: Some(decided.event.id.0),
                    source: decided.event.source,
                    id: decided.event.external_id,
                    kind: decided.event.kind.to_string(),
                };
                (Some(count), Some(first.into_iter().map(event).collect()))
            }
        };
        Self { stored, first, ..shown.injection.into() }
    }
}

/// An event as publishers send it; docs/asyncapi.yaml has the kinds and their data.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used; the bus reads the real one")]
pub(super) struct CloudEvent {
    /// Always `1.0`.
    specversion: String,
    /// The publisher's id; with `source` it identifies the event.
    #[schema(min_length = 1, max_length = 256)]
    id: String,
    /// The publisher.
    #[schema(min_length = 1, max_length = 256)]
    source: String,
    /// The kind.
    #[schema(rename = "type")]
    kind: String,
    /// The organisation number of the company.
    subject: String,
    /// When it happened.
    #[schema(format = DateTime)]
    time: String,
    /// The bank's key of the one user it is addressed to.
    #[schema(min_length = 1, max_length = 256, nullable = false)]
    recipient: Option<String>,
    /// As the kind's schema says.
    #[schema(value_type = Object, required = false)]
    data: Option<()>,
}

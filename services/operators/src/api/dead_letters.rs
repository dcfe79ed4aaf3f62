//! `/dispatcher/api/dead-letters…`: messages that are no event, and what becomes of them (R34, R40).

use super::{
    Caller,
    refusals::{
        Because, BodyRefusals, Conflict, Invalid, NotFound, Refusals, because, count_changed, invalid, limit,
        unavailable,
    },
};
use crate::{
    app::App,
    commands::dead_letters::{self as commands, Chosen, Outcome, Refusal},
    queries::{
        dead_letters::{self as queries, Now},
        words,
    },
    shown::{Form, Shown},
};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::{self, AlreadyEnded, Ending, SentAs},
    ids::EventId,
    operator::Act,
};
use bevaka_store::dead_letters::{self, Filter, Listed, OfReason};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The longest reason that a letter is kept with, in characters.
const LONGEST_REASON: usize = 400;

/// What is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only letters in this state.
    #[param(schema_with = words::letter_state, required = false)]
    state: Option<String>,
    /// Only letters with this reason.
    #[param(max_length = 400, nullable = false)]
    reason: Option<String>,
    /// Only letters that came then or later.
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    from: Option<String>,
    /// Only letters that came before.
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    until: Option<String>,
    /// `next` of the page before. Left out: the newest.
    #[param(nullable = false)]
    before: Option<Uuid>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500, nullable = false)]
    limit: Option<u32>,
}

/// Dead letters, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetters {
    /// The letters.
    pub items: Vec<DeadLetterView>,
    /// Send it as `before` for older ones; left out at the end. What comes meanwhile does not move it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<Uuid>,
}

/// Dead letters, newest first, without their content.
#[utoipa::path(
    get,
    path = "/dispatcher/api/dead-letters",
    operation_id = "listDeadLetters",
    params(ListQuery),
    responses((status = OK, description = "The dead letters.", body = DeadLetters), Invalid, Refusals),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<DeadLetters>, Problem> {
    caller.may(Act::See)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("before, limit"))?;
    let limit = limit(asked.limit)?;
    let filter = filter(&asked)?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        dead_letters::list(&mut tx, &filter, limit + 1).await
    };
    let mut found = found.await.map_err(|error| unavailable(&error))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|letter| letter.id);
    Ok(Json(DeadLetters { items: found.into_iter().map(DeadLetterView::from).collect(), next }))
}

fn filter(asked: &ListQuery) -> Result<Filter, Problem> {
    let known = dead_letter::StateName::ALL.map(dead_letter::StateName::as_str);
    if asked.state.as_deref().is_some_and(|state| !known.contains(&state)) {
        return Err(invalid("state", format!("state is one of {}.", known.join(", "))));
    }
    let reason = asked.reason.as_deref().map(reason).transpose()?;
    Ok(Filter {
        state: asked.state.clone(),
        reason: reason.map(str::to_owned),
        from: time("from", asked.from.as_deref())?,
        until: time("until", asked.until.as_deref())?,
        before: asked.before,
    })
}

fn time(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| Timestamp::parse(text).map_err(|fault| invalid(field, format!("{field}: {fault}."))))
        .transpose()
}

/// The open dead letters of one reason.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterSummary {
    /// The reason, as a code.
    pub reason: String,
    /// How many.
    pub open: u64,
    /// When the oldest of them came.
    #[schema(value_type = String, format = DateTime)]
    pub oldest: Timestamp,
    /// When the newest of them came.
    #[schema(value_type = String, format = DateTime)]
    pub newest: Timestamp,
}

impl From<OfReason> for DeadLetterSummary {
    fn from(of: OfReason) -> Self {
        Self { reason: of.reason, open: of.open, oldest: of.oldest, newest: of.newest }
    }
}

/// The open dead letters by their reason, the most frequent first.
#[utoipa::path(
    get,
    path = "/dispatcher/api/dead-letters/summary",
    operation_id = "summariseDeadLetters",
    responses((status = OK, description = "By reason.", body = Vec<DeadLetterSummary>), Refusals),
)]
pub(super) async fn summary(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<DeadLetterSummary>>, Problem> {
    caller.may(Act::See)?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        dead_letters::reasons(&mut tx).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?;
    Ok(Json(found.into_iter().map(DeadLetterSummary::from).collect()))
}

/// A dead letter without its content.
#[utoipa::path(
    get,
    path = "/dispatcher/api/dead-letters/{id}",
    operation_id = "getDeadLetter",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "The dead letter.", body = DeadLetterView), NotFound, Refusals),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(letter): Path<String>,
) -> Result<Json<DeadLetterView>, Problem> {
    caller.may(Act::See)?;
    let letter = id(&letter)?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        dead_letters::look(&mut tx, letter).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?;
    found.map(|letter| Json(letter.into())).ok_or_else(Problem::not_found)
}

/// What a dead letter holds.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct DeadLetterContent {
    /// Our id.
    pub dead_letter_id: Uuid,
    /// The body as a text.
    pub text: String,
    /// How the text was made: `json` is laid out in lines, `text` is as it came, in `escaped` bytes that are no text stand
    /// as `\xNN`.
    #[schema(value_type = String)]
    pub form: Form,
    /// What was sent in instead, if it was mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mended: Option<String>,
    /// Whether it would pass now, as it came.
    pub now: WouldPass,
}

/// Whether a dead letter would pass now, as it came.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct WouldPass {
    /// Whether.
    pub passes: bool,
    /// If not, why, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// If not, why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// If not, the attribute that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// If it would, as which event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event: Option<EventKey>,
    /// The event of that key that is stored already: then requeueing tells nobody anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub stored_as: Option<EventId>,
}

/// What a dead letter holds, and whether it would pass now. The reading is noted in the trail.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/{id}/content",
    operation_id = "readDeadLetter",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "What it holds.", body = DeadLetterContent), NotFound, Refusals),
)]
pub(super) async fn content(
    State(app): State<App>,
    caller: Caller,
    Path(letter): Path<String>,
) -> Result<Json<DeadLetterContent>, Problem> {
    let operator = caller.may(Act::ReadContent)?;
    let kept = commands::read(&app, operator, id(&letter)?).await.map_err(refused)?;
    let now = queries::now(&app, &kept).await.map_err(|error| unavailable(&error))?;
    let Shown { text, form } = Shown::of(&kept.letter.body);
    Ok(Json(DeadLetterContent {
        dead_letter_id: kept.letter.id,
        text,
        form,
        mended: kept.mended.map(|body| Shown::of(&body).text),
        now: now.into(),
    }))
}

impl From<Now> for WouldPass {
    fn from(now: Now) -> Self {
        let nothing =
            Self { passes: true, reason: None, detail: None, field: None, event: None, stored_as: None };
        match now {
            Now::Passes { event, stored } => Self { event: Some(event.into()), stored_as: stored, ..nothing },
            Now::Fails(fault) => Self {
                passes: false,
                reason: Some(fault.reason.to_owned()),
                field: Some(fault.field().to_owned()),
                detail: Some(fault.detail),
                ..nothing
            },
        }
    }
}

/// Why, and what to send in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requeue {
    /// Why, in words that name a case and no person.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
    /// The mended event: CloudEvents 1.0 as structured JSON. Left out: the body as it came.
    #[serde(default)]
    #[schema(nullable = false)]
    body: Option<String>,
}

/// What was sent in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RequeuedDeadLetter)]
pub struct Requeued {
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// Whether it was another body than the one that came.
    pub mended: bool,
    /// The event of that key that was stored already: then nobody is told anything new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub stored_as: Option<EventId>,
}

impl From<commands::Requeued> for Requeued {
    fn from(requeued: commands::Requeued) -> Self {
        let commands::Requeued { event, stored, mended } = requeued;
        Self { source: event.source, id: event.id, mended, stored_as: stored }
    }
}

/// Sends a dead letter in again. The body has to pass intake; then it is durable, marked by `bevakaorigin` with the letter
/// that it came by.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/{id}/requeue",
    operation_id = "requeueDeadLetter",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Requeue,
    responses(
        (status = ACCEPTED, description = "It is on its way.", body = Requeued),
        NotFound, Conflict, BodyRefusals, Refusals,
    ),
)]
pub(super) async fn requeue(
    State(app): State<App>,
    caller: Caller,
    Path(letter): Path<String>,
    body: Result<JsonBody<Requeue>, Problem>,
) -> Result<(StatusCode, Json<Requeued>), Problem> {
    let operator = caller.may(Act::Repair)?;
    let (letter, JsonBody(asked)) = (id(&letter)?, body?);
    let because = because(&asked.because)?;
    let mended = asked.body.as_deref();
    let requeued = commands::requeue(&app, operator, letter, &because, mended).await;
    Ok((StatusCode::ACCEPTED, Json(requeued.map_err(refused)?.into())))
}

/// Gives a dead letter up. It stays readable.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/{id}/discard",
    operation_id = "discardDeadLetter",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Because,
    responses(
        (status = NO_CONTENT, description = "It is given up."),
        NotFound, Conflict, BodyRefusals, Refusals,
    ),
)]
pub(super) async fn discard(
    State(app): State<App>,
    caller: Caller,
    Path(letter): Path<String>,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<StatusCode, Problem> {
    let operator = caller.may(Act::Repair)?;
    let (letter, JsonBody(asked)) = (id(&letter)?, body?);
    let because = because(&asked.because)?;
    commands::discard(&app, operator, letter, &because).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which letters.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadLettersOfReason {
    /// The reason, as a code.
    #[schema(max_length = 400)]
    reason: String,
}

/// What a command would be about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterPreview {
    /// How many letters; the most for one command is 1,000, the oldest first.
    pub count: usize,
    /// Whether there are more, for the next command.
    pub more: bool,
    /// When the oldest of them came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub oldest: Option<Timestamp>,
    /// When the newest of them came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub newest: Option<Timestamp>,
    /// The newest of them; the command wants it. Left out if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub through: Option<Uuid>,
    /// A few of them, the oldest.
    pub sample: Vec<Uuid>,
    /// How many would pass intake now, as they came.
    pub pass: usize,
    /// Why the others would not, with how many each.
    pub faults: BTreeMap<String, usize>,
}

/// What a command about all open dead letters of a reason would be about now. Changes nothing.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/preview",
    operation_id = "previewDeadLetters",
    request_body = DeadLettersOfReason,
    responses((status = OK, description = "What it would be about.", body = DeadLetterPreview), BodyRefusals, Refusals),
)]
pub(super) async fn preview(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<DeadLettersOfReason>, Problem>,
) -> Result<Json<DeadLetterPreview>, Problem> {
    caller.may(Act::See)?;
    let JsonBody(asked) = body?;
    let preview =
        queries::preview(&app, reason(&asked.reason)?).await.map_err(|error| unavailable(&error))?;
    Ok(Json(preview.into()))
}

impl From<queries::Preview> for DeadLetterPreview {
    fn from(preview: queries::Preview) -> Self {
        Self {
            count: preview.count,
            more: preview.more,
            oldest: preview.oldest,
            newest: preview.newest,
            through: preview.through,
            sample: preview.sample,
            pass: preview.pass,
            faults: preview.faults.into_iter().map(|(why, count)| (why.to_owned(), count)).collect(),
        }
    }
}

/// All open letters of one reason that the preview told of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllOfReason {
    /// The reason, as a code.
    #[schema(max_length = 400)]
    reason: String,
    /// `through` of the preview: the newest letter that is meant.
    through: Uuid,
    /// `count` of the preview.
    expected: usize,
    /// Why, in words that name a case and no person.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
}

/// Sends all open dead letters of a reason in again that pass intake now; the others stay open, with what is wrong.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/requeue",
    operation_id = "requeueDeadLetters",
    request_body = AllOfReason,
    responses(
        (status = OK, description = "Letter by letter.", body = DeadLetterResults),
        Conflict, BodyRefusals, Refusals,
    ),
)]
pub(super) async fn requeue_all(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<AllOfReason>, Problem>,
) -> Result<Json<DeadLetterResults>, Problem> {
    let operator = caller.may(Act::Repair)?;
    let JsonBody(asked) = body?;
    let because = because(&asked.because)?;
    let chosen = Chosen { reason: reason(&asked.reason)?, through: asked.through, expected: asked.expected };
    let outcomes = commands::requeue_all(&app, operator, &chosen, &because).await.map_err(refused)?;
    Ok(Json(outcomes.into()))
}

/// Gives all open dead letters of a reason up.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/discard",
    operation_id = "discardDeadLetters",
    request_body = AllOfReason,
    responses(
        (status = OK, description = "Letter by letter.", body = DeadLetterResults),
        Conflict, BodyRefusals, Refusals,
    ),
)]
pub(super) async fn discard_all(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<AllOfReason>, Problem>,
) -> Result<Json<DeadLetterResults>, Problem> {
    let operator = caller.may(Act::Repair)?;
    let JsonBody(asked) = body?;
    let because = because(&asked.because)?;
    let chosen = Chosen { reason: reason(&asked.reason)?, through: asked.through, expected: asked.expected };
    let outcomes = commands::discard_all(&app, operator, &chosen, &because).await.map_err(refused)?;
    Ok(Json(outcomes.into()))
}

/// What became of many dead letters.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterResults {
    /// How many were dealt with.
    pub done: usize,
    /// How many stay open.
    pub left: usize,
    /// Letter by letter, the oldest first.
    pub results: Vec<DeadLetterResult>,
}

/// What became of one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterResult {
    /// The letter.
    pub dead_letter_id: Uuid,
    /// `requeued`, `discarded`, `faulty` (it stays open), `already_ended` (somebody was faster), or `not_tried` (the
    /// database failed before its turn).
    pub outcome: String,
    /// What was sent in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event: Option<Requeued>,
    /// What is still wrong, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// What is still wrong, or who was faster, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
}

impl From<Vec<(Uuid, Outcome)>> for DeadLetterResults {
    fn from(outcomes: Vec<(Uuid, Outcome)>) -> Self {
        let is_done = |outcome: &Outcome| matches!(outcome, Outcome::Requeued(_) | Outcome::Discarded);
        let done = outcomes.iter().filter(|(_, outcome)| is_done(outcome)).count();
        let left = outcomes.len() - done;
        Self { done, left, results: outcomes.into_iter().map(DeadLetterResult::from).collect() }
    }
}

impl From<(Uuid, Outcome)> for DeadLetterResult {
    fn from((dead_letter_id, outcome): (Uuid, Outcome)) -> Self {
        let plain = |outcome: &str| Self {
            dead_letter_id,
            outcome: outcome.to_owned(),
            event: None,
            reason: None,
            detail: None,
        };
        match outcome {
            Outcome::Requeued(requeued) => Self { event: Some(requeued.into()), ..plain("requeued") },
            Outcome::Discarded => plain("discarded"),
            Outcome::Left(Refusal::Faulty(fault)) => {
                Self { reason: Some(fault.reason.to_owned()), detail: Some(fault.detail), ..plain("faulty") }
            }
            Outcome::Left(Refusal::AlreadyEnded(ended)) => {
                let detail = format!("{} by {} at {}", ended.state, ended.ending.by, ended.ending.at);
                Self { detail: Some(detail), ..plain("already_ended") }
            }
            // Only what is mended may need an approval, and only one letter at a time is.
            Outcome::Left(
                Refusal::NotFound
                | Refusal::NeedsApproval { .. }
                | Refusal::CountChanged { .. }
                | Refusal::Store(_),
            )
            | Outcome::NotTried => plain("not_tried"),
        }
    }
}

/// A message that is no event. Its content is not shown here.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterView {
    /// Our id.
    pub dead_letter_id: Uuid,
    /// The message's id on the bus.
    pub message_id: String,
    /// Why, as a code.
    pub reason: String,
    /// Why, in words.
    pub detail: String,
    /// How long its body is, in bytes.
    pub bytes: usize,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Where it stands.
    #[schema(schema_with = words::letter_state)]
    pub state: String,
    /// Who dealt with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended: Option<Ended>,
    /// As which event it was sent in again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requeued_as: Option<EventKey>,
    /// Whether it was sent in with another body than the one that came.
    pub mended: bool,
}

/// Who dealt with a dead letter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Ended {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why, in their words.
    pub because: String,
}

/// The publisher's key of an event.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventKey {
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
}

impl From<Listed> for DeadLetterView {
    fn from(letter: Listed) -> Self {
        let requeued_as = match &letter.state {
            dead_letter::State::Requeued { event, .. } => Some(EventKey::from(event.clone())),
            dead_letter::State::Open | dead_letter::State::Discarded { .. } => None,
        };
        Self {
            dead_letter_id: letter.id,
            message_id: letter.message_id,
            reason: letter.reason,
            detail: letter.detail,
            bytes: letter.bytes,
            received_at: letter.received_at,
            state: letter.state.name().to_owned(),
            ended: letter.state.ending().cloned().map(Ended::from),
            requeued_as,
            mended: letter.mended,
        }
    }
}

impl From<Ending> for Ended {
    fn from(ending: Ending) -> Self {
        Self { at: ending.at, by: ending.by, because: ending.because }
    }
}

impl From<SentAs> for EventKey {
    fn from(event: SentAs) -> Self {
        Self { source: event.source, id: event.id }
    }
}

/// Nothing that PostgreSQL could not look for.
fn reason(text: &str) -> Result<&str, Problem> {
    if text.chars().count() > LONGEST_REASON || text.chars().any(char::is_control) {
        let detail =
            format!("reason has at most {LONGEST_REASON} characters, none of them a control character.");
        return Err(invalid("reason", detail));
    }
    Ok(text)
}

fn id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Why a letter stays as it is, as a problem.
fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::not_found(),
        Refusal::AlreadyEnded(ended) => already_ended(&ended),
        Refusal::Faulty(fault) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Still no event",
            format!("The body does not pass intake ({}): {}.", fault.reason, fault.detail),
            "Mend the body and requeue it with `body`, or discard the letter.",
        )
        .coded("still_faulty")
        .at(fault.field()),
        Refusal::NeedsApproval { recipients, before, limit } => Problem::new(
            StatusCode::CONFLICT,
            "Needs another operator's approval",
            format!(
                "Mended, it would reach {recipients} people, besides the {before} whom you reached by injections \
                 lately; the limit is {limit}. Nothing was sent in."
            ),
            "Inject the mended event, so that another operator approves it; then discard the letter.",
        )
        .coded("needs_approval"),
        Refusal::CountChanged { found } => count_changed(found),
        Refusal::Store(fault) => unavailable(&fault),
    }
}

fn already_ended(ended: &AlreadyEnded) -> Problem {
    let AlreadyEnded { state, ending } = ended;
    Problem::new(
        StatusCode::CONFLICT,
        "Already dealt with",
        format!("The letter was {state} by {} at {}: {}.", ending.by, ending.at, ending.because),
        "Nothing more is to be done; read the letter to see what it was sent in as.",
    )
    .coded("already_ended")
}

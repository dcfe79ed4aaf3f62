//! `/dispatcher/api/dead-letters…`: messages that are no event, and what becomes of them (R34, R40).

use super::{
    operator::{Operator, may},
    refusals::{Because, InvalidParameter, Refusals, count_changed, justification},
};
use crate::{
    app::App,
    commands::dead_letters::{self as commands, Chosen, Outcome, Refusal},
    queries::dead_letters::{self as queries, Now},
    shown::{Form, Shown},
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::{self, AlreadyEnded, Ending, SentAs, StateName},
    ids::EventId,
    operator::Justification,
};
use bevaka_store::dead_letters::{self, Filter, Listed, OfReason};
use bevaka_web::{
    body::JsonBody,
    extract::{Id, QueryParams},
    list::{Page, limit},
    openapi::{BodyFaults, NotFound},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The longest reason that a letter is kept with, in characters.
const MAX_REASON: usize = 400;

/// What is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only letters in this state.
    #[param(nullable = false)]
    state: Option<StateName>,
    /// Only letters with this reason.
    #[param(max_length = 400, nullable = false)]
    reason: Option<String>,
    /// Only letters that came then or later.
    #[param(nullable = false)]
    from: Option<Timestamp>,
    /// Only letters that came before.
    #[param(nullable = false)]
    until: Option<Timestamp>,
    /// `next` of the page before. Left out: the newest.
    #[param(nullable = false)]
    before: Option<Uuid>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500, nullable = false)]
    limit: Option<u32>,
}

/// Dead letters, newest first, without their content.
#[utoipa::path(
    get,
    path = "/dispatcher/api/dead-letters",
    operation_id = "listDeadLetters",
    params(ListQuery),
    responses((status = OK, description = "The dead letters.", body = Page<DeadLetterView>), InvalidParameter, Refusals),
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Operator<may::See>,
    QueryParams(asked): QueryParams<ListQuery>,
) -> Result<Json<Page<DeadLetterView>>, Problem> {
    let limit = limit(asked.limit)?;
    asked.reason.as_deref().map(check_reason).transpose()?;
    let ListQuery { state, reason, from, until, before, .. } = asked;
    let state = state.map(|state| state.as_str().to_owned());
    let filter = Filter { state, reason, from, until, before };
    let mut tx = app.chassis.db.begin_read().await?;
    let found = dead_letters::list(&mut tx, &filter, limit + 1).await?;
    Ok(Json(Page::new(found, limit, |letter| letter.id.to_string(), DeadLetterView::from)))
}

/// The open dead letters of one reason.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterSummary {
    /// The reason, as a code.
    pub reason: String,
    /// How many.
    pub open: u64,
    /// When the oldest of them came.
    pub oldest: Timestamp,
    /// When the newest of them came.
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
    _: Operator<may::See>,
) -> Result<Json<Vec<DeadLetterSummary>>, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    Ok(Json(dead_letters::reasons(&mut tx).await?.into_iter().map(DeadLetterSummary::from).collect()))
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
    _: Operator<may::See>,
    Id(id): Id<Uuid>,
) -> Result<Json<DeadLetterView>, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    dead_letters::look(&mut tx, id).await?.map(|letter| Json(letter.into())).ok_or_else(Problem::not_found)
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
    #[schema(nullable = false)]
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
    operator: Operator<may::ReadContent>,
    Id(id): Id<Uuid>,
) -> Result<Json<DeadLetterContent>, Problem> {
    let kept = commands::read(&app, &operator, id).await?;
    let now = queries::now(&app, &kept).await?;
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
    #[schema(nullable = false)]
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
        NotFound, NotRequeued, BodyFaults, StillFaulty, Refusals,
    ),
)]
pub(super) async fn requeue(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    Id(id): Id<Uuid>,
    JsonBody(body): JsonBody<Requeue>,
) -> Result<(StatusCode, Json<Requeued>), Problem> {
    let because = justification(&body.because)?;
    let requeued = commands::requeue(&app, &operator, id, &because, body.body.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, Json(requeued.into())))
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
        NotFound, AlreadyDone, BodyFaults, Refusals,
    ),
)]
pub(super) async fn discard(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    Id(id): Id<Uuid>,
    JsonBody(body): JsonBody<Because>,
) -> Result<StatusCode, Problem> {
    commands::discard(&app, &operator, id, &body.justification()?).await?;
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
    #[schema(nullable = false)]
    pub oldest: Option<Timestamp>,
    /// When the newest of them came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
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
    responses((status = OK, description = "What it would be about.", body = DeadLetterPreview), BodyFaults, Refusals),
)]
pub(super) async fn preview(
    State(app): State<App>,
    _: Operator<may::See>,
    JsonBody(body): JsonBody<DeadLettersOfReason>,
) -> Result<Json<DeadLetterPreview>, Problem> {
    check_reason(&body.reason)?;
    Ok(Json(queries::preview(&app, &body.reason).await?.into()))
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

impl AllOfReason {
    fn parse(&self) -> Result<(Chosen<'_>, Justification), Problem> {
        check_reason(&self.reason)?;
        let chosen = Chosen { reason: &self.reason, through: self.through, expected: self.expected };
        Ok((chosen, justification(&self.because)?))
    }
}

/// Sends all open dead letters of a reason in again that pass intake now; the others stay open, with what is wrong.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/requeue",
    operation_id = "requeueDeadLetters",
    request_body = AllOfReason,
    responses(
        (status = OK, description = "Letter by letter.", body = DeadLetterResults),
        CountChanged, BodyFaults, Refusals,
    ),
)]
pub(super) async fn requeue_all(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    JsonBody(body): JsonBody<AllOfReason>,
) -> Result<Json<DeadLetterResults>, Problem> {
    let (chosen, because) = body.parse()?;
    Ok(Json(commands::requeue_all(&app, &operator, &chosen, &because).await?.into()))
}

/// Gives all open dead letters of a reason up.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/discard",
    operation_id = "discardDeadLetters",
    request_body = AllOfReason,
    responses(
        (status = OK, description = "Letter by letter.", body = DeadLetterResults),
        CountChanged, BodyFaults, Refusals,
    ),
)]
pub(super) async fn discard_all(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    JsonBody(body): JsonBody<AllOfReason>,
) -> Result<Json<DeadLetterResults>, Problem> {
    let (chosen, because) = body.parse()?;
    Ok(Json(commands::discard_all(&app, &operator, &chosen, &because).await?.into()))
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
    pub received_at: Timestamp,
    /// Where it stands.
    pub state: StateName,
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
            state: StateName::from(&letter.state),
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

bevaka_web::refusals! {
    /// Somebody has dealt with it (`already_ended`).
    AlreadyDone = CONFLICT;
    /// Somebody has dealt with it (`already_ended`), or what was mended would tell more people than one operator may alone
    /// (`needs_approval`).
    NotRequeued = CONFLICT;
    /// There are more or fewer than expected (`count_changed`). Nothing was changed.
    CountChanged = CONFLICT;
    /// A field is missing, unknown, or does not hold what it must (`invalid_field`), or the body is no event
    /// (`still_faulty`).
    StillFaulty = UNPROCESSABLE_ENTITY;
}

/// Nothing that PostgreSQL could not look for.
fn check_reason(reason: &str) -> Result<(), Problem> {
    if reason.chars().count() <= MAX_REASON && !reason.contains(char::is_control) {
        return Ok(());
    }
    let detail = format!("reason has at most {MAX_REASON} characters, none of them a control character.");
    Err(Problem::invalid_field("reason", detail))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::not_found(),
            Refusal::AlreadyEnded(AlreadyEnded { state, ending }) => Self::new(
                StatusCode::CONFLICT,
                "Already dealt with",
                format!("The letter was {state} by {} at {}: {}.", ending.by, ending.at, ending.because),
                "Nothing more is to be done; read the letter to see what it was sent in as.",
            )
            .coded("already_ended"),
            Refusal::Faulty(fault) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Still no event",
                format!("The body does not pass intake ({}): {}.", fault.reason, fault.detail),
                "Mend the body and requeue it with `body`, or discard the letter.",
            )
            .coded("still_faulty")
            .at(fault.field()),
            Refusal::NeedsApproval { recipients, before, limit } => Self::new(
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
            Refusal::Store(error) => error.into(),
        }
    }
}

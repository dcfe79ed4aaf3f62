//! `/dispatcher/api/channels…`: how each channel stands; stopping one, letting it run again, sending a test through it.

use super::{
    Caller,
    refusals::{Invalid, NotFound, ProblemBody, Refusals, TooLarge, Unreadable, unavailable},
};
use crate::{
    app::App,
    channel_tests::MAX_TESTS,
    commands::channels::{self, NoTest},
    queries::{
        channels::{ChannelNow, channels as standing},
        words,
    },
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_domain::{
    channel::{Failure, Pause},
    clock::Timestamp,
    delivery::Outcome,
    language::Language,
    operator::{Act, Justification},
    watch::Channel,
};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoResponses, ToSchema};

/// A channel as it stands now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChannelView {
    /// Which.
    #[schema(schema_with = words::channel)]
    pub channel: Channel,
    /// The SMS gateway's name, or the mail server's host and port.
    pub gateway: String,
    /// How it stands: `paused`, `down` (nothing gets through), `troubled` (the last attempt failed), `runs` or `untried`.
    #[schema(schema_with = words::standing)]
    pub standing: String,
    /// Since when, by whom and why it is paused.
    #[schema(required)]
    pub paused: Option<PauseView>,
    /// When a provider took a message last; to the minute if another process saw it.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub last_success_at: Option<Timestamp>,
    /// The last attempt that failed.
    #[schema(required)]
    pub last_failure: Option<FailureView>,
    /// Attempts of the last hour by what came of them.
    pub attempts: BTreeMap<String, u64>,
    /// Alerts under way; 10000 stands for that many or more, here and below.
    pub sending: u64,
    /// Alerts that could leave now.
    pub overdue: u64,
    /// Alerts that wait for a time to come.
    pub later: u64,
}

/// That an operator has stopped a channel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PauseView {
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub because: String,
}

/// An attempt that failed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FailureView {
    /// When; to the minute if another process saw it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why, as a code.
    pub cause: String,
}

/// Why something is done.
#[derive(Deserialize, ToSchema)]
pub struct Because {
    /// For the trail: 3 to 200 characters, no address and no personal number.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
}

/// Where a test goes.
#[derive(Deserialize, ToSchema)]
pub struct TestTo {
    /// A mobile number or an e-mail address of the operator's own. It is not kept.
    #[schema(max_length = 254)]
    address: String,
}

/// What came of a test.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Tested {
    /// `accepted`, `retry` (refused for now), `rejected`, `unknown` (the answer was lost) or `channel_down`.
    #[schema(schema_with = words::outcome)]
    pub outcome: String,
    /// The provider's own id of the message.
    #[schema(required)]
    pub reference: Option<String>,
    /// Why it was not accepted, as a code.
    #[schema(required)]
    pub cause: Option<String>,
}

/// The operator has sent too many tests within a minute.
#[derive(IntoResponses)]
#[response(status = TOO_MANY_REQUESTS, content_type = "application/problem+json")]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct TooManyTests(ProblemBody);

impl From<ChannelNow> for ChannelView {
    fn from(now: ChannelNow) -> Self {
        let pause = |Pause { at, by, because }| PauseView { at, by, because };
        let failure = |Failure { at, cause, .. }| FailureView { at, cause };
        Self {
            channel: now.channel,
            gateway: now.gateway,
            standing: now.standing.as_str().to_owned(),
            paused: now.pause.map(pause),
            last_success_at: now.lately.success_at,
            last_failure: now.lately.failure.map(failure),
            attempts: now.attempts,
            sending: now.waiting.sending,
            overdue: now.waiting.overdue,
            later: now.waiting.later,
        }
    }
}

/// How both channels stand.
#[utoipa::path(
    get,
    path = "/dispatcher/api/channels",
    operation_id = "listChannels",
    responses((status = OK, description = "SMS and e-mail.", body = Vec<ChannelView>), Refusals),
)]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<ChannelView>>, Problem> {
    caller.may(Act::See)?;
    let found = standing(&app).await.map_err(|error| unavailable(&error))?;
    Ok(Json(found.into_iter().map(ChannelView::from).collect()))
}

/// Stops a channel: no attempt begins on it until it is resumed, and nothing is lost. One that is stopped stays as it is,
/// with the name and the words of whoever stopped it first.
#[utoipa::path(
    post,
    path = "/dispatcher/api/channels/{channel}/pause",
    operation_id = "pauseChannel",
    params(("channel" = String, Path, description = "`sms` or `email`.")),
    request_body = Because,
    responses((status = OK, description = "As it stands now.", body = ChannelView), Unreadable, NotFound, Invalid, TooLarge, Refusals),
)]
pub(super) async fn pause(
    State(app): State<App>,
    caller: Caller,
    Path(channel): Path<String>,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<Json<ChannelView>, Problem> {
    let operator = caller.may(Act::RunChannels)?;
    let channel = which(&channel)?;
    let because = justified(body)?;
    channels::pause(&app, operator, channel, &because).await.map_err(|error| unavailable(&error))?;
    now(&app, channel).await
}

/// Lets a channel run again; what is due leaves at once. One that runs stays as it is.
#[utoipa::path(
    post,
    path = "/dispatcher/api/channels/{channel}/resume",
    operation_id = "resumeChannel",
    params(("channel" = String, Path, description = "`sms` or `email`.")),
    request_body = Because,
    responses((status = OK, description = "As it stands now.", body = ChannelView), Unreadable, NotFound, Invalid, TooLarge, Refusals),
)]
pub(super) async fn resume(
    State(app): State<App>,
    caller: Caller,
    Path(channel): Path<String>,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<Json<ChannelView>, Problem> {
    let operator = caller.may(Act::RunChannels)?;
    let channel = which(&channel)?;
    let because = justified(body)?;
    channels::resume(&app, operator, channel, &because).await.map_err(|error| unavailable(&error))?;
    now(&app, channel).await
}

/// Sends a test through a channel, also while it is stopped, and tells what came of it. At most five in a minute.
#[utoipa::path(
    post,
    path = "/dispatcher/api/channels/{channel}/test",
    operation_id = "testChannel",
    params(("channel" = String, Path, description = "`sms` or `email`.")),
    request_body = TestTo,
    responses((status = OK, description = "What came of it.", body = Tested), Unreadable, NotFound, Invalid, TooLarge, TooManyTests, Refusals),
)]
pub(super) async fn test(
    State(app): State<App>,
    caller: Caller,
    Path(channel): Path<String>,
    body: Result<JsonBody<TestTo>, Problem>,
) -> Result<Json<Tested>, Problem> {
    let operator = caller.may(Act::RunChannels)?;
    let channel = which(&channel)?;
    let JsonBody(TestTo { address }) = body?;
    let outcome =
        channels::test(&app, operator, channel, &address, Language::Swedish).await.map_err(untested)?;
    Ok(Json(tested(outcome)))
}

fn which(channel: &str) -> Result<Channel, Problem> {
    channel.parse().map_err(|_| Problem::not_found())
}

fn justified(body: Result<JsonBody<Because>, Problem>) -> Result<Justification, Problem> {
    let JsonBody(Because { because }) = body?;
    Justification::parse(&because).map_err(|fault| {
        let detail = format!("because {fault}.");
        invalid(detail, "Say in a few words why.").at("because")
    })
}

fn invalid(detail: String, action: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid field", detail, action).coded("invalid")
}

async fn now(app: &App, channel: Channel) -> Result<Json<ChannelView>, Problem> {
    let found = standing(app).await.map_err(|error| unavailable(&error))?;
    let found = found.into_iter().find(|found| found.channel == channel).ok_or_else(Problem::not_found)?;
    Ok(Json(found.into()))
}

fn tested(outcome: Outcome) -> Tested {
    let name = outcome.name().to_owned();
    let (reference, cause) = match outcome {
        Outcome::Accepted { reference } => (reference, None),
        Outcome::Retry { cause, .. }
        | Outcome::Rejected { cause }
        | Outcome::Unknown { cause }
        | Outcome::ChannelDown { cause } => (None, Some(cause)),
    };
    Tested { outcome: name, reference, cause }
}

fn untested(fault: NoTest) -> Problem {
    match fault {
        NoTest::Address(fault) => {
            invalid(format!("address is {fault}."), "Correct it and send again.").at("address")
        }
        NoTest::TooMany(from) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many tests",
            format!("You have sent {MAX_TESTS} tests within a minute."),
            format!("Send the next one after {from}."),
        )
        .coded("too_many_tests"),
        NoTest::Store(error) => unavailable(&error),
        NoTest::Text(_) => Problem::internal(),
    }
}

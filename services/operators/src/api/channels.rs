//! `/dispatcher/api/channels…`: how each channel stands; stopping one, letting it run again, sending a test through it.

use super::{
    operator::{Operator, may},
    refusals::{Because, Refusals},
};
use crate::{
    app::App,
    channel_tests::MAX_TESTS,
    commands::channels::{self, NoTest},
    queries::channels::{ChannelNow, channels as standing},
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_domain::{
    channel::{Failure, Pause, Standing},
    clock::Timestamp,
    delivery::{Outcome, OutcomeName},
    language::Language,
    watch::Channel,
};
use bevaka_web::{
    body::JsonBody,
    extract::Id,
    openapi::{BodyFaults, NotFound},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A channel as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelView {
    /// Which.
    pub channel: Channel,
    /// The SMS gateway's name, or the mail server's host and port.
    pub gateway: String,
    /// How it stands: `paused`, `down` (nothing gets through), `troubled` (the last attempt failed), `runs` or `untried`.
    pub standing: Standing,
    /// Since when, by whom and why it is paused.
    #[schema(required)]
    pub paused: Option<PauseView>,
    /// When a provider took a message last; to the minute if another process saw it.
    #[schema(required)]
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
    pub at: Timestamp,
    /// Why, as a code.
    pub cause: String,
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
    pub outcome: OutcomeName,
    /// The provider's own id of the message.
    #[schema(required)]
    pub reference: Option<String>,
    /// Why it was not accepted, as a code.
    #[schema(required)]
    pub cause: Option<String>,
}

impl From<ChannelNow> for ChannelView {
    fn from(now: ChannelNow) -> Self {
        let pause = |Pause { at, by, because }| PauseView { at, by, because };
        let failure = |Failure { at, cause, .. }| FailureView { at, cause };
        Self {
            channel: now.channel,
            gateway: now.gateway,
            standing: now.standing,
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
pub(super) async fn list(
    State(app): State<App>,
    _: Operator<may::See>,
) -> Result<Json<Vec<ChannelView>>, Problem> {
    Ok(Json(standing(&app).await?.into_iter().map(ChannelView::from).collect()))
}

/// Stops a channel: no attempt begins on it until it is resumed, and nothing is lost. One that is stopped stays as it is,
/// with the name and the words of whoever stopped it first.
#[utoipa::path(
    post,
    path = "/dispatcher/api/channels/{channel}/pause",
    operation_id = "pauseChannel",
    params(("channel" = String, Path, description = "`sms` or `email`.")),
    request_body = Because,
    responses((status = OK, description = "As it stands now.", body = ChannelView), NotFound, BodyFaults, Refusals),
)]
pub(super) async fn pause(
    State(app): State<App>,
    operator: Operator<may::RunChannels>,
    Id(channel): Id<Channel>,
    JsonBody(body): JsonBody<Because>,
) -> Result<Json<ChannelView>, Problem> {
    channels::pause(&app, &operator, channel, &body.justification()?).await?;
    now(&app, channel).await
}

/// Lets a channel run again; what is due leaves at once. One that runs stays as it is.
#[utoipa::path(
    post,
    path = "/dispatcher/api/channels/{channel}/resume",
    operation_id = "resumeChannel",
    params(("channel" = String, Path, description = "`sms` or `email`.")),
    request_body = Because,
    responses((status = OK, description = "As it stands now.", body = ChannelView), NotFound, BodyFaults, Refusals),
)]
pub(super) async fn resume(
    State(app): State<App>,
    operator: Operator<may::RunChannels>,
    Id(channel): Id<Channel>,
    JsonBody(body): JsonBody<Because>,
) -> Result<Json<ChannelView>, Problem> {
    channels::resume(&app, &operator, channel, &body.justification()?).await?;
    now(&app, channel).await
}

async fn now(app: &App, channel: Channel) -> Result<Json<ChannelView>, Problem> {
    let found = standing(app).await?.into_iter().find(|found| found.channel == channel);
    found.map(|found| Json(found.into())).ok_or_else(Problem::not_found)
}

/// Sends a test through a channel, also while it is stopped, and tells what came of it. At most five in a minute.
#[utoipa::path(
    post,
    path = "/dispatcher/api/channels/{channel}/test",
    operation_id = "testChannel",
    params(("channel" = String, Path, description = "`sms` or `email`.")),
    request_body = TestTo,
    responses(
        (status = OK, description = "What came of it.", body = Tested),
        NotFound, BodyFaults, TooManyTests, Refusals,
    ),
)]
pub(super) async fn test(
    State(app): State<App>,
    operator: Operator<may::RunChannels>,
    Id(channel): Id<Channel>,
    JsonBody(TestTo { address }): JsonBody<TestTo>,
) -> Result<Json<Tested>, Problem> {
    let outcome = channels::test(&app, &operator, channel, &address, Language::Swedish).await?;
    Ok(Json(outcome.into()))
}

bevaka_web::refusals! {
    /// The operator has sent too many tests within a minute (`too_many_tests`).
    TooManyTests = TOO_MANY_REQUESTS;
}

impl From<Outcome> for Tested {
    fn from(outcome: Outcome) -> Self {
        let (name, cause) = (OutcomeName::from(&outcome), outcome.cause().map(str::to_owned));
        let Outcome::Accepted { reference } = outcome else {
            return Self { outcome: name, reference: None, cause };
        };
        Self { outcome: name, reference, cause }
    }
}

impl From<NoTest> for Problem {
    fn from(fault: NoTest) -> Self {
        match fault {
            NoTest::Address(fault) => Self::invalid_field("address", format!("address is {fault}.")),
            NoTest::TooMany(from) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many tests",
                format!("You have sent {MAX_TESTS} tests within a minute."),
                format!("Send the next one after {from}."),
            )
            .coded("too_many_tests"),
            NoTest::Store(error) => error.into(),
            NoTest::Text(fault) => fault.into(),
        }
    }
}

//! `GET /dispatcher/api/now`: what happens now.

use super::{
    channels::ChannelView,
    operator::{Operator, may},
    refusals::Refusals,
};
use crate::{
    app::App,
    queries::now::{self, Minute, Now},
};
use axum::{Json, extract::State};
use bevaka_domain::{
    clock::Timestamp,
    ids::{DeliveryId, EventId},
    watch::Channel,
};
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What happens now.
#[derive(Debug, Serialize, ToSchema)]
pub struct NowView {
    /// When it was read.
    pub at: Timestamp,
    /// The last 60 minutes, the oldest first; the last one is not over.
    pub minutes: Vec<MinuteView>,
    /// Decisions of the last hour: `told`, or the reason why not; the most frequent first.
    pub decisions: Vec<Counted>,
    /// SMS and e-mail.
    pub channels: Vec<ChannelView>,
    /// The alerts that could have left longest ago, up to five of each channel.
    pub longest: Vec<OverdueView>,
    /// Dead letters that nobody has dealt with, by reason.
    pub dead_letters: Vec<Counted>,
}

/// How often something was counted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Counted {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// What happened in a minute.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MinuteView {
    /// When it began.
    pub at: Timestamp,
    /// Events taken in.
    pub events: u64,
    /// Decisions to tell.
    pub told: u64,
    /// Decisions not to tell.
    pub untold: u64,
    /// Alerts that a provider took.
    pub accepted: u64,
    /// Alerts that no provider will take.
    pub failed: u64,
    /// Alerts that no attempt brought out in time.
    pub expired: u64,
    /// Alerts that are tried again.
    pub retried: u64,
    /// From intake to the provider, the mean in milliseconds; null if nothing left.
    #[schema(required)]
    pub lag_ms: Option<u64>,
    /// The greatest of them.
    #[schema(required)]
    pub greatest_lag_ms: Option<u64>,
}

/// An alert that could have left already.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OverdueView {
    /// Its id.
    pub delivery_id: DeliveryId,
    /// What it tells of.
    pub event_id: EventId,
    /// By which way.
    pub channel: Channel,
    /// Why it waited, as a code.
    #[schema(required)]
    pub cause: Option<String>,
    /// Since when it could leave.
    pub due_at: Timestamp,
    /// Until when it helps.
    pub expires_at: Timestamp,
}

/// What happens now: the last hour by minute, how channels stand, what waits longest.
#[utoipa::path(
    get,
    path = "/dispatcher/api/now",
    operation_id = "getNow",
    responses((status = OK, description = "What happens now.", body = NowView), Refusals),
)]
pub(super) async fn get(State(app): State<App>, _: Operator<may::See>) -> Result<Json<NowView>, Problem> {
    Ok(Json(now::now(&app).await?.into()))
}

impl From<Now> for NowView {
    fn from(now: Now) -> Self {
        let counted =
            |all: Vec<(String, u64)>| all.into_iter().map(|(name, count)| Counted { name, count }).collect();
        let longest = now.longest.into_iter().map(|overdue| OverdueView {
            delivery_id: overdue.id,
            event_id: overdue.event,
            channel: overdue.channel,
            cause: overdue.cause,
            due_at: overdue.due_at,
            expires_at: overdue.expires_at,
        });
        Self {
            at: now.at,
            minutes: now.minutes.into_iter().map(MinuteView::from).collect(),
            decisions: counted(now.decisions),
            channels: now.channels.into_iter().map(ChannelView::from).collect(),
            longest: longest.collect(),
            dead_letters: counted(now.dead_letters),
        }
    }
}

impl From<Minute> for MinuteView {
    fn from(minute: Minute) -> Self {
        let Minute { at, events, told, untold, accepted, failed, expired, retried, lag_ms, greatest_lag_ms } =
            minute;
        Self { at, events, told, untold, accepted, failed, expired, retried, lag_ms, greatest_lag_ms }
    }
}

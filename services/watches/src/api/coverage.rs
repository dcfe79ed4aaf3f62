//! What the whole company watches, for its permission administrators.

use super::refusals::{CommonErrors, JsonResult, NotConnected};
use crate::{
    App, commands,
    fault::Outcome,
    queries::{
        self,
        coverage::{Coverage, Covered, Reached, Watcher},
    },
};
use axum::{Json, extract::State};
use bevaka_domain::{
    clock::{LocalDate, Timestamp},
    event::Kind,
    ids::UserId,
    language::Language,
    watch::Channel,
};
use bevaka_portal::Caller;
use bevaka_web::accept_language::AcceptLanguage;
use serde::Serialize;
use utoipa::ToSchema;

/// What a company watches.
#[derive(Serialize, ToSchema)]
#[schema(as = Coverage)]
pub(super) struct CoverageView {
    /// The kinds of its agreement.
    kinds: Vec<CoveredView>,
    /// When an administrator confirmed last that this is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    review: Option<ReviewView>,
    /// When the next confirmation is due.
    due: LocalDate,
    /// Whether it is due now.
    is_due: bool,
}

/// A kind with those who watch it.
#[derive(Serialize, ToSchema)]
#[schema(as = CoveredKind)]
struct CoveredView {
    /// Its id.
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    /// Whether nobody is told of it.
    is_gap: bool,
    /// Who chose it, by name.
    watchers: Vec<WatcherView>,
}

/// Somebody who chose a kind. Where they are told is theirs to see.
#[derive(Serialize, ToSchema)]
#[schema(as = Watcher)]
struct WatcherView {
    /// Who.
    user: UserId,
    /// The name.
    name: String,
    /// By which ways.
    channels: Vec<WayView>,
    /// Whether the user is told at least by one way, but for a pause.
    is_told: bool,
    /// Whether the user is active and has access to watches.
    has_access: bool,
    /// Whether the watch is switched off from a mail.
    is_off: bool,
    /// The first day on which events are told again, if the watch is paused now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    paused_until: Option<LocalDate>,
    /// The name of who stands in today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    stand_in: Option<String>,
}

/// A chosen channel.
#[derive(Serialize, ToSchema)]
#[schema(as = ChosenChannel)]
struct WayView {
    /// By which way.
    channel: Channel,
    /// Whether anything arrives there.
    reached: Reached,
}

/// That an administrator has confirmed what the company watches.
#[derive(Serialize, ToSchema)]
#[schema(as = Review)]
struct ReviewView {
    /// Who.
    by: UserId,
    /// The name.
    name: String,
    /// When.
    at: Timestamp,
}

impl From<Watcher> for WatcherView {
    fn from(watcher: Watcher) -> Self {
        Self {
            is_told: watcher.is_told(),
            channels: watcher
                .channels
                .into_iter()
                .map(|(channel, reached)| WayView { channel, reached })
                .collect(),
            user: watcher.user,
            name: watcher.name,
            has_access: watcher.has_access,
            is_off: watcher.is_off,
            paused_until: watcher.paused_until,
            stand_in: watcher.stand_in,
        }
    }
}

/// What the caller's company watches.
async fn coverage(app: &App, caller: Caller, language: Language) -> Outcome<CoverageView> {
    let Coverage { kinds, review, due, is_due } = queries::coverage(app, caller).await?;
    let covered = |covered: Covered| CoveredView {
        kind: covered.kind().clone(),
        name: app.chassis.catalogue.name(covered.kind(), language).to_owned(),
        is_gap: covered.is_gap(),
        watchers: covered.watchers.into_iter().map(WatcherView::from).collect(),
    };
    Ok(CoverageView {
        kinds: kinds.into_iter().map(covered).collect(),
        review: review.map(|review| ReviewView { by: review.by, name: review.name, at: review.at }),
        due,
        is_due,
    })
}

/// What the company watches, kind by kind, for its permission administrators.
#[utoipa::path(
    get,
    path = "/api/watches/v1/coverage",
    operation_id = "getCoverage",
    responses(
        (status = OK, description = "What the company watches.", body = CoverageView),
        CommonErrors, NotConnected,
    ),
)]
pub(super) async fn get(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
) -> JsonResult<CoverageView> {
    Ok(Json(coverage(&app, caller, language).await?))
}

/// Confirms what the company watches as it stands, for a year.
#[utoipa::path(
    post,
    path = "/api/watches/v1/coverage/review",
    operation_id = "reviewCoverage",
    responses(
        (status = OK, description = "What the company watches.", body = CoverageView),
        CommonErrors, NotConnected,
    ),
)]
pub(super) async fn review(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
) -> JsonResult<CoverageView> {
    commands::review::review(&app, caller).await?;
    Ok(Json(coverage(&app, caller, language).await?))
}

//! `/dispatcher/api/deliveries…`: alerts are found (R39), shown with their history, tried again at once or stopped, one or
//! many (R40).

use super::{
    operator::{Operator, may},
    refusals::{Because, InvalidParameter, Refusals, count_changed, justification},
};
use crate::{
    app::App,
    commands::deliveries::{self as commands, Done, Refusal},
    queries::{
        deliveries::{self as queries, DeliveryView, HistoryEntry, What},
        search::{self, DeliveriesAsked, ListedDelivery},
    },
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    delivery::{
        Delivery, Entry, StateName,
        operated::{RetryableState, Unchanged},
    },
    event::Kind,
    ids::{DeliveryId, EventId, ParcelId, UserId},
    language::Language,
    operator::Operator as Person,
    organisation::OrganisationNumber,
    watch::Channel,
};
use bevaka_store::{deliveries::Filter, people};
use bevaka_web::{
    body::JsonBody,
    extract::{Id, QueryParams},
    list::Page,
    openapi::{BodyFaults, NotFound},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The alerts that fit everything that is asked for, those of the newest event first.
///
/// A page may be short, even empty, and have a next one, as only so much is looked through at once.
#[utoipa::path(
    get,
    path = "/dispatcher/api/deliveries",
    operation_id = "searchDeliveries",
    params(DeliveriesAsked),
    responses((status = OK, description = "The alerts.", body = Page<DeliverySummary>), InvalidParameter, Refusals),
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Operator<may::See>,
    QueryParams(asked): QueryParams<DeliveriesAsked>,
) -> Result<Json<Page<DeliverySummary>>, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    let found = search::deliveries(&mut tx, &asked).await??;
    let summary = |listed| DeliverySummary::new(&app.chassis.catalogue, listed);
    Ok(Json(Page { items: found.rows.into_iter().map(summary).collect(), next: found.next }))
}

/// The alert with our id, and all that happened to it.
#[utoipa::path(
    get,
    path = "/dispatcher/api/deliveries/{id}",
    operation_id = "getDelivery",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "The alert.", body = DeliveryDetail), NotFound, Refusals),
)]
pub(super) async fn get(
    State(app): State<App>,
    _: Operator<may::See>,
    Id(id): Id<DeliveryId>,
) -> Result<Json<DeliveryDetail>, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    let found = search::delivery(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(DeliveryDetail::new(&app.chassis.catalogue, found)))
}

/// An alert as it is listed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliverySummary {
    /// Its id, which is also the key of every attempt.
    pub delivery_id: DeliveryId,
    /// What it tells of.
    pub event_id: EventId,
    /// With which others it leaves as one message; then this is the key of every attempt.
    #[schema(required)]
    pub parcel_id: Option<ParcelId>,
    /// What happened.
    pub kind: Kind,
    /// What happened, as people call it.
    pub kind_name: String,
    /// The company's organisation number.
    pub company_number: OrganisationNumber,
    /// The company's name; `None` if it was not known.
    #[schema(required)]
    pub company_name: Option<String>,
    /// Whom it tells, by our id.
    pub user_id: UserId,
    /// Whom it tells, by the bank's key.
    pub user_reference: String,
    /// The person's name.
    pub user_name: String,
    /// By which way.
    pub channel: Channel,
    /// To where, masked; `None` if the contact point is gone.
    #[schema(required)]
    pub to: Option<String>,
    /// Where it stands.
    #[schema(value_type = StateName)]
    pub state: String,
    /// Why, as a code.
    #[schema(required)]
    pub cause: Option<String>,
    /// When it is tried next, or its lease ends.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    /// How many attempts have ended.
    pub attempts: u32,
    /// Whether it may have arrived twice (R32).
    pub possible_duplicate: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub changed_at: Timestamp,
}

/// One alert with all that happened to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryDetail {
    /// As it is listed.
    #[serde(flatten)]
    pub summary: DeliverySummary,
    /// From when telling helps nobody.
    pub expires_at: Timestamp,
    /// All that happened to it.
    #[schema(value_type = Vec<HistoryEntry>)]
    pub history: Vec<Entry>,
}

impl DeliverySummary {
    fn new(catalogue: &Catalogue, ListedDelivery { alert, company, user, to }: ListedDelivery) -> Self {
        let (user_reference, user_name) = user;
        Self {
            delivery_id: alert.id,
            event_id: alert.event,
            parcel_id: alert.parcel,
            kind_name: catalogue.name(&alert.kind, Language::Swedish).to_owned(),
            kind: alert.kind,
            company_number: alert.number,
            company_name: company,
            user_id: alert.user,
            user_reference,
            user_name,
            channel: alert.channel,
            to: to.as_ref().map(Address::masked),
            state: alert.state,
            cause: alert.cause,
            due_at: alert.due_at,
            attempts: alert.attempts,
            possible_duplicate: alert.possible_duplicate,
            created_at: alert.created_at,
            changed_at: alert.changed_at,
        }
    }
}

impl DeliveryDetail {
    fn new(catalogue: &Catalogue, (listed, whole): (ListedDelivery, Delivery)) -> Self {
        let summary = DeliverySummary::new(catalogue, listed);
        Self { summary, expires_at: whole.expires_at, history: whole.history }
    }
}

/// Which alerts are meant. What is left out narrows nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryFilter {
    /// `waiting` or `failed`: in all other states there is nothing to retry or to cancel.
    state: RetryableState,
    /// By which way.
    #[schema(nullable = false)]
    channel: Option<Channel>,
    /// Why they wait or failed, as a code.
    #[schema(max_length = 100, nullable = false)]
    cause: Option<String>,
    /// About what.
    #[schema(nullable = false)]
    kind: Option<Kind>,
    /// The company's organisation number.
    #[schema(nullable = false)]
    organisation: Option<OrganisationNumber>,
    /// About which event, by our id.
    #[schema(nullable = false)]
    event_id: Option<EventId>,
    /// Made then or later.
    #[schema(nullable = false)]
    from: Option<Timestamp>,
    /// Made before.
    #[schema(nullable = false)]
    until: Option<Timestamp>,
}

/// The longest cause, in characters.
const MAX_CAUSE: usize = 100;

impl DeliveryFilter {
    fn parse(self) -> Result<Filter, Problem> {
        let is_code =
            |cause: &String| cause.chars().count() <= MAX_CAUSE && !cause.contains(char::is_control);
        if !self.cause.as_ref().is_none_or(is_code) {
            let detail = format!("filter.cause is a code of at most {MAX_CAUSE} characters.");
            return Err(Problem::invalid_field("filter.cause", detail));
        }
        let Self { state, channel, cause, kind, organisation, event_id: event, from, until } = self;
        Ok(Filter { state, channel, cause, kind, organisation, event, from, until })
    }
}

/// What is meant to be done with which alerts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryQuestion {
    /// `retry` or `cancel`.
    what: What,
    /// Which alerts.
    filter: DeliveryFilter,
}

/// What a command would be about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryPreview {
    /// How many alerts; the most for one command is 10,000, the oldest first.
    pub count: usize,
    /// Whether there are more, for the next command.
    pub more: bool,
    /// The newest of them; the command wants it. Left out if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub through: Option<DeliveryId>,
    /// A few of them, the oldest.
    pub sample: Vec<DeliveryId>,
    /// How many would be changed.
    pub changes: usize,
    /// How many would stay as they are, by the reason.
    pub unchanged: BTreeMap<String, usize>,
}

impl From<queries::Preview> for DeliveryPreview {
    fn from(preview: queries::Preview) -> Self {
        let unchanged = preview.unchanged.into_iter().map(|(why, count)| (why.as_str().to_owned(), count));
        Self {
            count: preview.count,
            more: preview.more,
            through: preview.through,
            sample: preview.sample,
            changes: preview.changes,
            unchanged: unchanged.collect(),
        }
    }
}

/// What a command about all alerts that a filter names would be about now. Changes nothing.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/preview",
    operation_id = "previewDeliveries",
    request_body = DeliveryQuestion,
    responses((status = OK, description = "What it would be about.", body = DeliveryPreview), BodyFaults, Refusals),
)]
pub(super) async fn preview(
    State(app): State<App>,
    _: Operator<may::See>,
    JsonBody(question): JsonBody<DeliveryQuestion>,
) -> Result<Json<DeliveryPreview>, Problem> {
    let preview = queries::preview(&app, question.what, &question.filter.parse()?).await?;
    Ok(Json(preview.into()))
}

/// All alerts that a filter names and the preview told of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllOfFilter {
    /// As in the preview.
    filter: DeliveryFilter,
    /// `through` of the preview: the newest alert that is meant.
    through: DeliveryId,
    /// `count` of the preview.
    expected: usize,
    /// Why, in words that name a case and no person.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
}

/// What became of many alerts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesChanged {
    /// How many were changed.
    pub changed: usize,
    /// How many more were changed, as they leave as one message with one of those.
    pub along: usize,
    /// How many stayed as they were, by the reason.
    pub unchanged: BTreeMap<String, usize>,
}

impl From<Done> for DeliveriesChanged {
    fn from(done: Done) -> Self {
        let unchanged = done.unchanged.into_iter().map(|(why, count)| (why.as_str().to_owned(), count));
        Self { changed: done.changed, along: done.along, unchanged: unchanged.collect() }
    }
}

/// Lets all alerts be tried at once that the preview told of.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/retry",
    operation_id = "retryDeliveries",
    request_body = AllOfFilter,
    responses(
        (status = OK, description = "What became of them.", body = DeliveriesChanged),
        CountChanged, BodyFaults, Refusals,
    ),
)]
pub(super) async fn retry_all(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    JsonBody(body): JsonBody<AllOfFilter>,
) -> Result<Json<DeliveriesChanged>, Problem> {
    all(&app, &operator, What::Retry, body).await
}

/// Stops all alerts that the preview told of.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/cancel",
    operation_id = "cancelDeliveries",
    request_body = AllOfFilter,
    responses(
        (status = OK, description = "What became of them.", body = DeliveriesChanged),
        CountChanged, BodyFaults, Refusals,
    ),
)]
pub(super) async fn cancel_all(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    JsonBody(body): JsonBody<AllOfFilter>,
) -> Result<Json<DeliveriesChanged>, Problem> {
    all(&app, &operator, What::Cancel, body).await
}

async fn all(
    app: &App,
    operator: &Person,
    what: What,
    AllOfFilter { filter, through, expected, because }: AllOfFilter,
) -> Result<Json<DeliveriesChanged>, Problem> {
    let (filter, because) = (filter.parse()?, justification(&because)?);
    let done = commands::many(app, operator, what, &filter, (through, expected), &because).await?;
    Ok(Json(done.into()))
}

/// Lets an alert be tried at once that waits for its next attempt or was given up, and with it all that leave as one message
/// with it. Rights and wishes are asked again when it leaves.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/{id}/retry",
    operation_id = "retryDelivery",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Because,
    responses(
        (status = OK, description = "The alert as it stands now.", body = DeliveryView),
        NotFound, NotChanged, BodyFaults, Refusals,
    ),
)]
pub(super) async fn retry(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    Id(id): Id<DeliveryId>,
    JsonBody(body): JsonBody<Because>,
) -> Result<Json<DeliveryView>, Problem> {
    one(&app, &operator, What::Retry, id, &body).await
}

/// Stops an alert that waits: it never leaves.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/{id}/cancel",
    operation_id = "cancelDelivery",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Because,
    responses(
        (status = OK, description = "The alert as it stands now.", body = DeliveryView),
        NotFound, NotChanged, BodyFaults, Refusals,
    ),
)]
pub(super) async fn cancel(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    Id(id): Id<DeliveryId>,
    JsonBody(body): JsonBody<Because>,
) -> Result<Json<DeliveryView>, Problem> {
    one(&app, &operator, What::Cancel, id, &body).await
}

async fn one(
    app: &App,
    operator: &Person,
    what: What,
    id: DeliveryId,
    body: &Because,
) -> Result<Json<DeliveryView>, Problem> {
    let delivery = commands::one(app, operator, what, id, &body.justification()?).await?;
    let mut tx = app.chassis.db.begin_read().await?;
    let contacts = people::contacts(&mut tx, std::iter::once(delivery.contact)).await?;
    Ok(Json(DeliveryView::new(&delivery, &contacts)))
}

bevaka_web::refusals! {
    /// There are more or fewer than expected (`count_changed`). Nothing was changed.
    CountChanged = CONFLICT;
    /// The alert stays as it is; `code` says why: `under_way`, `held`, `due_already`, `accepted`, `delivered`, `failed`,
    /// `expired`, `suppressed` or `cancelled`.
    NotChanged = CONFLICT;
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::not_found(),
            Refusal::Unchanged(why) => unchanged(why),
            Refusal::CountChanged { found } => count_changed(found),
            Refusal::Store(error) => error.into(),
        }
    }
}

fn unchanged(why: Unchanged) -> Problem {
    let (detail, action) = match why {
        Unchanged::UnderWay => {
            ("The alert is being sent at this moment.", "Look again in a moment what came of it.")
        }
        Unchanged::Held => (
            "The alert waits because its user wants it later.",
            "Nothing is to be done: it leaves when its user wants it.",
        ),
        Unchanged::DueAlready => (
            "The alert is due already and leaves as soon as its channel has room.",
            "If it does not, look at the channel.",
        ),
        Unchanged::Accepted => {
            ("The provider has taken the alert; it may have arrived.", "Ask the provider, by the alert's id.")
        }
        Unchanged::Delivered => ("The alert has arrived.", "Nothing is to be done."),
        Unchanged::Failed => ("The alert has failed.", "Retry it before its expiry, or leave it."),
        Unchanged::Expired => (
            "The event is too old: telling of it helps nobody any more.",
            "Find out why no attempt succeeded in time.",
        ),
        Unchanged::Suppressed => (
            "The user lost the right to the alert while it waited.",
            "See the alert's cause for which right it was.",
        ),
        Unchanged::Cancelled => (
            "An operator has cancelled the alert.",
            "See the trail for who and why; a cancelled alert stays cancelled.",
        ),
    };
    Problem::new(StatusCode::CONFLICT, "The alert stays as it is", detail, action).coded(why.as_str())
}

//! `/dispatcher/api/deliveries…`: alerts are found (R39), shown with their history, tried again at once or stopped, one or
//! many (R40).

use super::{
    Caller,
    refusals::{
        Because, BodyRefusals, Conflict, Invalid, NotFound, Refusals, because, count_changed, invalid,
        not_searchable, unavailable,
    },
};
use crate::{
    app::App,
    commands::deliveries::{self as commands, Done, Refusal},
    queries::{
        deliveries::{self as queries, DeliveryView, What},
        search::{self, DeliveriesAsked, Found, ListedDelivery},
        words,
    },
};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    delivery::{Delivery, Entry, operated::Unchanged},
    event::Kind,
    ids::{DeliveryId, EventId, ParcelId, UserId},
    language::Language,
    operator::Act,
    organisation::OrganisationNumber,
    watch::Channel,
};
use bevaka_store::{
    deliveries::{Filter, Stuck},
    people,
};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Display};
use utoipa::ToSchema;

/// The alerts that fit everything that is asked for, those of the newest event first.
#[utoipa::path(
    get,
    path = "/dispatcher/api/deliveries",
    operation_id = "searchDeliveries",
    params(DeliveriesAsked),
    responses((status = OK, description = "The alerts.", body = DeliveriesPage), Invalid, Refusals),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<DeliveriesAsked>, QueryRejection>,
) -> Result<Json<DeliveriesPage>, Problem> {
    caller.may(Act::See)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("query"))?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        search::deliveries(&mut tx, &asked).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?.map_err(|fault| not_searchable(&fault))?;
    Ok(Json(DeliveriesPage::new(&app.chassis.catalogue, found)))
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
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DeliveryDetail>, Problem> {
    caller.may(Act::See)?;
    let id: DeliveryId = id.parse().map_err(|_| Problem::not_found())?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        search::delivery(&mut tx, id).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?.ok_or_else(Problem::not_found)?;
    Ok(Json(DeliveryDetail::new(&app.chassis.catalogue, found)))
}

/// A page of alerts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesPage {
    /// Those of the newest event first.
    pub items: Vec<DeliverySummary>,
    /// Where to go on, to be given as `after`. None: there is no more. A page may be short, even empty, and have one, as
    /// only so much is looked through at once.
    #[schema(required)]
    pub next: Option<String>,
}

/// An alert as it is listed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliverySummary {
    /// Its id, which is also the key of every attempt.
    #[schema(value_type = String, format = Uuid)]
    pub delivery_id: DeliveryId,
    /// What it tells of.
    #[schema(value_type = String, format = Uuid)]
    pub event_id: EventId,
    /// With which others it leaves as one message; then this is the key of every attempt.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    pub parcel_id: Option<ParcelId>,
    /// What happened.
    pub kind: String,
    /// What happened, as people call it.
    pub kind_name: String,
    /// The company's organisation number.
    pub company_number: String,
    /// The company's name; `None` if it was not known.
    #[schema(required)]
    pub company_name: Option<String>,
    /// Whom it tells, by our id.
    #[schema(value_type = String, format = Uuid)]
    pub user_id: UserId,
    /// Whom it tells, by the bank's key.
    pub user_reference: String,
    /// The person's name.
    pub user_name: String,
    /// By which way.
    #[schema(schema_with = words::channel)]
    pub channel: Channel,
    /// To where, masked; `None` if the contact point is gone.
    #[schema(required)]
    pub to: Option<String>,
    /// Where it stands.
    #[schema(schema_with = words::state)]
    pub state: String,
    /// Why, as a code.
    #[schema(required)]
    pub cause: Option<String>,
    /// When it is tried next, or its lease ends.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub due_at: Option<Timestamp>,
    /// How many attempts have ended.
    pub attempts: u32,
    /// Whether it may have arrived twice (R32).
    pub possible_duplicate: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When something last happened to it.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// One alert with all that happened to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryDetail {
    /// As it is listed.
    #[serde(flatten)]
    pub summary: DeliverySummary,
    /// From when telling helps nobody.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// All that happened to it.
    #[schema(schema_with = words::history)]
    pub history: Vec<Entry>,
}

impl DeliveriesPage {
    fn new(catalogue: &Catalogue, found: Found<ListedDelivery>) -> Self {
        let items = found.rows.into_iter().map(|listed| DeliverySummary::new(catalogue, listed)).collect();
        Self { items, next: found.next }
    }
}

impl DeliverySummary {
    fn new(catalogue: &Catalogue, ListedDelivery { alert, company, user, to }: ListedDelivery) -> Self {
        let (user_reference, user_name) = user;
        Self {
            delivery_id: alert.id,
            event_id: alert.event,
            parcel_id: alert.parcel,
            kind_name: catalogue.name(&alert.kind, Language::Swedish).to_owned(),
            kind: alert.kind.to_string(),
            company_number: alert.number.as_str().to_owned(),
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

/// What is meant to be done with which alerts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryQuestion {
    /// `retry` or `cancel`.
    #[schema(schema_with = words::what)]
    what: Wanted,
    /// Which alerts.
    filter: DeliveryFilter,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Retry,
    Cancel,
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
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub through: Option<DeliveryId>,
    /// A few of them, the oldest.
    #[schema(value_type = Vec<String>)]
    pub sample: Vec<DeliveryId>,
    /// How many would be changed.
    pub changes: usize,
    /// How many would stay as they are, by the reason.
    pub unchanged: BTreeMap<String, usize>,
}

/// What a command about all alerts that a filter names would be about now. Changes nothing.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/preview",
    operation_id = "previewDeliveries",
    request_body = DeliveryQuestion,
    responses((status = OK, description = "What it would be about.", body = DeliveryPreview), BodyRefusals, Refusals),
)]
pub(super) async fn preview(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<DeliveryQuestion>, Problem>,
) -> Result<Json<DeliveryPreview>, Problem> {
    caller.may(Act::See)?;
    let JsonBody(asked) = body?;
    let what = match asked.what {
        Wanted::Retry => What::Retry,
        Wanted::Cancel => What::Cancel,
    };
    let filter = asked.filter.read()?;
    let preview = queries::preview(&app, what, &filter).await.map_err(|error| unavailable(&error))?;
    Ok(Json(preview.into()))
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

/// Lets all alerts be tried at once that the preview told of.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/retry",
    operation_id = "retryDeliveries",
    request_body = AllOfFilter,
    responses(
        (status = OK, description = "What became of them.", body = DeliveriesChanged),
        Conflict, BodyRefusals, Refusals,
    ),
)]
pub(super) async fn retry_all(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<AllOfFilter>, Problem>,
) -> Result<Json<DeliveriesChanged>, Problem> {
    let operator = caller.may(Act::Repair)?;
    let JsonBody(asked) = body?;
    let (filter, because) = (asked.filter.read()?, because(&asked.because)?);
    let meant = (asked.through, asked.expected);
    let done = commands::many(&app, operator, What::Retry, &filter, meant, &because).await;
    Ok(Json(done.map_err(refused)?.into()))
}

/// Stops all alerts that the preview told of.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/cancel",
    operation_id = "cancelDeliveries",
    request_body = AllOfFilter,
    responses(
        (status = OK, description = "What became of them.", body = DeliveriesChanged),
        Conflict, BodyRefusals, Refusals,
    ),
)]
pub(super) async fn cancel_all(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<AllOfFilter>, Problem>,
) -> Result<Json<DeliveriesChanged>, Problem> {
    let operator = caller.may(Act::Repair)?;
    let JsonBody(asked) = body?;
    let (filter, because) = (asked.filter.read()?, because(&asked.because)?);
    let meant = (asked.through, asked.expected);
    let done = commands::many(&app, operator, What::Cancel, &filter, meant, &because).await;
    Ok(Json(done.map_err(refused)?.into()))
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
        NotFound, Conflict, BodyRefusals, Refusals,
    ),
)]
pub(super) async fn retry(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<Json<DeliveryView>, Problem> {
    one(&app, &caller, What::Retry, &id, body).await.map(Json)
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
        NotFound, Conflict, BodyRefusals, Refusals,
    ),
)]
pub(super) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<Json<DeliveryView>, Problem> {
    one(&app, &caller, What::Cancel, &id, body).await.map(Json)
}

/// Does one thing with one alert.
async fn one(
    app: &App,
    caller: &Caller,
    what: What,
    id: &str,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<DeliveryView, Problem> {
    let operator = caller.may(Act::Repair)?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let JsonBody(asked) = body?;
    let because = because(&asked.because)?;
    let delivery = commands::one(app, operator, what, id, &because).await.map_err(refused)?;
    let view = async {
        let mut tx = app.chassis.db.begin_read().await?;
        let contacts = people::contacts(&mut tx, std::iter::once(delivery.contact)).await?;
        Ok(DeliveryView::new(&delivery, &contacts))
    };
    view.await.map_err(|error| unavailable(&error))
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::not_found(),
        Refusal::Unchanged(why) => unchanged(why),
        Refusal::CountChanged { found } => count_changed(found),
        Refusal::Store(fault) => unavailable(&fault),
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

/// The longest cause, in characters.
const LONGEST_CAUSE: usize = 100;

/// Which alerts are meant. What is left out narrows nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryFilter {
    /// `waiting` or `failed`: in all other states there is nothing to retry or to cancel.
    #[schema(schema_with = words::stuck)]
    pub state: String,
    /// By which way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = words::channel, required = false)]
    pub channel: Option<String>,
    /// Why they wait or failed, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub cause: Option<String>,
    /// About what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<String>,
    /// The company's organisation number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation: Option<String>,
    /// About which event, by our id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid, nullable = false)]
    pub event_id: Option<String>,
    /// Made then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    pub from: Option<String>,
    /// Made before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    pub until: Option<String>,
}

/// All alerts that a filter names and the preview told of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllOfFilter {
    /// As in the preview.
    pub filter: DeliveryFilter,
    /// `through` of the preview: the newest alert that is meant.
    #[schema(value_type = String, format = Uuid)]
    pub through: DeliveryId,
    /// `count` of the preview.
    pub expected: usize,
    /// Why, in words that name a case and no person.
    #[schema(min_length = 3, max_length = 200)]
    pub because: String,
}

impl DeliveryFilter {
    /// The filter, or the field that is wrong.
    fn read(&self) -> Result<Filter, Problem> {
        let state = Stuck::ALL.into_iter().find(|state| state.as_str() == self.state);
        let named = |name: &str| Channel::ALL.into_iter().find(|channel| channel.as_str() == name);
        let channel = self.channel.as_deref().map(|name| {
            named(name).ok_or_else(|| invalid("filter.channel", "filter.channel is sms or email."))
        });
        let cause = self.cause.as_deref().map(|cause| {
            let sound = cause.chars().count() <= LONGEST_CAUSE && !cause.chars().any(char::is_control);
            let detail = format!("filter.cause is a code of at most {LONGEST_CAUSE} characters.");
            sound.then(|| cause.to_owned()).ok_or_else(|| invalid("filter.cause", detail))
        });
        Ok(Filter {
            state: state.ok_or_else(|| invalid("filter.state", "filter.state is waiting or failed."))?,
            channel: channel.transpose()?,
            cause: cause.transpose()?,
            kind: parsed("kind", self.kind.as_deref(), Kind::parse)?,
            organisation: parsed("organisation", self.organisation.as_deref(), OrganisationNumber::parse)?,
            event: parsed("event_id", self.event_id.as_deref(), str::parse::<EventId>)?,
            from: parsed("from", self.from.as_deref(), Timestamp::parse)?,
            until: parsed("until", self.until.as_deref(), Timestamp::parse)?,
        })
    }
}

fn parsed<T, F: Display>(
    field: &'static str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, F>,
) -> Result<Option<T>, Problem> {
    let fault = |fault: F| invalid(format!("filter.{field}"), format!("filter.{field}: {fault}."));
    text.map(|text| parse(text).map_err(fault)).transpose()
}

//! `POST /alerts/check`: did you send this?

use super::super::{
    Refused,
    described::{self, BodyFaults, ErrorsOfOurs, NotConnected, NotLetIn},
    refuse,
};
use crate::{
    App,
    queries::{
        self,
        check::{Checked, Genuine},
    },
};
use axum::{Json, extract::State};
use bevaka_domain::{clock::Timestamp, event::Kind, language::Language, watch::Channel};
use bevaka_portal::{accept::Asked, bearer::Who};
use bevaka_web::body::JsonBody;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The code of a message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AlertCode {
    /// However it is typed.
    code: String,
}

/// Whether a message is genuine.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckedCode)]
pub(in crate::api) struct CheckedView {
    /// Whether the code is of an alert to the user in the last 90 days.
    is_genuine: bool,
    /// The message that the code stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<MessageView>,
}

/// A message that was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = GenuineMessage)]
struct MessageView {
    /// What it told of.
    events: Vec<AboutView>,
    #[schema(schema_with = described::channel)]
    channel: Channel,
    /// Where, masked; left out if the contact point has been removed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<String>,
    /// When a provider took it; left out if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    sent_at: Option<Timestamp>,
    /// Whether it is a gathering.
    is_digest: bool,
}

/// What a message told of.
#[derive(Serialize, ToSchema)]
#[schema(as = GenuineEvent)]
struct AboutView {
    /// What happened.
    #[schema(value_type = String)]
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
}

/// Whether the message with this code was sent to the user by the service. A code of somebody else's message is as unknown
/// as one of none.
///
/// # Errors
/// 403 without access to watches; 409 without an agreement.
#[utoipa::path(
    post,
    path = "/api/watches/v1/alerts/check",
    operation_id = "checkAlert",
    request_body = AlertCode,
    responses(
        (status = OK, description = "Whether it is genuine.", body = CheckedView),
        BodyFaults, NotLetIn, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn check(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
    JsonBody(typed): JsonBody<AlertCode>,
) -> Result<Json<CheckedView>, Refused> {
    let checked = queries::check(&app, caller, &typed.code).await.map_err(refuse(&app))?;
    let message = match checked {
        Checked::Ours(genuine) => Some(MessageView::new(&app, *genuine, language)),
        Checked::NotOurs => None,
    };
    Ok(Json(CheckedView { is_genuine: message.is_some(), message }))
}

impl MessageView {
    fn new(app: &App, genuine: Genuine, language: Language) -> Self {
        let about = |(kind, _, occurred_at): (Kind, String, Timestamp)| AboutView {
            name: app.chassis.catalogue.name(&kind, language).to_owned(),
            kind,
            occurred_at,
        };
        Self {
            events: genuine.alerts.into_iter().map(about).collect(),
            channel: genuine.channel,
            to: genuine.to,
            sent_at: genuine.sent_at,
            is_digest: genuine.is_digest,
        }
    }
}

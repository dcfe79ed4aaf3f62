//! Which alerts are meant.

use crate::api::{described, justified::invalid};
use bevaka_domain::{
    clock::Timestamp, delivery::operated::RetryableState, event::Kind, ids::DeliveryId, ids::EventId,
    organisation::OrganisationNumber, watch::Channel,
};
use bevaka_store::deliveries::Filter;
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use utoipa::ToSchema;

/// The longest cause, in characters.
const LONGEST_CAUSE: usize = 100;

/// Which alerts are meant. What is left out narrows nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryFilter {
    /// `waiting` or `failed`: in all other states there is nothing to retry or to cancel.
    #[schema(schema_with = described::stuck)]
    pub state: String,
    /// By which way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = described::channel, required = false)]
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
    pub(super) fn read(&self) -> Result<Filter, Problem> {
        let state = self.state.parse::<RetryableState>().ok();
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

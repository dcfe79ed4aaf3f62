//! Words of the domain as schemas of the API's document.

use super::search::STATES;
use bevaka_domain::{
    channel::Standing,
    dead_letter,
    entitlement::Reason,
    injection,
    trail::Action,
    watch::{Because, Channel},
};
use utoipa::openapi::schema::{
    Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};

fn words(words: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words))
}

fn reasons() -> ObjectBuilder {
    words(Reason::ALL.map(Reason::as_str))
}

/// Where an alert stands.
pub(crate) fn state() -> Object {
    words(STATES).build()
}

/// Where an injection stands.
pub(crate) fn injection_state() -> Object {
    words(injection::StateName::ALL.map(injection::StateName::as_str))
        .description(Some("Where it stands."))
        .build()
}

/// What can be done to stand in the trail.
pub(crate) fn action() -> Object {
    words(Action::ALL.map(Action::as_str)).build()
}

/// Where a dead letter stands.
pub(crate) fn letter_state() -> Object {
    words(dead_letter::StateName::ALL.map(dead_letter::StateName::as_str)).build()
}

pub(crate) fn channel() -> Object {
    words(Channel::ALL.map(Channel::as_str)).description(Some("By which way.")).build()
}

/// How a channel stands.
pub(crate) fn standing() -> Object {
    words(Standing::ALL.map(Standing::as_str)).build()
}

/// What came of an attempt.
pub(crate) fn outcome() -> Object {
    words(["accepted", "retry", "rejected", "unknown", "channel_down"]).build()
}

pub(crate) fn reason_or_null() -> Object {
    words_or_null(Reason::ALL.map(Reason::as_str), "Why the user is not told at all.")
}

/// A word of these, or null.
fn words_or_null(values: impl IntoIterator<Item = &'static str>, description: &str) -> Object {
    let values: Vec<_> = values.into_iter().map(Some).chain([None]).collect();
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(description))
        .enum_values(Some(values))
        .build()
}

pub(crate) fn channel_or_null() -> Object {
    words_or_null(Channel::ALL.map(Channel::as_str), "By which way.")
}

/// How far a user's access reaches by itself.
pub(crate) fn access() -> Object {
    words(["unrestricted", "restricted"]).description(Some("How far the access reaches by itself.")).build()
}

pub(crate) fn user_state() -> Object {
    let states = ["active", "blocked", "denied", "expired"];
    words(states).description(Some("Active or why not, now.")).build()
}

/// When alerts leave that do not leave at once, and why.
pub(crate) fn later_or_null() -> Object {
    let at = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some("When the alerts leave, if not at once."))
        .property("at", at)
        .property("because", words(Because::ALL.map(Because::as_str)))
        .required("at")
        .required("because")
        .build()
}

/// Pairs of a channel and a reason.
pub(crate) fn silent() -> Array {
    let pair = ArrayBuilder::new()
        .prefix_items([Schema::from(channel()), Schema::from(reasons().build())])
        .min_items(Some(2))
        .max_items(Some(2));
    ArrayBuilder::new().items(pair).description(Some("Chosen channels that stay silent, and why.")).build()
}

pub(crate) fn history() -> Array {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let entry = ObjectBuilder::new()
        .property("at", text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))))
        .property("what", text())
        .property("cause", text())
        .required("at")
        .required("what");
    ArrayBuilder::new().items(entry).description(Some("All that happened to it.")).build()
}

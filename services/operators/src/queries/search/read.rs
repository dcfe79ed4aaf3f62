//! Reads one field of what is asked for.

use super::asked::{Checked, Wrong};
use bevaka_alerting::accept;
use bevaka_domain::{
    clock::Timestamp, delivery::StateName, event::Kind, organisation::OrganisationNumber, watch::Channel,
};
use bevaka_store::search::{CameBy, DeliveryKey, Span};
use std::str::FromStr;

/// How many rows a page has, left out.
const USUAL: usize = 50;
/// The most rows of a page.
pub(crate) const MOST: usize = 500;
/// The length of a keyed hash, in hexadecimal digits.
const HASH_DIGITS: usize = 64;

pub(super) fn limit(asked: Option<u32>) -> Checked<usize> {
    let limit = asked.map_or(Ok(USUAL), usize::try_from).map_err(|_| Wrong::Limit.at("limit"))?;
    if (1..=MOST).contains(&limit) { Ok(limit) } else { Err(Wrong::Limit.at("limit")) }
}

pub(super) fn after<T>(asked: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Checked<Option<T>> {
    asked.map(|text| read(text).ok_or(Wrong::After.at("before"))).transpose()
}

/// A place among alerts.
pub(super) fn place(text: &str) -> Option<DeliveryKey> {
    let (event, contact) = text.split_once('.')?;
    event.parse().ok().zip(contact.parse().ok())
}

pub(super) fn id<T: FromStr>(field: &'static str, text: Option<&str>) -> Checked<Option<T>> {
    text.map(|text| text.parse().map_err(|_| Wrong::Id.at(field))).transpose()
}

pub(super) fn text(field: &'static str, text: Option<&str>) -> Checked<Option<String>> {
    let read = |text: &str| accept::key(field, text).map(|()| text.to_owned());
    text.map(|text| read(text).map_err(|_| Wrong::Text.at(field))).transpose()
}

pub(super) fn kind(text: Option<&str>) -> Checked<Option<Kind>> {
    text.map(|text| Kind::parse(text).map_err(|_| Wrong::Kind.at("kind"))).transpose()
}

pub(super) fn span(from: Option<&str>, until: Option<&str>) -> Checked<Span> {
    let time = |field, text: Option<&str>| {
        text.map(|text| Timestamp::parse(text).map_err(|_| Wrong::Time.at(field))).transpose()
    };
    let span = Span { from: time("from", from)?, until: time("until", until)? };
    if span.from.zip(span.until).is_some_and(|(from, until)| until <= from) {
        return Err(Wrong::EndsBeforeItBegins.at("until"));
    }
    Ok(span)
}

pub(super) fn came_by(text: Option<&str>) -> Checked<Option<CameBy>> {
    let read = |text: &str| match text {
        "any" => Some(CameBy::Any),
        text => text.parse().ok().map(CameBy::Exactly),
    };
    text.map(|text| read(text).ok_or(Wrong::Origin.at("origin"))).transpose()
}

pub(super) fn state(text: Option<&str>) -> Checked<Option<String>> {
    let known = |text: &str| text.parse::<StateName>().map(|state| state.as_str().to_owned());
    text.map(|text| known(text).map_err(|_| Wrong::State.at("state"))).transpose()
}

pub(super) fn channel(text: Option<&str>) -> Checked<Option<Channel>> {
    text.map(|text| text.parse().map_err(|_| Wrong::Channel.at("channel"))).transpose()
}

pub(super) fn hash(text: Option<&str>) -> Checked<Option<Vec<u8>>> {
    let read = |text: &str| {
        let fits = text.len() == HASH_DIGITS;
        fits.then(|| hex::decode(text).ok()).flatten()
    };
    text.map(|text| read(text).ok_or(Wrong::Contact.at("contact"))).transpose()
}

/// Whether a number may be that of a person: those of all others have at least 2 where a month's first digit stands.
pub(crate) fn may_be_personal(number: &OrganisationNumber) -> bool {
    number.as_str().as_bytes().get(2).is_none_or(|digit| *digit < b'2')
}

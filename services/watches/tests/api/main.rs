//! Watches and contact points through the JSON API: the whole service but its network, on a clock that stands still.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a check that cannot go on fails")]

#[path = "../rules/house.rs"]
#[allow(dead_code, reason = "the house of the rules; not all of it is needed here")]
mod house;

#[path = "../rules/events.rs"]
#[allow(dead_code, reason = "the events of the rules; not all of them are needed here")]
mod events;

mod access;
mod alerts;
mod client;
mod confirming;
mod contacts;
mod fuzzing;
mod saving;

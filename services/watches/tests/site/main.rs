//! The pages as a browser sees them, on SQLite and with a clock that stands still.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod alerts;
mod browser;
mod changing;
mod company;
mod contacts;
#[path = "../rules/events.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the rules")]
mod events;
mod guests;
#[path = "../rules/house.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the rules")]
mod house;
mod stopping;
mod watching;

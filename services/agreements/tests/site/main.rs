//! The pages as a browser sees them, on SQLite and with a clock that stands still.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod agreement;
mod browser;
mod house;
mod jointly;
mod language;
mod sign_in;
mod users;
mod waiting;

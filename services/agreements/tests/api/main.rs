//! The rules of agreements, through the JSON API: the whole service but its network, on a clock that stands still.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a check that cannot go on fails")]

mod changing;
mod connecting;
mod ending;
mod evidence;
mod fuzzing;
mod house;
mod idempotency;
mod insight;
mod jointly;
mod requests;
mod sessions;
mod tokens;
mod trail;
mod users;

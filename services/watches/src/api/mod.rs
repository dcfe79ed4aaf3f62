//! The watches API: everything that the pages do, for programs.
//!
//! Commands take no idempotency key, as sending one again has no second effect by itself: watches are saved over the
//! version that was read, a user has each number or address once, and what is confirmed, switched on or removed stays so.
//! Only a code and a test alert are sent again, which is what was asked for, and limited for each hour.

mod alerts;
mod contacts;
mod coverage;
mod if_match;
mod refusals;
mod routes;
mod watch;
mod watches;

pub use routes::{openapi, router};

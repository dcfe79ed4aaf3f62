//! What operators do, through pages and API, with a dispatcher beside them.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

mod access;
mod explaining;
mod injection;
mod operators;
mod repair;
mod running;
mod trail;

//! What the tests of several services share.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    missing_docs,
    reason = "a test fails by panicking"
)]

pub mod gathering;
pub mod house;

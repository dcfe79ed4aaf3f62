//! The session of the bearer token.

pub(super) mod choose;
pub(super) mod language;
pub(super) mod sign_out;
pub(super) mod who;

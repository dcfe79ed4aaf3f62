//! What a user was told, and what not and why.

pub(super) mod check;
pub(super) mod list;

//! Orders: what is to be signed, until it takes effect.

pub(super) mod cancel;
pub(super) mod list;
pub(super) mod look;
pub(super) mod place;
pub(super) mod view;

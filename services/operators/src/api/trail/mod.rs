//! `/dispatcher/api/trail…`: the trail for auditors (R41).

pub(super) mod export;
pub(super) mod heads;
pub(super) mod list;

pub use heads::{HeadView, Heads};
pub use list::{CompanyRef, TrailEntryView, TrailPage};

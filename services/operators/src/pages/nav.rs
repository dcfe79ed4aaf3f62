//! The entries of the navigation, by the keys of their texts.

use bevaka_web::page::{At, NavItem};

pub const NOW: At = At::nav(NavItem("nav-now"));
/// With single events, alerts and dry runs.
pub const EVENTS: At = At::nav(NavItem("nav-events"));
pub const DEAD_LETTERS: At = At::nav(NavItem("nav-dead-letters"));
pub const CHANNELS: At = At::nav(NavItem("nav-channels"));
pub const TRAIL: At = At::nav(NavItem("nav-trail"));
pub const INJECT: At = At::nav(NavItem("nav-inject"));
pub const OUTSIDE: At = At::nav(NavItem::NONE);

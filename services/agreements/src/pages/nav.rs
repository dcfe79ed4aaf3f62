//! Where pages belong: the entry of the navigation, and the section of the help page.

use bevaka_portal::{help, nav};
use bevaka_web::page::{At, NavItem};

/// Signing in, choosing a company.
pub(super) const OUTSIDE: At = At::new(NavItem::NONE, help::CONNECT);
pub(super) const CONNECT: At = At::new(nav::AGREEMENT, help::CONNECT);
pub(super) const CHANGE: At = At::new(nav::AGREEMENT, help::CHANGE);
pub(super) const END: At = At::new(nav::AGREEMENT, help::END);
/// Users and permissions.
pub(super) const USERS: At = At::new(nav::PERMISSIONS, help::CHANGE);

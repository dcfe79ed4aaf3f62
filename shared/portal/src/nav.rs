//! The entries of the navigation, by the keys of their texts.

use bevaka_web::page::NavItem;

/// The start page.
pub const START: NavItem = NavItem("nav-start");
/// *Mina bevakningar*.
pub const WATCHES: NavItem = NavItem("nav-watches");
/// *Mina aviseringar*.
pub const ALERTS: NavItem = NavItem("nav-alerts");
/// *Kontaktuppgifter*.
pub const CONTACTS: NavItem = NavItem("nav-contacts");
/// Connecting, the agreement, its orders.
pub const AGREEMENT: NavItem = NavItem("nav-agreement");
/// Users and permissions.
pub const PERMISSIONS: NavItem = NavItem("nav-permissions");
/// *Företagets bevakningar*.
pub const COVERAGE: NavItem = NavItem("nav-coverage");
/// The help page.
pub const HELP: NavItem = NavItem("nav-help");

//! The addresses of the pages, in one place: the router mounts them, views link to them.

use std::fmt::Display;

pub use bevaka_portal::paths::{ALERTS, CONTACTS, COVERAGE, LANGUAGE, UNSUBSCRIBE, WATCHES, WATCHES_CHANGE};

/// Sends a test alert; POST only.
pub const TEST: &str = "/bevakningar/prov";
/// Switches a watch on again that was switched off from a mail; POST only.
pub const SWITCH_ON: &str = "/bevakningar/sla-pa";
/// Confirms a contact point by its code; POST only.
pub const CONFIRM: &str = "/kontaktuppgifter/{id}/bekrafta";
/// Sends a new code; POST only.
pub const NEW_CODE: &str = "/kontaktuppgifter/{id}/kod";
pub const REPLACE: &str = "/kontaktuppgifter/{id}/byt";
pub const REMOVE: &str = "/kontaktuppgifter/{id}/ta-bort";

/// Whether a route only takes forms, so that nothing may link to its address.
pub fn takes_forms_only(route: &str) -> bool {
    matches!(route, TEST | SWITCH_ON | CONFIRM | NEW_CODE)
}

/// [`CONFIRM`] of one contact point.
pub fn confirm(contact: impl Display) -> String {
    format!("{CONTACTS}/{contact}/bekrafta")
}

/// [`NEW_CODE`] of one contact point.
pub fn new_code(contact: impl Display) -> String {
    format!("{CONTACTS}/{contact}/kod")
}

/// [`REPLACE`] of one contact point.
pub fn replace(contact: impl Display) -> String {
    format!("{CONTACTS}/{contact}/byt")
}

/// [`REMOVE`] of one contact point.
pub fn remove(contact: impl Display) -> String {
    format!("{CONTACTS}/{contact}/ta-bort")
}

/// [`UNSUBSCRIBE`] of one token.
pub fn unsubscribe(token: impl Display) -> String {
    format!("/sluta/{token}")
}

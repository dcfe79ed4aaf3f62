//! The addresses of the pages, in one place: the router mounts them, views link to them.

use std::fmt::Display;

pub use bevaka_portal::paths::{
    AGREEMENT, CHOOSE_COMPANY, CONNECT, HELP, LANGUAGE, PERMISSIONS, SIGN_IN, SIGN_OUT, START, WATCHES,
};

/// Waiting for BankID to sign in; below it [`QR`], [`STATUS`] and [`CANCEL`].
pub const SIGN_IN_BANKID: &str = "/logga-in/bankid/{id}";
/// The security token's challenge to sign in; below it [`CANCEL`].
pub const SIGN_IN_TOKEN: &str = "/logga-in/dosa/{id}";
/// *Ändra avtalet*: choose kinds.
pub const CHANGE: &str = "/avtal/andra";
/// *Avsluta avtalet*, what it means.
pub const END: &str = "/avtal/avsluta";
/// *Avsluta avtalet*, the second time.
pub const END_CONFIRM: &str = "/avtal/avsluta/bekrafta";
/// The confirmation after the agreement has ended.
pub const ENDED: &str = "/avtal/avsluta/klart";
/// One order: its text, who has signed, the methods to sign with. [`CANCEL`] below it takes it back.
pub const ORDER: &str = "/avtal/order/{id}";
/// Waiting for BankID to sign an order; below it as at [`SIGN_IN_BANKID`].
pub const ORDER_BANKID: &str = "/avtal/order/{id}/bankid/{attempt}";
/// The security token's challenge to sign an order; below it as at [`SIGN_IN_TOKEN`].
pub const ORDER_TOKEN: &str = "/avtal/order/{id}/dosa/{attempt}";
/// The confirmation after a signature, shown once (R11).
pub const ORDER_DONE: &str = "/avtal/order/{id}/klart";
/// The evidence of one signature, as a file.
pub const EVIDENCE: &str = "/avtal/underlag/{id}";
/// Adds a user, by an order that is signed.
pub const ADD_USER: &str = "/behorigheter/lagg-till";
/// What an administrator does with one user; POST only.
pub const USER: &str = "/behorigheter/{id}";
/// Below the address of an attempt to sign in or to sign, or of an order: ends it; POST only.
pub const CANCEL: &str = "/avbryt";
/// Below the address of a BankID attempt: the QR code of the moment as an SVG.
pub const QR: &str = "/qr";
/// Below the address of a BankID attempt: how far it has come, as JSON.
pub const STATUS: &str = "/status";
/// Scripts of these pages.
pub const ASSETS: &str = "/avtal/assets";

/// Whether a route only takes forms, so that nothing may link to its address.
pub fn takes_forms_only(route: &str) -> bool {
    route.ends_with(CANCEL) || matches!(route, SIGN_OUT | LANGUAGE | USER)
}

/// [`SIGN_IN_BANKID`] of one attempt.
pub fn sign_in_bankid(attempt: impl Display) -> String {
    format!("/logga-in/bankid/{attempt}")
}

/// [`SIGN_IN_TOKEN`] of one attempt.
pub fn sign_in_token(attempt: impl Display) -> String {
    format!("/logga-in/dosa/{attempt}")
}

/// [`ORDER`] of one order.
pub fn order(order: impl Display) -> String {
    format!("/avtal/order/{order}")
}

/// [`CANCEL`] of one order.
pub fn order_cancel(order: impl Display) -> String {
    format!("/avtal/order/{order}{CANCEL}")
}

/// [`ORDER_BANKID`] of one attempt.
pub fn order_bankid(order: impl Display, attempt: impl Display) -> String {
    format!("/avtal/order/{order}/bankid/{attempt}")
}

/// [`ORDER_TOKEN`] of one attempt.
pub fn order_token(order: impl Display, attempt: impl Display) -> String {
    format!("/avtal/order/{order}/dosa/{attempt}")
}

/// [`ORDER_DONE`] of one order.
pub fn order_done(order: impl Display) -> String {
    format!("/avtal/order/{order}/klart")
}

/// [`EVIDENCE`] of one signature.
pub fn evidence(signature: impl Display) -> String {
    format!("/avtal/underlag/{signature}")
}

/// [`USER`] of one user.
pub fn user(user: impl Display) -> String {
    format!("/behorigheter/{user}")
}

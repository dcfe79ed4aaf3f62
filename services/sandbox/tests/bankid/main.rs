//! The sandbox's BankID as a relying party sees it over mutual TLS, and as people see it in the app.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod api;
mod app;
mod python;
mod relying_party;
#[path = "../rig/mod.rs"]
mod rig;
mod signing;
mod token;

use relying_party::RelyingParty;

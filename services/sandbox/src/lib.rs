//! Stand-ins for the outside world, for development only: a phone and a mailbox.
//!
//! Alerts leave Bevaka exactly as they would in production: mail over SMTP, SMS over the HTTP interface of a real
//! gateway. Here they end in a store that a page shows live, and nothing leaves the machine.

mod api;
mod gateway;
mod mail;
mod mail_page;
mod message;
mod page;
mod report;
mod sandbox;
mod smtp;
mod store;

pub use sandbox::{Sandbox, SandboxOptions};

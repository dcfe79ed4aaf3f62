//! Stand-ins for the outside world, for development only: a phone, a mailbox, a BankID and security tokens,
//! and an `OpenID` provider for the bank's own people.
//!
//! Alerts leave Bevaka exactly as they would in production: mail over SMTP, SMS over the HTTP interface of a real
//! gateway. Here they end in a store that a page shows live, and nothing leaves the machine. People identify and sign as
//! they would: Bevaka talks to the BankID here over mutual TLS and checks real signatures, of an authority of its own.

mod api;
mod bankid;
mod gateway;
mod mail;
mod mail_page;
mod message;
mod oidc;
mod page;
mod persons;
mod report;
mod sandbox;
mod smtp;
mod store;
mod token_page;

pub use oidc::{OIDC, OidcClient, OidcOptions};
pub use sandbox::{BankIdOptions, Sandbox, SandboxOptions};

//! What people do, in a real browser: connect, sign jointly, change, end; against `bevaka up` with the sandbox's BankID.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "this is a test")]

mod inspector;
mod look;
mod pages;
mod story;
mod tab;
mod telephone;

//! What people do, in a real browser: connect, sign jointly, watch, be told, change, end; against `bevaka up` with the sandbox's BankID.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "this is a test")]

mod demonstration;
mod inspector;
mod keyboard;
mod look;
mod not_told;
mod operators;
mod pages;
mod separate;
mod story;
mod tab;
mod telephone;
mod visit;
mod watches;
mod watches_pages;
mod ways;

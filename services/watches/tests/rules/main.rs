//! The rules of watches and contact points, by commands and queries on a database.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod access;
mod alerts;
mod confirming;
mod contacts;
mod coverage;
mod events;
mod house;
mod import;
mod preview;
mod saving;
mod settings;
mod switching;

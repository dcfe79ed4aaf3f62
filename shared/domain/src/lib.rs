//! The rules of Bevaka as pure functions over plain values.
//!
//! Nothing here waits, reads a clock, rolls dice or touches the outside: `now` and chance are
//! parameters, and every decision returns the reason for it. The way of an event through these
//! modules: [`event`] (what came) → [`entitlement`] (who hears of it, and why not the others) →
//! [`delivery`] (the life of one alert) with [`retry`] (when to try again) and [`sms`] (what fits).

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod agreement;
pub mod channel;
pub mod clock;
pub mod contact;
pub mod dead_letter;
pub mod delivery;
pub mod entitlement;
pub mod event;
pub mod ids;
pub mod injection;
pub mod language;
pub mod name;
pub mod notice;
pub mod operator;
pub mod organisation;
pub mod person;
pub mod retry;
pub mod signing;
pub mod sms;
pub mod trail;
pub mod typed;
pub mod user;
pub mod watch;
mod word;

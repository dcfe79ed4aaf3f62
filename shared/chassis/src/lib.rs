//! What every Bevaka process needs around its work: settings, telemetry, health, shutdown.
//!
//! The wall clock, chance and the environment are touched here and nowhere else.

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod clock;
pub mod entropy;
pub mod health;
pub mod process;
pub mod proof;
pub mod relay;
pub mod same_bus;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod vault;

//! What every Bevaka process needs around its work: settings, telemetry, health, shutdown.

pub mod settings;

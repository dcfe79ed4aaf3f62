//! Logs and metrics. Neither ever holds an address, a code, a text or a personal number.

use crate::settings::{LogFormat, Logging};
use anyhow::Context;
use axum::{Router, routing::get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts logging to standard error, once for the process.
///
/// # Errors
/// If the filter cannot be read, or logging was started before.
pub fn start(logging: &Logging) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&logging.filter).context("settings: logging.filter")?;
    let registry = tracing_subscriber::registry().with(filter);
    let writer = std::io::stderr;
    match logging.format {
        LogFormat::Json => {
            registry.with(fmt::layer().json().flatten_event(true).with_writer(writer)).try_init()?;
        }
        LogFormat::Text => {
            let layer = fmt::layer().with_target(false).with_ansi(writer().is_terminal()).with_writer(writer);
            registry.with(layer).try_init()?;
        }
    }
    Ok(())
}

/// Starts counting, once for the process.
///
/// # Errors
/// If counting was started before.
pub fn count() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets(&[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0])?
        .install_recorder()
        .context("starting metrics")
}

/// `GET /metrics` in Prometheus' text form.
pub fn router(metrics: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || std::future::ready(metrics.render())))
}

//! `/health/live`: the process runs. `/health/ready`: it reaches what it needs.

use axum::{Json, Router, http::StatusCode, routing::get};
use bevaka_bus::Bus;
use bevaka_store::Db;
use serde_json::json;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const LIMIT: Duration = Duration::from_secs(3);

/// What readiness depends on.
#[derive(Clone)]
pub struct Health {
    /// The database.
    pub db: Db,
    /// The bus, where the process uses it.
    pub bus: Option<Bus>,
    /// A stopping process is not ready: no new work comes to it.
    pub shutdown: CancellationToken,
}

/// The two addresses that orchestrators ask.
pub fn router(health: Health) -> Router {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({"status": "up"})) }))
        .route("/health/ready", get(move || ready(health.clone())))
}

/// Asks the service that listens on this address whether it is ready, as an orchestrator does. Blocks.
///
/// # Errors
/// If it does not answer within some seconds, or not by 200.
pub fn ask(listen: SocketAddr) -> io::Result<()> {
    let address = if listen.ip().is_unspecified() {
        SocketAddr::new(
            if listen.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() },
            listen.port(),
        )
    } else {
        listen
    };
    let mut connection = TcpStream::connect_timeout(&address, LIMIT)?;
    connection.set_read_timeout(Some(LIMIT + Duration::from_secs(1)))?;
    write!(connection, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut status = String::new();
    BufReader::new(connection.take(1_000)).read_line(&mut status)?;
    if status.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    Err(io::Error::other(format!("it answers {}", status.trim_end())))
}

async fn ready(health: Health) -> (StatusCode, Json<serde_json::Value>) {
    let word = |up| if up { "up" } else { "down" };
    let database = matches!(timeout(LIMIT, health.db.ping()).await, Ok(Ok(())));
    let bus = match &health.bus {
        Some(bus) => Some(matches!(timeout(LIMIT, bus.ping()).await, Ok(Ok(())))),
        None => None,
    };
    let stopping = health.shutdown.is_cancelled();
    let ready = database && bus.unwrap_or(true) && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({"status": word(ready), "database": word(database), "bus": bus.map(word), "stopping": stopping});
    (status, Json(body))
}

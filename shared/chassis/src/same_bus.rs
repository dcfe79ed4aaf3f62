//! All services of a database use one bus. Two would look healthy and lose what passes between them: codes, tests and
//! confirmations that one publishes, and that nobody reads.

use crate::{process::Chassis, settings::BusKind};
use anyhow::{Context, bail};
use bevaka_bus::broker;
use bevaka_store::{StoreError, bus_of_database};
use secrecy::ExposeSecret;
use std::time::Duration;
use tokio::time::sleep;

/// Between two tries while the database is away.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Records the bus of the settings as that of the database, or compares it with the one recorded there. Waits while the
/// database is away. Gives false if the process was asked to stop meanwhile, and nothing is known.
///
/// # Errors
/// If another service of this database uses another bus, or the tables are not up to date.
pub async fn ensure(chassis: &Chassis, service: &str) -> anyhow::Result<bool> {
    let bus = described(chassis)?;
    let mut waits = false;
    let known = loop {
        match record(chassis, &bus, service).await {
            Ok(known) => break known,
            Err(error) if error.is_missing_migration() => {
                bail!(
                    "the database is not up to date; run `bevaka migrate` as its owner, then start {service}"
                );
            }
            Err(error) if error.is_transient() => {
                if !waits {
                    tracing::warn!(%error, "the database is away; waiting for it");
                    waits = true;
                }
            }
            Err(error) => return Err(error).context("asking which bus the database belongs to"),
        }
        tokio::select! {
            () = sleep(RETRY_DELAY) => {}
            () = chassis.shutdown.cancelled() => return Ok(false),
        }
    };
    if known.bus != bus {
        bail!(
            "settings: bus: this service would use \"{bus}\", but {} has recorded \"{}\" for this database at {}; \
             what one of them publishes the other would never read. Set bus.kind, bus.url and bus.name as for the \
             other services, or move them all: stop them, run `bevaka migrate --forget-bus`, start them again",
            known.recorded_by,
            known.bus,
            known.recorded_at
        );
    }
    Ok(true)
}

/// What the bus is called: `table`, or `amqp` with `bus.name`, else with host, port and virtual host of `bus.url`.
///
/// # Errors
/// If `bus.url` is no address of a broker.
pub fn described(chassis: &Chassis) -> anyhow::Result<String> {
    let bus = &chassis.settings.bus;
    Ok(match (bus.kind, bus.name.as_str()) {
        (BusKind::Table, _) => "table".to_owned(),
        (BusKind::Amqp, "") => {
            format!("amqp {}", broker(bus.url.expose_secret()).context("settings: bus.url")?)
        }
        (BusKind::Amqp, name) => format!("amqp {name}"),
    })
}

async fn record(
    chassis: &Chassis,
    bus: &str,
    service: &str,
) -> Result<bus_of_database::BusOfDatabase, StoreError> {
    let mut tx = chassis.db.begin().await?;
    let known = bus_of_database::record(&mut tx, bus, service, chassis.clock.now()).await?;
    tx.commit().await?;
    Ok(known)
}

//! Which bus the events of a database travel by. Written by the first service that starts; deleted by the owner alone.

use crate::{Result, Time, Tx};
use bevaka_domain::clock::Timestamp;

statements! {
    both RECORD = "
        INSERT INTO bus_of_database (one, bus, recorded_by, recorded_at) VALUES (true, $1, $2, $3)
        ON CONFLICT (one) DO NOTHING";
    both FIND = "SELECT bus, recorded_by, recorded_at FROM bus_of_database";
    both FORGET = "DELETE FROM bus_of_database";
}

/// The bus that a database belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusOfDatabase {
    /// Its kind and, for a broker, where it is; without user and password.
    pub bus: String,
    /// The service that recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
}

/// Records the bus of a database that has none yet, and gives the one that stands there now.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also where the database lacks the table.
pub async fn record(tx: &mut Tx, bus: &str, service: &str, now: Timestamp) -> Result<BusOfDatabase> {
    // A service that only looks must not wait for another one's transaction.
    if let Some(known) = find(tx).await? {
        return Ok(known);
    }
    execute!(tx, RECORD, bus, service, Time(now))?;
    let (bus, recorded_by, recorded_at) = fetch_one!(tx, (String, String, Time), FIND)?;
    Ok(BusOfDatabase { bus, recorded_by, recorded_at: recorded_at.0 })
}

/// The bus of the database, if a service has started on it.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn find(tx: &mut Tx) -> Result<Option<BusOfDatabase>> {
    let row = fetch_optional!(tx, (String, String, Time), FIND)?;
    Ok(row.map(|(bus, recorded_by, at)| BusOfDatabase { bus, recorded_by, recorded_at: at.0 }))
}

/// Lets the next service that starts record its bus. As the owner only.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(tx: &mut Tx) -> Result<()> {
    execute!(tx, FORGET)?;
    Ok(())
}

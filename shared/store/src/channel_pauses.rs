//! Channels that operators have stopped. Written by the operators' console alone.

use crate::{Result, Time, Tx, text::Word};
use bevaka_domain::{channel::Pause, watch::Channel};
use sqlx::FromRow;

statements! {
    both INSERT = "
        INSERT INTO channel_pauses (channel, paused_at, paused_by, paused_because) VALUES ($1, $2, $3, $4)
        ON CONFLICT (channel) DO NOTHING";
    both DELETE = "
        DELETE FROM channel_pauses WHERE channel = $1 RETURNING channel, paused_at, paused_by, paused_because";
    both ALL = "SELECT channel, paused_at, paused_by, paused_because FROM channel_pauses ORDER BY channel";
}

#[derive(FromRow)]
struct Row {
    channel: Word<Channel>,
    paused_at: Time,
    paused_by: String,
    paused_because: String,
}

impl Row {
    fn read(self) -> (Channel, Pause) {
        let pause = Pause { at: self.paused_at.0, by: self.paused_by, because: self.paused_because };
        (self.channel.0, pause)
    }
}

/// Stops a channel. Gives false if it was stopped already: then the first pause stands.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(tx: &mut Tx, channel: Channel, pause: &Pause) -> Result<bool> {
    let changed =
        execute!(tx, INSERT, channel.as_str(), Time(pause.at), pause.by.as_str(), pause.because.as_str())?;
    Ok(changed > 0)
}

/// Lets a channel run again; gives the pause that ended, or none if it ran.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn remove(tx: &mut Tx, channel: Channel) -> Result<Option<Pause>> {
    let row = fetch_optional!(tx, Row, DELETE, channel.as_str())?;
    Ok(row.map(|row| row.read().1))
}

/// Every channel that is stopped.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn all(tx: &mut Tx) -> Result<Vec<(Channel, Pause)>> {
    Ok(fetch_all!(tx, Row, ALL)?.into_iter().map(Row::read).collect())
}

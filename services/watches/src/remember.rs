//! Contact points that were there before operators could search for one (R39), or that were imported without the key.

use crate::App;
use bevaka_domain::ids::ContactId;
use bevaka_store::{Result, contacts};
use uuid::Uuid;

const TOGETHER: u32 = 500;

/// Notes by which hash each contact point is found that has none yet.
pub(crate) async fn remember(app: &App) -> Result<()> {
    let mut after = ContactId(Uuid::nil());
    loop {
        let mut tx = app.chassis.db.begin().await?;
        let found = contacts::not_remembered(&mut tx, after, TOGETHER).await?;
        for (id, user, address) in &found {
            contacts::remember(&mut tx, *id, *user, &app.address_hash(address)).await?;
        }
        tx.commit().await?;
        match found.last() {
            Some((last, ..)) if found.len() == TOGETHER as usize => after = *last,
            _ => return Ok(()),
        }
    }
}

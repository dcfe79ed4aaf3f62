//! The code that confirms a contact point (R28): derived from an id by whoever sends it, so that neither database nor
//! bus ever holds it.

use super::{own, to};
use crate::{
    access,
    app::App,
    commands::limits,
    fault::{Fault, Limit, Outcome},
};
use bevaka_domain::{
    clock::Timestamp,
    contact::ContactPoint,
    ids::ContactId,
    notice::{Content, Topic},
    organisation::OrganisationNumber,
};
use bevaka_portal::Caller;
use bevaka_store::{
    Tx,
    contact_codes::{self, Code},
    contacts,
    sendings::{self, Sent},
    watch_sets,
};
use secrecy::ExposeSecret;
use std::time::Duration;

/// How long a code confirms (R28).
pub const VALID: Duration = Duration::from_secs(30 * 60);
/// How many answers it takes (R28).
pub const TRIES: u32 = 5;

/// Sends a new code to a contact point that is not confirmed; an earlier one no longer counts.
pub async fn send_code(app: &App, caller: Caller, contact: ContactId) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    watch_sets::lock(&mut tx, caller.user, now).await?;
    let all = contacts::of(&mut tx, caller.user).await?;
    let point = &own(&all, contact)?.point;
    if point.verified_at.is_some() {
        return Err(Fault::AlreadyConfirmed);
    }
    send(app, &mut tx, &admitted.company.organisation.number, (caller, point), now).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(())
}

/// Sends a code within the caller's transaction, in which the user's contact points are locked.
pub(super) async fn send(
    app: &App,
    tx: &mut Tx,
    organisation: &OrganisationNumber,
    (caller, point): (Caller, &ContactPoint),
    now: Timestamp,
) -> Outcome<()> {
    let (most, since) = (&app.chassis.settings.contacts, limits::since(now));
    let by_user = sendings::by_user(tx, caller.user, Sent::Code, since).await?;
    let address = app.address_hash(&point.address);
    let to_address = sendings::to_address(tx, &address, Sent::Code, since).await?;
    let limits = [
        (Limit::Codes, most.codes_per_hour, by_user.as_slice()),
        (Limit::CodesOfDay, most.codes_per_day, &by_user),
        (Limit::CodesToAddress, most.codes_per_address_per_hour, &to_address),
        (Limit::CodesToAddressOfDay, most.codes_per_address_per_day, &to_address),
    ];
    limits::allow(&limits, now)?;
    sendings::forget(tx, caller.user, since).await?;
    sendings::record(tx, app.chassis.entropy.id(now), caller.user, &address, Sent::Code, now).await?;

    let id = app.chassis.entropy.id(now);
    let code = app.proofs.contact_code(id);
    let hash = app.proofs.hash_of_code(point.id, code.expose_secret());
    let code = Code { id, hash, sent_at: now, expires_at: now.plus(VALID), tries_left: TRIES };
    contact_codes::put(tx, point.id, &code).await?;
    let content = Content { code: Some(id), ..to(caller, [point.id].into()) };
    app.tell(tx, (Topic::ContactCode, organisation), content, now).await?;
    Ok(())
}

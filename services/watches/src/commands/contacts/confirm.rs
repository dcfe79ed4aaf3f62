//! The owner of a contact point confirms it by its code (R28).

use super::{own, said, tell_others};
use crate::{
    access::{self, Admitted},
    app::{App, entry},
    fault::{Broken, CodeFault, Fault, Invalid, Outcome},
};
use bevaka_domain::{
    clock::Timestamp,
    contact::ContactPoint,
    ids::ContactId,
    notice::Topic,
    trail::{Action, Actor, Entry, Writer},
};
use bevaka_portal::Caller;
use bevaka_store::{
    Tx,
    contact_codes::{self, Code},
    contacts::{self, Stored},
    trail, watch_sets, watches,
};
use serde_json::json;
use subtle::ConstantTimeEq;

/// Confirms a contact point by the code that was sent to it, blanks and dashes aside. One that replaces another takes its
/// place: watches that used the old one use the new one, and the old one is removed. Confirming again changes nothing.
///
/// # Errors
/// [`Fault::Code`] for a wrong code, which counts, and where no code counts any more; [`Fault::Invalid`] for what is no
/// code at all, which does not count; [`Fault::NotFound`].
pub async fn confirm(app: &App, caller: Caller, contact: ContactId, code: &str) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    watch_sets::lock(&mut tx, caller.user, now).await?;
    let all = contacts::of(&mut tx, caller.user).await?;
    let confirmed = own(&all, contact)?;
    if confirmed.point.verified_at.is_some() {
        return Ok(());
    }
    let typed = digits(code).ok_or_else(|| Invalid::new("code", Broken::NotSixDigits))?;
    let sent = contact_codes::find(&mut tx, contact).await?.ok_or(Fault::Code(CodeFault::NoneSent))?;
    may_be_tried(&sent, now)?;
    if !bool::from(app.proofs.hash_of_code(contact, &typed).ct_eq(&sent.hash)) {
        let tries_left = contact_codes::take_try(&mut tx, contact, sent.id).await?.unwrap_or(0);
        tx.commit().await?;
        let fault = if tries_left == 0 { CodeFault::UsedUp } else { CodeFault::Wrong { tries_left } };
        return Err(Fault::Code(fault));
    }
    contacts::confirm(&mut tx, contact, now).await?;
    contact_codes::forget(&mut tx, contact).await?;
    let entries = takes_effect(app, &mut tx, &admitted, (caller, confirmed), &all, now).await?;
    trail::append_all(&mut tx, Writer::Watches, &entries).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(())
}

/// Lets a replaced one go, and tells the others so; of the new one they were told when it was added.
async fn takes_effect(
    app: &App,
    tx: &mut Tx,
    admitted: &Admitted,
    (caller, confirmed): (Caller, &Stored),
    all: &[Stored],
    now: Timestamp,
) -> Outcome<Vec<Entry>> {
    let new = &confirmed.point;
    let say = |action, detail| {
        entry((Actor::User(caller.user), action), caller.organisation, caller.user, detail, now)
    };
    let mut entries = vec![say(Action::ContactConfirmed, said(app, new.id, &new.address))];
    let number = &admitted.company.organisation.number;
    let replaced: Option<&ContactPoint> = confirmed
        .replaces
        .and_then(|old| all.iter().find(|other| other.point.id == old))
        .map(|old| &old.point);
    if let Some(old) = replaced {
        if contacts::move_watches(tx, old.id, new.id, now).await? > 0 {
            watch_sets::grow(tx, caller.user, now).await?;
        }
        watches::remove_contact(tx, old.id).await?;
        if old.verified_at.is_some() {
            let (topic, about) = ((Topic::ContactRemoved, number), [new.id, old.id]);
            tell_others(app, tx, topic, all, (caller, &about), now).await?;
        }
        let mut detail = said(app, old.id, &old.address);
        detail["replaced_by"] = json!(new.id);
        entries.push(say(Action::ContactRemoved, detail));
    }
    Ok(entries)
}

fn may_be_tried(sent: &Code, now: Timestamp) -> Outcome<()> {
    if sent.tries_left == 0 {
        return Err(Fault::Code(CodeFault::UsedUp));
    }
    if now >= sent.expires_at {
        return Err(Fault::Code(CodeFault::Expired));
    }
    Ok(())
}

/// The six digits of a code as people type them.
fn digits(code: &str) -> Option<String> {
    let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit())).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_however_they_are_grouped() {
        for code in ["123456", " 123 456 ", "123-456"] {
            assert_eq!(digits(code).as_deref(), Some("123456"), "{code}");
        }
        for code in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(digits(code), None, "{code}");
        }
    }
}

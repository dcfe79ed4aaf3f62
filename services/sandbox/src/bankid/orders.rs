//! All orders that the sandbox remembers, and what one of them means for the others.

#[cfg(test)]
mod tests;

use super::{
    error::{ApiError, ErrorCode},
    order::{Failure, Holder, Order, Refused},
};
use crate::persons::{Person, PersonalNumber};
use bevaka_domain::clock::Timestamp;
use bevaka_eid::bankid;
use std::collections::BTreeMap;

/// A QR code is taken for so long after its second. The real app allows less; here a person pastes its text.
const QR_AGE_S: u64 = 30;

#[derive(Default)]
pub(crate) struct Orders(BTreeMap<String, Order>);

impl Orders {
    /// Takes a new order. If one for the same person is pending, that one is cancelled and the new one refused.
    pub(crate) fn add(&mut self, order: Order, now: Timestamp) -> Result<(), ApiError> {
        self.0.retain(|_, old| {
            old.status(now);
            !old.is_forgotten(now)
        });
        if let Some(number) = order.ask.requirement.personal_number.clone()
            && self.cancel_all(now, |old| concerns(old, &number))
        {
            let details = "an order for this person was in progress; it is cancelled";
            return Err(ApiError::new(ErrorCode::AlreadyInProgress, details));
        }
        self.0.insert(order.tokens.reference.clone(), order);
        Ok(())
    }

    /// The order of this reference, while it is remembered.
    pub(crate) fn find(&mut self, reference: &str, now: Timestamp) -> Option<&mut Order> {
        let order = self.0.get_mut(reference)?;
        order.status(now);
        (!order.is_forgotten(now)).then_some(order)
    }

    /// The order that a start link names.
    pub(crate) fn by_auto_start(&mut self, token: &str) -> Option<&mut Order> {
        self.0.values_mut().find(|order| order.tokens.auto_start == token)
    }

    /// The order that a QR code names, if it is of the last seconds and the order waits for one.
    pub(crate) fn by_qr(&mut self, text: &str, now: Timestamp) -> Option<&mut Order> {
        let (token, seconds) = text.trim().strip_prefix("bankid.")?.split_once('.')?;
        let seconds: u64 = seconds.split_once('.')?.0.parse().ok()?;
        let order = self.0.values_mut().find(|order| order.tokens.qr_start == token)?;
        let age = now.since(order.created_at).as_secs();
        let is_fresh = seconds <= age + 1 && age <= seconds + QR_AGE_S;
        let genuine = bankid::qr(&order.tokens.qr_start, &order.tokens.qr_secret, seconds);
        (is_fresh && order.is_waiting() && genuine == text.trim()).then_some(order)
    }

    /// Forgets a pending order, as its relying party wants.
    pub(crate) fn cancel(&mut self, reference: &str, now: Timestamp) -> Result<(), ApiError> {
        let order = self.0.get_mut(reference).ok_or(ApiError::no_such_order())?;
        order.fail(Failure::Cancelled, now).map_err(|_| ApiError::no_such_order())?;
        self.0.remove(reference);
        Ok(())
    }

    /// Somebody chooses a BankID for an order; their other orders are cancelled.
    pub(crate) fn choose(&mut self, reference: &str, holder: Holder, now: Timestamp) -> Result<(), Refused> {
        let number = holder.person.personal_number.clone();
        self.0.get_mut(reference).ok_or(Refused::Over)?.choose(holder, now)?;
        self.cancel_all(now, |old| old.tokens.reference != reference && concerns(old, &number));
        Ok(())
    }

    /// The orders that are not over, the newest first.
    pub(crate) fn pending(&mut self, now: Timestamp) -> Vec<&mut Order> {
        let mut pending: Vec<_> = self
            .0
            .values_mut()
            .filter_map(|order| {
                order.status(now);
                (!order.is_over()).then_some(order)
            })
            .collect();
        pending.sort_by_key(|order| std::cmp::Reverse(order.created_at));
        pending
    }

    fn cancel_all(&mut self, now: Timestamp, is_meant: impl Fn(&Order) -> bool) -> bool {
        let meant = self.0.values_mut().filter(|order| is_meant(order));
        meant.filter_map(|order| order.fail(Failure::Cancelled, now).ok()).count() > 0
    }
}

fn concerns(order: &Order, number: &PersonalNumber) -> bool {
    let held_by = |person: &Person| person.personal_number == *number;
    order.holder().is_some_and(|holder| held_by(&holder.person))
        || order.ask.requirement.personal_number.as_ref() == Some(number)
}

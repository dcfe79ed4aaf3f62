//! What commands decide by beside the company itself.

use crate::fault::{Fault, Outcome};
use bevaka_domain::{agreement::Terms, clock::Timestamp, signing::Order, user::UserState};

pub use bevaka_portal::{Caller, Company};

/// What is signed, the history and effects are the business of signatories and permission administrators.
///
/// # Errors
/// [`Fault::NoInsight`] for every other user.
pub fn insight(company: &Company, caller: Caller, now: Timestamp) -> Outcome<()> {
    company.has_insight(caller, now).then_some(()).ok_or(Fault::NoInsight)
}

/// An order as somebody may see it: what nobody has signed yet is the business of whoever placed it (R13).
///
/// # Errors
/// [`Fault::NotFound`] for no order, another company's, or another person's draft; as [`insight`] for what is
/// everybody's.
pub fn visible(company: &Company, order: Option<Order>, caller: Caller, now: Timestamp) -> Outcome<Order> {
    let order = order.filter(|order| order.organisation == company.organisation.id).ok_or(Fault::NotFound)?;
    if order.placed_by == caller.user {
        return Ok(order);
    }
    if !order.is_visible_to_all() {
        return Err(Fault::NotFound);
    }
    insight(company, caller, now)?;
    Ok(order)
}

/// Whether an order's maker is no longer an active user, so that this signatory may take it back.
pub fn is_orphan(company: &Company, order: &Order, caller: Caller, now: Timestamp) -> bool {
    let maker = company.member(order.placed_by);
    maker.is_none_or(|maker| maker.state != UserState::Active) && company.is_signatory(caller, now)
}

/// What is asked for is decided by these.
pub fn terms(company: &Company, caller: Caller) -> Terms<'_> {
    Terms { form: company.organisation.form, session: caller.channel, in_force: company.agreement.as_ref() }
}

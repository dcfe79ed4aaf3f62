//! Orders: what is to be signed, until it takes effect.

pub(super) mod cancel;
pub(super) mod list;
pub(super) mod look;
pub(super) mod place;
pub(super) mod view;

use crate::{
    company::Caller,
    fault::{Fault, Outcome},
};
use bevaka_domain::{ids::OrderId, signing::Order};
use bevaka_store::{Tx, orders};

/// Whether somebody can see an order: drafts are the business of whoever placed them (R13).
fn is_visible(order: &Order, caller: Caller) -> bool {
    order.organisation == caller.organisation && (order.is_visible_to_all() || order.placed_by == caller.user)
}

/// An order that the caller can see. Any other is as good as none.
async fn visible(tx: &mut Tx, id: OrderId, caller: Caller) -> Outcome<Order> {
    let order = orders::find(tx, id).await?;
    order.filter(|order| is_visible(order, caller)).ok_or(Fault::NotFound)
}

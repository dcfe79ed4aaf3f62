//! Signing an order: a try is begun, looked at, answered or cancelled, by the session that began it.

pub(super) mod answer;
pub(super) mod begin;
pub(super) mod cancel;
pub(super) mod look;

use super::id;
use crate::{
    App,
    fault::Fault,
    identity::attempt::{self, Attempt, Purpose},
};
use bevaka_domain::ids::OrderId;
use bevaka_portal::bearer::Bearer;
use bevaka_web::problem::Problem;
use serde::Deserialize;

/// The address of a try.
#[derive(Deserialize)]
pub(super) struct Address {
    order: String,
    attempt: String,
}

/// The try at an address, if this session began it for this order.
async fn find(app: &App, bearer: &Bearer, address: &Address) -> Result<Attempt, Problem> {
    let of: OrderId = id(&address.order)?;
    let attempt = attempt::find(app, id(&address.attempt)?, &bearer.token).await?;
    match attempt.purpose {
        Purpose::Sign { order, user, .. } if order == of && Some(user) == bearer.signed_in.session.user => {
            Ok(attempt)
        }
        _ => Err(Fault::NotFound.into()),
    }
}

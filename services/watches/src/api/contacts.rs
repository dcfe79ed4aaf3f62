//! The contact points of a user (R28). Addresses are told to their owner only.

pub(super) mod add;
pub(super) mod confirm;
pub(super) mod list;
pub(super) mod losses;
pub(super) mod remove;
pub(super) mod replace;
pub(super) mod send_code;
pub(super) mod send_test;

use super::{Refused, described, refuse};
use crate::{
    App,
    commands::contacts,
    fault::{Broken, Fault, Outcome},
    queries::{
        self,
        mine::{ContactState, ContactView as Known},
    },
};
use axum::{Json, http::StatusCode};
use bevaka_domain::{clock::Timestamp, contact::Address, event::Kind, ids::ContactId, watch::Channel};
use bevaka_portal::Caller;
use serde::Serialize;
use utoipa::ToSchema;

/// A contact point as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactPoint)]
pub(super) struct ContactView {
    /// Our id.
    #[schema(value_type = String, format = Uuid)]
    contact: ContactId,
    #[schema(schema_with = described::channel)]
    channel: Channel,
    /// A mobile number (E.164) or an e-mail address.
    address: String,
    #[schema(schema_with = described::contact_state)]
    state: &'static str,
    /// Since when it is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    confirmed_at: Option<Timestamp>,
    /// Until when the code under way counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    code_until: Option<Timestamp>,
    /// How many wrong answers the code under way still takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    tries_left: Option<u32>,
    /// Which one it takes the place of once it is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    replaces: Option<ContactId>,
    /// Which kinds are told here.
    #[schema(value_type = Vec<String>)]
    used_for: Vec<Kind>,
}

impl From<Known> for ContactView {
    fn from(known: Known) -> Self {
        let (state, confirmed_at, code) = match known.state {
            ContactState::Confirmed { since } => ("confirmed", Some(since), None),
            ContactState::CodeUnderWay { until, tries_left } => {
                ("code_under_way", None, Some((until, tries_left)))
            }
            ContactState::Unconfirmed => ("unconfirmed", None, None),
        };
        Self {
            contact: known.id,
            channel: known.address.channel(),
            address: known.address.reveal().to_owned(),
            state,
            confirmed_at,
            code_until: code.map(|(until, _)| until),
            tries_left: code.map(|(_, tries_left)| tries_left),
            replaces: known.replaces,
            used_for: known.used_for,
        }
    }
}

async fn all(app: &App, caller: Caller) -> Outcome<Vec<Known>> {
    Ok(queries::mine(app, caller).await?.contacts)
}

/// One contact point of the caller's.
async fn one(app: &App, caller: Caller, id: ContactId) -> Outcome<Known> {
    all(app, caller).await?.into_iter().find(|known| known.id == id).ok_or(Fault::NotFound)
}

/// Adds a contact point. The same again changes nothing, sends nothing, and is answered with what is there.
async fn added(
    app: &App,
    caller: Caller,
    (channel, text): (Channel, &str),
    replaces: Option<ContactId>,
) -> Result<(StatusCode, Json<ContactView>), Refused> {
    let (status, known) = match contacts::add(app, caller, channel, text, replaces).await {
        Ok(id) => (StatusCode::CREATED, one(app, caller, id).await),
        Err(Fault::Invalid(faults)) if faults.iter().any(|fault| fault.broken == Broken::Taken) => {
            let address = Address::parse(channel, text).ok();
            let is_same =
                |known: &Known| Some(&known.address) == address.as_ref() && known.replaces == replaces;
            let same = all(app, caller).await.map_err(refuse(app))?.into_iter().find(is_same);
            (StatusCode::OK, same.ok_or(Fault::Invalid(faults)))
        }
        Err(fault) => (StatusCode::OK, Err(fault)),
    };
    Ok((status, Json(known.map_err(refuse(app))?.into())))
}

//! "Did you send this?": the code in an alert tells whether it is genuine. It follows from the alert's id, or from that
//! of the parcel that several left in, so nothing needs to be stored for it.

use crate::{access, app::App, fault::Outcome};
use bevaka_chassis::proof::Proofs;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State, operated::CANCELLED},
    event::Kind,
    watch::Channel,
};
use bevaka_portal::Caller;
use bevaka_store::{alerts, deliveries, events, people};
use std::collections::BTreeSet;

/// Whether a code is of an alert to the caller.
#[derive(Clone, Debug)]
pub enum Checked {
    Ours(Box<Genuine>),
    /// It is not: of nobody's alert, or of somebody else's.
    NotOurs,
}

/// The message that a code stands in.
#[derive(Clone, Debug)]
pub struct Genuine {
    /// What it told of: the kind, what people call it, and when it happened; several where it is a gathering.
    pub alerts: Vec<(Kind, String, Timestamp)>,
    /// By which way it was sent.
    pub channel: Channel,
    /// Where, masked; none if the contact point has been removed since.
    pub to: Option<String>,
    /// When a provider took it; none if that is not known.
    pub sent_at: Option<Timestamp>,
    pub is_digest: bool,
}

/// Looks a code up among the caller's alerts of the last 90 days, however it is typed.
pub async fn check(app: &App, caller: Caller, code: &str) -> Outcome<Checked> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    let first = alerts::first_id(super::shown_since(now));
    let ids = alerts::ids(&mut tx, caller.user, first).await?;
    let is_it = |id| Proofs::same_code(&app.proofs.alert_code(id), code);
    let same = ids.into_iter().filter(|(id, parcel)| is_it(parcel.map_or(id.0, |parcel| parcel.0)));
    let mut told = Vec::new();
    for (id, _) in same {
        told.extend(deliveries::find(&mut tx, id).await?.filter(was_in_message));
    }
    let Some(any) = told.first() else { return Ok(Checked::NotOurs) };
    let about: BTreeSet<_> = told.iter().map(|alert| alert.event).collect();
    let mut about: Vec<_> = events::envelopes(&mut tx, &about).await?.into_values().collect();
    about.sort_by_key(|event| event.occurred_at);
    let language = admitted.member.language;
    let places = people::contacts(&mut tx, [any.contact].into_iter()).await?;
    Ok(Checked::Ours(Box::new(Genuine {
        channel: any.channel,
        to: places.get(&any.contact).map(bevaka_domain::contact::Address::masked),
        sent_at: told.iter().filter_map(|alert| super::taken_at(&alert.history)).min(),
        is_digest: any.parcel.is_some(),
        alerts: about
            .into_iter()
            .map(|event| {
                let name = app.chassis.catalogue.name(&event.kind, language).to_owned();
                (event.kind, name, event.occurred_at)
            })
            .collect(),
    })))
}

/// Whether a message with this alert may have reached its recipient. What was withdrawn or cancelled, or still waits, was in none,
/// unless an attempt's answer was lost.
fn was_in_message(alert: &Delivery) -> bool {
    match alert.state {
        State::Failed { ref cause } if cause == CANCELLED => {
            alert.possible_duplicate || super::taken_at(&alert.history).is_some()
        }
        State::Sending { .. } | State::Accepted { .. } | State::Delivered | State::Failed { .. } => true,
        State::Waiting { .. } | State::Expired { .. } | State::Suppressed(_) => alert.possible_duplicate,
    }
}

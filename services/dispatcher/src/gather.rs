//! Brings what leaves as one message: alerts that their user wants gathered, when their time has come, and parcels that
//! are to be sent again or whose process died.

use crate::{
    dispatcher::Context,
    handoff::{Job, Line, Member, Place},
    readdress::readdress,
    sweep::{Leaving, prepare},
};
use bevaka_alerting::decide;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    ids::ParcelId,
    watch::{Channel, Later},
};
use bevaka_store::{
    Result, Tx, deliveries,
    events::{self, Envelope},
    standing::{Companies, Reach},
};
use std::collections::HashMap;

/// The most messages that one transaction brings; each may hold many alerts.
const TOGETHER: usize = 32;

/// What belongs together, all of it locked.
struct Group {
    /// None if it has never left.
    parcel: Option<ParcelId>,
    members: Vec<Delivery>,
}

/// What becomes of a group now.
#[derive(Default)]
struct Sorted {
    withdrawn: Vec<Delivery>,
    held: Vec<(Delivery, Later)>,
    leaving: Vec<Member>,
    reach: Option<Reach>,
}

struct Known {
    told: HashMap<bevaka_domain::ids::EventId, Envelope>,
    companies: Companies,
}

/// Leases what is due on one channel and hands it over, each group as one message. Gives how many alerts it brought on
/// their way, held or withdrew.
pub(crate) async fn sweep(context: &Context, channel: Channel) -> Result<usize> {
    let room = context.handoff.room(channel).min(TOGETHER);
    if room == 0 {
        return Ok(0);
    }
    let now = context.chassis.clock.now();
    let mut tx = context.chassis.db.begin().await?;
    let groups = due(context, &mut tx, channel, now, room).await?;
    if groups.is_empty() {
        return Ok(0);
    }
    let known = known(&mut tx, &groups).await?;
    let lease_until = now.plus(context.chassis.settings.dispatch.lease());
    let mut leaving: Vec<(Job, Place)> = Vec::with_capacity(groups.len());
    let mut changed = Vec::new();
    for Group { parcel, members } in groups {
        let Some(place) = context.handoff.place(channel, Line::Waited) else { break };
        // Whoever held them before may have sent them, whether they leave now or not (R32).
        let taken = members.into_iter().map(|member| member.take_over(now, lease_until));
        let Sorted { withdrawn, held, leaving: mut together, reach } = sort(taken, &known, now);
        changed.extend(withdrawn);
        changed.extend(hold(context, parcel, held, together.is_empty(), now));
        // A group of one that has never left is an alert like all others.
        let parcel =
            parcel.or_else(|| (together.len() > 1).then(|| ParcelId(context.chassis.entropy.id(now))));
        for member in &mut together {
            member.delivery.parcel = parcel;
        }
        changed.extend(together.iter().map(|member| member.delivery.clone()));
        leaving.extend(reach.and_then(|reach| Job::of(together, reach, now, true)).map(|job| (job, place)));
    }
    deliveries::save(&mut tx, &changed, now).await?;
    readdress(context, &mut tx, &changed, &known.told, &known.companies, now).await?;
    tx.commit().await?;
    context.figures.expired(&changed, now);
    for (job, place) in leaving {
        place.take(job);
    }
    Ok(changed.len())
}

/// Parcels first: they have waited longer. At most so many groups.
async fn due(
    context: &Context,
    tx: &mut Tx,
    channel: Channel,
    now: Timestamp,
    room: usize,
) -> Result<Vec<Group>> {
    let under_way = context.handoff.under_way();
    let mut groups = Vec::new();
    // Those under way here come on top, so that they never hide what is due behind them.
    for id in deliveries::due_parcels(tx, channel, now, room + under_way.len()).await? {
        let mut members = deliveries::of_parcel(tx, id).await?;
        members.retain(|member| member.state.due_at().is_some());
        // Somebody is still at work on it, or writes down what came of it.
        let busy = |member: &Delivery| {
            under_way.contains(member.id)
                || matches!(member.state, State::Sending { lease_until } if lease_until > now)
        };
        if groups.len() < room && !members.is_empty() && !members.iter().any(busy) {
            groups.push(Group { parcel: Some(id), members });
        }
    }
    let left = room - groups.len();
    if left > 0 {
        let gathered = deliveries::gathered(tx, channel, now, left).await?;
        groups.extend(gathered.into_iter().map(|members| Group { parcel: None, members }));
    }
    Ok(groups)
}

async fn known(tx: &mut Tx, groups: &[Group]) -> Result<Known> {
    let events = groups.iter().flat_map(|group| &group.members).map(|member| member.event).collect();
    let told = events::envelopes(tx, &events).await?;
    let asked = told.values().map(|event| (event.key(), event.audience()));
    let companies = decide::standings(tx, asked).await?;
    Ok(Known { told, companies })
}

/// Judges each by itself: rights and wishes may differ, since each is of a watch of its own (R17, R22).
fn sort(members: impl Iterator<Item = Delivery>, known: &Known, now: Timestamp) -> Sorted {
    let mut sorted = Sorted::default();
    for delivery in members {
        match prepare(&delivery, known.told.get(&delivery.event), &known.companies, now) {
            Err(reason) => sorted.withdrawn.push(delivery.withdraw(reason, now)),
            Ok(Leaving::Later(later)) => sorted.held.push((delivery, later)),
            Ok(Leaving::Now(told, reach)) => {
                sorted.reach = Some(reach);
                sorted.leaving.push(Member { delivery, told });
            }
        }
    }
    sorted
}

/// Keeps what its users want later. What has been a parcel stays one, under a key of its own if a part of it leaves
/// now: a provider would take two messages of one key for a repeat.
fn hold(
    context: &Context,
    parcel: Option<ParcelId>,
    held: Vec<(Delivery, Later)>,
    whole: bool,
    now: Timestamp,
) -> Vec<Delivery> {
    let first = held.iter().map(|(_, later)| later.at).min();
    let several = held.len() > 1;
    let fresh = || several.then(|| ParcelId(context.chassis.entropy.id(now)));
    let keep = parcel.and_then(|parcel| if whole { Some(parcel) } else { fresh() });
    let held_together = |(delivery, later): (Delivery, Later)| {
        let at = first.filter(|_| keep.is_some()).unwrap_or(later.at);
        Delivery { parcel: keep, ..delivery.hold(Later { at, ..later }, now) }
    };
    held.into_iter().map(held_together).collect()
}

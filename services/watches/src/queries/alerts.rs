//! *Mina aviseringar*: what a user was told in the last 90 days, what became of it, and what they were not told and why.

use crate::{access, app::App, fault::Outcome};
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    delivery::{Delivery, Entry, State},
    entitlement::{Decision, Deliver, Reason, Verdict},
    event::Kind,
    ids::{ContactId, DeliveryId, EventId, ParcelId, UserId},
    language::Language,
    notice::Topic,
    watch::Channel,
};
use bevaka_portal::Caller;
use bevaka_store::{
    Tx,
    alerts::{self, Happened},
    people, watch_sets,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use utoipa::ToSchema;

/// How many entries a page holds at most.
pub const PAGE: usize = 50;
/// How many events are looked at for one page, so that one of a large company comes quickly.
const MOST_EVENTS: usize = 2_000;
/// How many are read at once.
const TOGETHER: u32 = 200;

/// A stretch of what happened, the newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// What is listed one by one.
    pub alerts: Vec<Listed>,
    /// What else happened in the same stretch.
    pub folded: Vec<Folded>,
    /// Where the next page begins; none at the end of the 90 days. What comes meanwhile does not move it.
    pub next: Option<EventId>,
    /// Since when things are shown.
    pub since: Timestamp,
}

/// Something that happened, and what the user was told of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The event.
    pub event: EventId,
    /// What happened.
    pub kind: Kind,
    /// What people call it, in the user's language.
    pub name: String,
    /// Whether it is a test that the user asked for.
    pub is_test: bool,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// Told or not.
    pub outcome: Told,
    /// The name of who stood in and was told instead, if somebody was.
    pub told_instead: Option<String>,
}

/// Told or not.
#[derive(Clone, Debug)]
pub enum Told {
    /// By these alerts, whatever became of each.
    Sent {
        /// One for each contact point.
        alerts: Vec<Alert>,
        /// Channels that were chosen and told nothing all the same.
        silent: Vec<(Channel, Reason)>,
        /// The names of those for whom the user stood in.
        instead_of: Vec<String>,
    },
    /// Not at all.
    NotSent(Reason),
}

/// One alert to one contact point.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Which.
    pub id: DeliveryId,
    /// With which others it left as one message.
    pub parcel: Option<ParcelId>,
    /// By which way.
    pub channel: Channel,
    /// Where, masked; none if the contact point has been removed since.
    pub to: Option<String>,
    /// Where it stands; while it waits, its cause says why.
    pub state: State,
    /// Whether it may have arrived twice (R32).
    pub possible_duplicate: bool,
    /// What happened to it.
    pub history: Vec<Entry>,
}

/// Events that did not concern the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FoldedEvents)]
pub struct Folded {
    /// Of which kind.
    pub kind: Kind,
    /// Its name in the language asked for.
    // A query gives it in the user's; the API names it anew.
    pub name: String,
    /// Why not.
    pub reason: Reason,
    /// How many.
    pub count: u32,
}

/// What the caller was told and not told: the latest, or what came before an event. Notices are not listed, but for tests.
///
/// # Errors
/// [`Fault::NotActive`](crate::fault::Fault::NotActive), [`Fault::NoAgreement`](crate::fault::Fault::NoAgreement),
/// [`Fault::NoAccess`](crate::fault::Fault::NoAccess).
pub async fn alerts(app: &App, caller: Caller, before: Option<EventId>) -> Outcome<Page> {
    let now = app.now();
    let since = super::shown_since(now);
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    let watched = watch_sets::of(&mut tx, caller.user).await?;
    let mut sheet = Sheet {
        app,
        user: caller.user,
        language: admitted.member.language,
        watched: watched.into_iter().map(|watch| watch.kind).collect(),
        listed: Vec::new(),
        folded: BTreeMap::new(),
    };
    let (first, mut before, mut seen) = (alerts::first_id(since), before, 0);
    let next = loop {
        let events = alerts::happened(&mut tx, caller.organisation, first, before, TOGETHER).await?;
        let read = events.len();
        for event in events {
            before = Some(event.id);
            sheet.take(event)?;
            if sheet.listed.len() == PAGE {
                break;
            }
        }
        seen += read;
        if sheet.listed.len() == PAGE || seen >= MOST_EVENTS {
            break before;
        }
        if read < TOGETHER as usize {
            break None;
        }
    };
    let Sheet { listed, folded, language, .. } = sheet;
    let alerts = listed_with_alerts(&mut tx, app, caller, (listed, language)).await?;
    let fold = |((kind, reason), count): ((Kind, Reason), u32)| {
        let name = app.chassis.catalogue.name(&kind, language).to_owned();
        Folded { kind, name, reason, count }
    };
    Ok(Page { alerts, folded: folded.into_iter().map(fold).collect(), next, since })
}

/// A page as it grows.
struct Sheet<'a> {
    app: &'a App,
    user: UserId,
    language: Language,
    watched: HashSet<Kind>,
    listed: Vec<(Happened, Verdict)>,
    folded: BTreeMap<(Kind, Reason), u32>,
}

impl Sheet<'_> {
    fn take(&mut self, event: Happened) -> Outcome<()> {
        let is_notice = self.app.chassis.catalogue.notice(&event.kind).is_some();
        if is_notice && event.kind.as_str() != Topic::WatchTest.as_str() {
            return Ok(());
        }
        // Who joined later was not decided about.
        let Some(Decision { verdict, .. }) = event.decision(self.user)? else { return Ok(()) };
        match self.does_not_concern(&event.kind, &verdict) {
            Some(_) if is_notice => {}
            Some(reason) => *self.folded.entry((event.kind, reason)).or_default() += 1,
            None => self.listed.push((event, verdict)),
        }
        Ok(())
    }

    /// Why nobody would miss an alert.
    fn does_not_concern(&self, kind: &Kind, verdict: &Verdict) -> Option<Reason> {
        match verdict {
            Verdict::Suppressed(reason @ (Reason::NoWatch | Reason::NotAddressed)) => Some(*reason),
            Verdict::Suppressed(reason @ (Reason::KindNotInScope | Reason::NoActiveAgreement))
                if !self.watched.contains(kind) =>
            {
                Some(*reason)
            }
            _ => None,
        }
    }
}

async fn listed_with_alerts(
    tx: &mut Tx,
    app: &App,
    caller: Caller,
    (events, language): (Vec<(Happened, Verdict)>, Language),
) -> Outcome<Vec<Listed>> {
    let (Some((newest, _)), Some((oldest, _))) = (events.first(), events.last()) else {
        return Ok(Vec::new());
    };
    let whose = (caller.organisation, caller.user);
    let told = alerts::told(tx, whose, (oldest.id, newest.id)).await?;
    let places: BTreeSet<_> = told.iter().map(|alert| alert.contact).collect();
    let places = people::contacts(tx, places.into_iter()).await?;
    let mut stand_ins = HashMap::new();
    for (event, verdict) in &events {
        if *verdict == Verdict::Suppressed(Reason::StoodIn)
            && let Some(stand_in) = event.stand_in_of(caller.user)?
        {
            stand_ins.insert(event.id, stand_in);
        }
    }
    let others = events.iter().flat_map(|(_, verdict)| instead_of(verdict)).chain(stand_ins.values());
    let others: BTreeSet<UserId> = others.copied().collect();
    let others = people::users(tx, others.into_iter()).await?;
    let mut alerts: HashMap<EventId, Vec<Alert>> = HashMap::new();
    for delivery in told {
        alerts.entry(delivery.event).or_default().push(alert(delivery, &places));
    }
    let list = |(event, verdict): (Happened, Verdict)| {
        let outcome = match verdict {
            Verdict::Suppressed(reason) => Told::NotSent(reason),
            Verdict::Deliver(Deliver { silent, instead_of, .. }) => Told::Sent {
                alerts: alerts.remove(&event.id).unwrap_or_default(),
                silent,
                instead_of: instead_of
                    .iter()
                    .filter_map(|user| others.get(user).map(|(_, name)| name.clone()))
                    .collect(),
            },
        };
        Listed {
            event: event.id,
            name: app.chassis.catalogue.name(&event.kind, language).to_owned(),
            is_test: event.kind.as_str() == Topic::WatchTest.as_str(),
            kind: event.kind,
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            outcome,
            told_instead: stand_ins
                .get(&event.id)
                .and_then(|user| others.get(user).map(|(_, name)| name.clone())),
        }
    };
    Ok(events.into_iter().map(list).collect())
}

fn instead_of(verdict: &Verdict) -> &[UserId] {
    match verdict {
        Verdict::Deliver(deliver) => &deliver.instead_of,
        Verdict::Suppressed(_) => &[],
    }
}

fn alert(delivery: Delivery, places: &HashMap<ContactId, Address>) -> Alert {
    Alert {
        id: delivery.id,
        parcel: delivery.parcel,
        channel: delivery.channel,
        to: places.get(&delivery.contact).map(Address::masked),
        state: delivery.state,
        possible_duplicate: delivery.possible_duplicate,
        history: delivery.history,
    }
}

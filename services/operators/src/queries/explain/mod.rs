//! Who was told of an event, or would be, by what, and why each of the others was not (R38). The decisions are those of
//! intake, made by the same function; beside them stand the facts that they rest on, as these are now, and since when.

mod explanation;
mod facts;
mod what;

pub use explanation::{
    AgreementFacts, CompanyFacts, EventFacts, Explained, Explanation, Named, Ruling, Spoken, TextView,
};
pub use what::{Fact, What};

use crate::{app::App, queries::deliveries::DeliveryView};
use bevaka_alerting::{Told, decide};
use bevaka_catalogue::AlertText;
use bevaka_domain::{
    clock::Timestamp,
    delivery::Delivery,
    entitlement::{Decision, Verdict},
    event::Event,
    ids::{ContactId, UserId},
    sms::Encoding,
};
use bevaka_store::{
    Result, Tx, deliveries,
    events::{self, Decided, Envelope},
    explained::{self, Past, Person},
    people::Contacts,
    standing::{Company, Reach},
};
use facts::Grounds;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What was decided about a stored event, by what, and what would be decided now. The transaction is a snapshot.
///
/// # Errors
/// If the database fails.
pub async fn stored(app: &App, tx: &mut Tx, decided: &Decided, now: Timestamp) -> Result<Explanation> {
    let alerts = deliveries::of_event(tx, decided.event.id).await?;
    let mut explanation =
        answer(app, tx, Asked { event: &decided.event, stored: Some(decided), alerts, now }).await?;
    explanation.event.event_id = Some(decided.event.id);
    Ok(explanation)
}

/// What would be decided if an event came in now, whether it is stored or not. Nothing is sent and nothing is stored. The
/// transaction is a snapshot.
///
/// # Errors
/// If the database fails.
pub async fn dry(app: &App, tx: &mut Tx, event: &Event, now: Timestamp) -> Result<Explanation> {
    let event = Event { received_at: now, ..event.clone() };
    let known = events::find_external(tx, &event.source, &event.external_id).await?;
    let asked = Asked { event: &event, stored: None, alerts: Vec::new(), now };
    let mut explanation = answer(app, tx, asked).await?;
    explanation.event.event_id = known.map(|known| known.event.id);
    Ok(explanation)
}

struct Asked<'a> {
    event: &'a Event,
    stored: Option<&'a Decided>,
    alerts: Vec<Delivery>,
    now: Timestamp,
}

async fn answer(app: &App, tx: &mut Tx, asked: Asked<'_>) -> Result<Explanation> {
    let Asked { event, stored, now, .. } = asked;
    // The function by which intake decides; what it gives is not recorded.
    let dry = decide::decide(tx, vec![event.clone()], now).await?;
    let past = explained::past(tx, &event.organisation, &event.kind).await?;
    let company = decide::company_of(event, &dry.companies);
    let would_be = dry.decided.into_iter().next().map(|decided| decided.decisions).unwrap_or_default();
    let mut users = Vec::new();
    if let (Some(past), Some(company)) = (&past, company) {
        let told = Arc::new(Told { event: Envelope::from(event), company: company.name.clone() });
        let would_be = verdicts(&would_be);
        let shown = stored.map_or_else(|| would_be.clone(), |stored| verdicts(&stored.decisions));
        users = Sheet { app, asked: &asked, past, company, told, shown, would_be }.users();
    }
    Ok(Explanation {
        event: EventFacts::new(&app.chassis.catalogue, event, stored.is_some()),
        company: CompanyFacts {
            organisation_number: event.organisation.to_string(),
            name: past.as_ref().map(|past| past.name.clone()),
        },
        agreement: AgreementFacts::new(past.as_ref(), &event.kind, stored),
        decided_at: stored.map(|stored| stored.event.received_at),
        explained_at: now,
        users,
    })
}

/// What is decided about each user.
type Verdicts<'a> = BTreeMap<UserId, &'a Verdict>;

fn verdicts(decisions: &[Decision]) -> Verdicts<'_> {
    decisions.iter().map(|decision| (decision.user, &decision.verdict)).collect()
}

/// What is known, for each user in turn.
struct Sheet<'a> {
    app: &'a App,
    asked: &'a Asked<'a>,
    past: &'a Past,
    company: &'a Company,
    told: Arc<Told>,
    /// The decisions that are explained: those that were made, or would be.
    shown: Verdicts<'a>,
    would_be: Verdicts<'a>,
}

impl Sheet<'_> {
    /// Whoever was decided about, and whoever is a user now; by name.
    fn users(&self) -> Vec<Explained> {
        let ids: BTreeSet<_> = self.shown.keys().chain(self.would_be.keys()).collect();
        let mut people: Vec<_> =
            ids.into_iter().filter_map(|id| Some((*id, self.past.people.get(id)?))).collect();
        people.sort_by_key(|(id, person)| (&person.name, *id));
        let standing = &self.company.standing;
        let now: BTreeMap<_, _> = standing.users.iter().map(|user| (user.id, user)).collect();
        let grounds = Grounds {
            subject: decide::subject(self.asked.event),
            agreement: standing.agreement.as_ref(),
            past: self.past,
            verdicts: &self.shown,
            now: self.asked.now,
            decided_at: self.asked.stored.map(|stored| stored.event.received_at),
        };
        let mut alerts: BTreeMap<UserId, Vec<&Delivery>> = BTreeMap::new();
        for alert in &self.asked.alerts {
            alerts.entry(alert.user).or_default().push(alert);
        }
        let user = |(id, person)| Explained {
            facts: grounds.facts(id, person, now.get(&id).copied()),
            ..self.user(id, person, alerts.get(&id).map_or(&[], Vec::as_slice))
        };
        people.into_iter().map(user).collect()
    }

    fn user(&self, id: UserId, person: &Person, alerts: &[&Delivery]) -> Explained {
        let verdict = self.shown.get(&id).copied();
        let mut contacts: Vec<_> = alerts.iter().map(|alert| alert.contact).collect();
        if let Some(Verdict::Deliver(deliver)) = verdict {
            contacts.extend(deliver.to.iter().filter(|to| alerts.iter().all(|alert| alert.contact != **to)));
        }
        let addresses: Contacts =
            person.contacts.iter().map(|(id, contact)| (*id, contact.address.clone())).collect();
        let would_be = self.asked.stored.and_then(|_| self.would_be.get(&id));
        Explained {
            user_id: id,
            reference: person.reference.clone(),
            name: person.name.clone(),
            access: person.access,
            state: person.state,
            removed: person.removed_at.is_some(),
            decision: verdict.map(|verdict| self.ruling(person, verdict)),
            now: would_be.map(|verdict| self.ruling(person, verdict)),
            facts: Vec::new(),
            deliveries: alerts.iter().map(|alert| DeliveryView::new(alert, &addresses)).collect(),
            texts: contacts
                .into_iter()
                .filter_map(|contact| self.text((id, person), contact, verdict))
                .collect(),
        }
    }

    fn ruling(&self, person: &Person, verdict: &Verdict) -> Ruling {
        let deliver = match verdict {
            Verdict::Suppressed(reason) => return Ruling { suppressed: Some(*reason), ..Ruling::default() },
            Verdict::Deliver(deliver) => deliver,
        };
        let spoken = |contact: &ContactId| {
            let known = person.contacts.get(contact);
            Spoken {
                contact_id: *contact,
                channel: known.map(|known| known.address.channel()),
                to: known.map(|known| known.address.masked()),
            }
        };
        let named = |user: &UserId| self.past.people.get(user).map(Named::from);
        Ruling {
            suppressed: None,
            to: deliver.to.iter().map(spoken).collect(),
            silent: deliver.silent.clone(),
            later: deliver.later,
            instead_of: deliver.instead_of.iter().filter_map(named).collect(),
        }
    }

    fn text(
        &self,
        (user, person): (UserId, &Person),
        id: ContactId,
        verdict: Option<&Verdict>,
    ) -> Option<TextView> {
        let contact = person.contacts.get(&id)?;
        let by_own_watch = match verdict {
            Some(Verdict::Deliver(deliver)) => deliver.instead_of.is_empty(),
            _ => true,
        };
        // A contact point that no watch names any more was named by one when the alert was made.
        let reach = self.company.reach.get(&id).cloned().unwrap_or_else(|| Reach {
            address: contact.address.clone(),
            language: person.language,
            by_own_watch,
        });
        let text = self.app.texts().struck(&self.told, user, &reach)?;
        Some(TextView::new(id, &reach, text))
    }
}

impl TextView {
    fn new(contact_id: ContactId, reach: &Reach, text: AlertText) -> Self {
        let (channel, to) = (reach.address.channel(), reach.address.masked());
        let view = Self {
            contact_id,
            channel,
            to,
            language: reach.language.code().to_owned(),
            subject: None,
            text: String::new(),
            encoding: None,
            segments: None,
        };
        match text {
            AlertText::Sms(sms) => {
                let encoding = match sms.encoding {
                    Encoding::Gsm7 => "gsm7",
                    Encoding::Ucs2 => "ucs2",
                };
                Self {
                    text: sms.text,
                    encoding: Some(encoding.to_owned()),
                    segments: Some(sms.segments),
                    ..view
                }
            }
            AlertText::Mail { text, .. } => Self { subject: Some(text.subject), text: text.text, ..view },
        }
    }
}

//! An explanation as plain data, for pages, the API and the command line. Addresses are masked, and nothing of what the
//! event holds is in it.

use super::what::Fact;
use crate::queries::deliveries::DeliveryView;
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::Timestamp,
    entitlement::Reason,
    event::{Event, Kind, Origin},
    ids::{ContactId, EventId, UserId},
    language::Language,
    user::{Access, UserState},
    watch::{Because, Channel, Later},
};
use bevaka_store::{
    events::Decided,
    explained::{Past, Person},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who was told of an event, or would be, and why each of the others was not.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// The event.
    pub event: EventFacts,
    /// Whose event it is.
    pub company: CompanyFacts,
    /// What the company agreed to.
    pub agreement: AgreementFacts,
    /// When it was decided who is told; null in a dry run, whose decisions are of this moment and stored nowhere.
    #[schema(required)]
    pub decided_at: Option<Timestamp>,
    /// At which moment the facts were read.
    pub explained_at: Timestamp,
    /// Every user of the company, by name; none if Bevaka does not know the company.
    pub users: Vec<Explained>,
}

/// What is explained.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct EventFacts {
    /// Our id; null for an event that is not stored. In a dry run it says that the event is stored already: the same
    /// source and id again would change nothing (R30).
    #[schema(required)]
    pub event_id: Option<EventId>,
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// What happened.
    pub kind: Kind,
    /// What happened, as people call it.
    pub kind_name: String,
    /// Whether it is a notice of Bevaka itself, to users whom it names.
    pub is_notice: bool,
    /// The bank's key of the one user it is addressed to.
    #[schema(required)]
    pub recipient: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us; in a dry run: now.
    pub received_at: Timestamp,
    /// From when telling of it helps nobody.
    pub expires_at: Timestamp,
    /// By what it came in, if not by its publisher alone: `injection:ID` or `dead_letter:ID`.
    #[schema(value_type = Option<String>, required)]
    pub origin: Option<Origin>,
    /// Whether it is stored and this is about what was decided then.
    pub stored: bool,
}

/// Whose event it is.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CompanyFacts {
    /// Its organisation number.
    pub organisation_number: String,
    /// Its registered name; null if Bevaka does not know it.
    #[schema(required)]
    pub name: Option<String>,
}

/// What the company agreed to, as it is now.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct AgreementFacts {
    /// The version in force; null if there is none.
    #[schema(required)]
    pub version: Option<u32>,
    /// Since when that version is in force.
    #[schema(required)]
    pub since: Option<Timestamp>,
    /// When the last agreement ended, if none is in force.
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// Whether it covers the kind.
    pub covers_kind: bool,
    /// The version that was in force when a stored event was decided about.
    #[schema(required)]
    pub decided_version: Option<u32>,
}

/// One user, with the decision and what it rests on.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Explained {
    /// Our id.
    pub user_id: UserId,
    /// The bank's key.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// How far the access reaches by itself.
    pub access: Access,
    /// Active or why not, now.
    pub state: UserState,
    /// Whether the user has been removed from the company.
    pub removed: bool,
    /// What was decided, or would be in a dry run; null about who became a user after a stored event.
    #[schema(required)]
    pub decision: Option<Ruling>,
    /// What sending a stored event again would decide now; null in a dry run, and about who has been removed.
    #[schema(required)]
    pub now: Option<Ruling>,
    /// What counts for this user as it is now, in the order of the checks.
    pub facts: Vec<Fact>,
    /// The alerts that were made.
    pub deliveries: Vec<DeliveryView>,
    /// What the alerts say, with everything struck out that would prove something to their recipient.
    pub texts: Vec<TextView>,
}

/// A decision about one user.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ruling {
    /// Why the user is not told at all; null for who is told.
    #[schema(required)]
    pub suppressed: Option<Reason>,
    /// By which contact points the user is told.
    pub to: Vec<Spoken>,
    /// Chosen channels that stay silent, and why.
    pub silent: Vec<(Channel, Reason)>,
    /// When the alerts leave, if not at once.
    #[schema(value_type = Option<LaterSchema>, required)]
    pub later: Option<Later>,
    /// For whom the user stands in.
    pub instead_of: Vec<Named>,
}

/// When an alert leaves that does not leave at once.
#[derive(ToSchema)]
#[schema(as = Later)]
#[expect(dead_code, reason = "only its schema is used")]
struct LaterSchema {
    /// When.
    at: Timestamp,
    /// Why not at once.
    because: Because,
}

/// A contact point by which somebody is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Spoken {
    /// Which.
    pub contact_id: ContactId,
    /// By which way; null if it has been removed since.
    #[schema(required)]
    pub channel: Option<Channel>,
    /// To where, masked; null if it has been removed since.
    #[schema(required)]
    pub to: Option<String>,
}

/// Another user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// The bank's key.
    pub reference: String,
    /// The person's name.
    pub name: String,
}

/// What an alert says.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct TextView {
    /// To which contact point.
    pub contact_id: ContactId,
    /// By which way.
    pub channel: Channel,
    /// To where, masked.
    pub to: String,
    /// In which language, by ISO 639-1.
    pub language: String,
    /// The subject of a mail.
    #[schema(required)]
    pub subject: Option<String>,
    /// The text message, or the text of a mail. Codes and links that prove something are struck out with X, letter by
    /// letter.
    pub text: String,
    /// How a text message travels: `gsm7` or `ucs2`.
    #[schema(required)]
    pub encoding: Option<String>,
    /// How many messages the network carries for a text message (R36).
    #[schema(required)]
    pub segments: Option<u32>,
}

impl EventFacts {
    pub(super) fn new(catalogue: &Catalogue, event: &Event, stored: bool) -> Self {
        Self {
            event_id: None,
            source: event.source.clone(),
            id: event.external_id.clone(),
            kind: event.kind.clone(),
            kind_name: catalogue.name(&event.kind, Language::Swedish).to_owned(),
            is_notice: event.notice.is_some(),
            recipient: event.recipient.clone(),
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            expires_at: event.expires_at,
            origin: event.origin,
            stored,
        }
    }
}

impl AgreementFacts {
    pub(super) fn new(past: Option<&Past>, kind: &Kind, stored: Option<&Decided>) -> Self {
        let decided_version = stored.and_then(|stored| stored.agreement_version);
        let Some(agreement) = past.and_then(|past| past.agreement.as_ref()) else {
            return Self { decided_version, ..Self::default() };
        };
        let in_force = agreement.current().filter(|_| agreement.ended_at.is_none());
        Self {
            version: in_force.map(|version| version.version),
            since: in_force.map(|version| version.effective_at),
            ended_at: agreement.ended_at,
            covers_kind: in_force.is_some_and(|version| version.scope.contains(kind)),
            decided_version,
        }
    }
}

impl From<&Person> for Named {
    fn from(person: &Person) -> Self {
        Self { reference: person.reference.clone(), name: person.name.clone() }
    }
}

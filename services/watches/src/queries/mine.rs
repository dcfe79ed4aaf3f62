//! *Mina bevakningar* and *Kontaktuppgifter* of one user (R25).

use crate::{
    access::{self, Admitted},
    app::App,
    fault::Outcome,
};
use bevaka_catalogue::EventKind;
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    event::Kind,
    ids::{ContactId, UserId},
    language::Language,
    watch::Watch,
};
use bevaka_portal::{Caller, company::names};
use bevaka_store::{
    contact_codes::{self, Code},
    contacts::{self, Stored},
    watch_sets::{self, Version},
};
use serde::Serialize;
use std::collections::HashMap;
use strum::EnumDiscriminants;
use utoipa::ToSchema;

/// What a user watches, could watch, and where they are told.
#[derive(Clone, Debug)]
pub struct Mine {
    /// What the next save is made over.
    pub version: Version,
    /// The user's language.
    pub language: Language,
    /// Every kind of the catalogue, and watched ones that it has no longer.
    pub kinds: Vec<WatchedKind>,
    /// Numbers before addresses, the oldest first.
    pub contacts: Vec<ContactView>,
    /// Who may stand in, by name.
    pub colleagues: Vec<Colleague>,
    /// The names of who can change which kinds are included.
    pub signatories: Vec<String>,
}

/// A kind with the user's watch of it.
#[derive(Clone, Debug)]
pub struct WatchedKind {
    /// Which.
    pub kind: Kind,
    /// What people call it, in the user's language.
    pub name: String,
    /// When it happens, in a sentence.
    pub description: String,
    /// Whether the agreement covers it (R15, R26).
    pub is_included: bool,
    /// Whether its alerts always leave at once.
    pub is_critical: bool,
    /// What a watch of it can be narrowed by.
    pub filters: Narrowed,
    /// How long telling of it helps, in seconds.
    pub helps_s: u64,
    /// What the user chose; none: not watched.
    pub watch: Option<Watch>,
    /// The name of the stand-in, if there is one.
    pub stand_in: Option<String>,
}

/// What a watch can be narrowed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Filters)]
pub struct Narrowed {
    /// By a least amount.
    pub amount: bool,
    /// By accounts.
    pub account: bool,
}

/// A contact point as its owner sees it.
#[derive(Clone, Debug)]
pub struct ContactView {
    /// Which.
    pub id: ContactId,
    /// The number or address.
    pub address: Address,
    /// Confirmed or not.
    pub state: ContactState,
    /// Which one it takes the place of once it is confirmed.
    pub replaces: Option<ContactId>,
    /// Which kinds are told here.
    pub used_for: Vec<Kind>,
}

/// Whether a contact point is confirmed (R28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(ContactStateName),
    doc = "The name of a [`ContactState`].",
    derive(Serialize, ToSchema),
    serde(rename_all = "snake_case"),
    schema(as = ContactState, description = "Whether a contact point is confirmed.")
)]
pub enum ContactState {
    /// Its owner has confirmed it.
    Confirmed {
        /// When.
        since: Timestamp,
    },
    /// A code that confirms it was sent.
    CodeUnderWay {
        /// Until when the code counts.
        until: Timestamp,
        /// How many wrong answers are left.
        tries_left: u32,
    },
    /// Not confirmed, and no code that counts: let one be sent.
    Unconfirmed,
}

/// Somebody who may stand in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Colleague {
    /// Who.
    pub user: UserId,
    /// The name.
    pub name: String,
}

/// What the caller watches.
///
/// # Errors
/// [`Fault::NotActive`](crate::fault::Fault::NotActive), [`Fault::NoAgreement`](crate::fault::Fault::NoAgreement),
/// [`Fault::NoAccess`](crate::fault::Fault::NoAccess).
pub async fn mine(app: &App, caller: Caller) -> Outcome<Mine> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    let version = watch_sets::version(&mut tx, caller.user).await?;
    let watches = watch_sets::of(&mut tx, caller.user).await?;
    let contacts = contacts::of(&mut tx, caller.user).await?;
    let codes = contact_codes::of(&mut tx, caller.user).await?;
    let colleagues = admitted.colleagues();
    Ok(Mine {
        version,
        language: admitted.member.language,
        contacts: contacts.into_iter().map(|contact| view(contact, &codes, &watches, now)).collect(),
        kinds: kinds(app, &admitted, watches),
        colleagues: colleagues
            .map(|member| Colleague { user: member.id, name: member.name.clone() })
            .collect(),
        signatories: names(admitted.company.signatories(now)),
    })
}

/// Whether the caller has chosen anything, agreement or not: choices outlive an agreement (R15).
///
/// # Errors
/// [`Fault::Store`](crate::fault::Fault::Store).
pub async fn has_choices(app: &App, caller: Caller) -> Outcome<bool> {
    let mut tx = app.chassis.db.begin_read().await?;
    Ok(!watch_sets::of(&mut tx, caller.user).await?.is_empty())
}

fn kinds(app: &App, admitted: &Admitted, watches: Vec<Watch>) -> Vec<WatchedKind> {
    let mut watches: HashMap<_, _> = watches.into_iter().map(|watch| (watch.kind.clone(), watch)).collect();
    let language = admitted.member.language;
    let known = |kind: &EventKind| WatchedKind {
        kind: kind.kind.clone(),
        name: kind.name(language).to_owned(),
        description: kind.description(language).to_owned(),
        is_included: admitted.agreement.scope.contains(&kind.kind),
        is_critical: kind.is_critical(),
        filters: Narrowed {
            amount: kind.filters().amount.is_some(),
            account: kind.filters().account.is_some(),
        },
        helps_s: kind.time_to_live.as_secs(),
        watch: None,
        stand_in: None,
    };
    let mut kinds: Vec<_> = app.chassis.catalogue.kinds().map(known).collect();
    for kind in &mut kinds {
        kind.watch = watches.remove(&kind.kind);
    }
    // What the bank took out of its catalogue; the choice is kept all the same (R15).
    let mut gone: Vec<_> = watches.into_values().collect();
    gone.sort_by(|a, b| a.kind.cmp(&b.kind));
    kinds.extend(gone.into_iter().map(|watch| WatchedKind {
        kind: watch.kind.clone(),
        name: watch.kind.to_string(),
        description: String::new(),
        is_included: false,
        is_critical: false,
        filters: Narrowed::default(),
        helps_s: 0,
        watch: Some(watch),
        stand_in: None,
    }));
    for kind in &mut kinds {
        let stand_in = kind.watch.as_ref().and_then(|watch| watch.settings.stand_in);
        kind.stand_in = stand_in.and_then(|stand_in| admitted.name_of(stand_in.user));
    }
    kinds
}

fn view(contact: Stored, codes: &HashMap<ContactId, Code>, watches: &[Watch], now: Timestamp) -> ContactView {
    let Stored { point, replaces, .. } = contact;
    let code = codes.get(&point.id).filter(|code| code.tries_left > 0 && now < code.expires_at);
    let state = match (point.verified_at, code) {
        (Some(since), _) => ContactState::Confirmed { since },
        (None, Some(code)) => {
            ContactState::CodeUnderWay { until: code.expires_at, tries_left: code.tries_left }
        }
        (None, None) => ContactState::Unconfirmed,
    };
    let uses = |watch: &&Watch| watch.channels.values().any(|at| *at == Some(point.id));
    let used_for = watches.iter().filter(uses).map(|watch| watch.kind.clone()).collect();
    ContactView { id: point.id, address: point.address, state, replaces, used_for }
}

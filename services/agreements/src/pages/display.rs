//! What several pages show of the domain and the store.

use super::{nav, session::CompanySession};
use crate::{
    app::App,
    effect,
    fault::Outcome,
    identity::methods::{Availability, METHODS},
    paths,
};
use bevaka_catalogue::EventKind;
use bevaka_domain::{
    agreement::{AgreementState, Scope},
    clock::Timestamp,
    event::Kind,
    ids::{PersonId, UserId},
    signing::{self, Content, Evaluation, Method, Order},
};
use bevaka_store::{Tx, people};
use bevaka_web::page::At;
use serde::Serialize;
use std::collections::BTreeSet;

/// What an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSubject {
    Connect,
    Change,
    AddUser,
    RemoveUser,
}

impl OrderSubject {
    pub(super) const fn of(content: &Content) -> Self {
        match content {
            Content::Connect { .. } => Self::Connect,
            Content::Change { .. } => Self::Change,
            Content::AddUser { .. } => Self::AddUser,
            Content::RemoveUser { .. } => Self::RemoveUser,
        }
    }

    pub(super) const fn at(self) -> At {
        match self {
            Self::Connect => nav::CONNECT,
            Self::Change => nav::CHANGE,
            Self::AddUser | Self::RemoveUser => nav::USERS,
        }
    }
}

/// An order that waits for a signature.
#[derive(Clone, Serialize)]
pub struct OrderRow {
    pub subject: OrderSubject,
    /// Whom it is about; empty where it is about the agreement.
    pub name: String,
    pub href: String,
    pub created_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl OrderRow {
    pub(super) async fn load(tx: &mut Tx, order: &Order) -> Outcome<Self> {
        let name = match &order.content {
            Content::AddUser { name, .. } | Content::RemoveUser { name, .. } => name.clone(),
            Content::Connect { .. } | Content::Change { .. } => String::new(),
        };
        Ok(Self {
            subject: OrderSubject::of(&order.content),
            name,
            href: paths::order(order.id),
            created_by: user_name(tx, order.placed_by).await?,
            created_at: order.placed_at,
            expires_at: order.expires_at(),
        })
    }
}

/// A method to sign in or to sign with.
#[derive(Clone, Serialize)]
pub struct MethodRow {
    pub method: Method,
    pub availability: Availability,
}

impl MethodRow {
    /// All of them in their order.
    pub(super) fn all(app: &App) -> Vec<Self> {
        let now = app.now();
        METHODS.map(|method| Self { method, availability: app.availability(method, now) }).into()
    }
}

#[derive(Clone, Serialize)]
pub struct Signature {
    pub name: String,
    pub at: Timestamp,
    pub method: Method,
    /// Where the evidence can be downloaded.
    pub evidence: String,
}

/// The signatures of an order with the names of the users, also of those who have been removed.
pub(super) async fn signatures(tx: &mut Tx, order: &Order) -> Outcome<Vec<Signature>> {
    let users = people::users(tx, order.signatures.iter().map(|signature| signature.user)).await?;
    let shown = |signature: &signing::Signature| Signature {
        name: users.get(&signature.user).map(|(_, name)| name.clone()).unwrap_or_default(),
        at: signature.at,
        method: signature.method,
        evidence: paths::evidence(signature.id),
    };
    Ok(order.signatures.iter().map(shown).collect())
}

/// A user's name, also of one who has been removed.
pub(super) async fn user_name(tx: &mut Tx, user: UserId) -> Outcome<String> {
    let found = people::users(tx, std::iter::once(user)).await?.remove(&user);
    Ok(found.map(|(_, name)| name).unwrap_or_default())
}

/// Who has signed an order.
pub(super) fn signers(order: &Order) -> BTreeSet<PersonId> {
    order.signatures.iter().map(|signature| signature.person).collect()
}

/// How the company's agreement stands.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Standing {
    /// There has never been one.
    None,
    Active {
        since: Timestamp,
        kinds: Vec<String>,
    },
    Ended {
        at: Timestamp,
    },
}

/// A kind of the catalogue to choose.
#[derive(Clone, Serialize)]
pub struct KindRow {
    pub id: String,
    pub name: String,
    pub description: String,
    /// Whether the agreement covers it now.
    pub now: bool,
    pub chosen: bool,
}

/// What an order or an ending means for people (R14), with the names of kinds.
#[derive(Clone, Default, Serialize)]
pub struct Effect {
    pub added: Vec<String>,
    pub kept: Vec<String>,
    pub removed: Vec<String>,
    /// How many users get access, or have it already.
    pub with_access: u64,
    /// How many users need the permission *Hantera Bevaka ärenden* first.
    pub without_access: u64,
    pub losses: Vec<Loss>,
}

/// The watches that one user loses.
#[derive(Clone, Serialize)]
pub struct Loss {
    pub name: String,
    pub kinds: Vec<String>,
}

impl CompanySession {
    pub(super) fn company_name(&self) -> String {
        self.company.organisation.name.clone()
    }

    pub(super) fn standing(&self) -> Standing {
        if let Some(agreement) = &self.company.agreement {
            let since = match agreement.state {
                AgreementState::Active { since } | AgreementState::Ended { at: since } => since,
            };
            return Standing::Active { since, kinds: self.kind_names(&agreement.scope) };
        }
        match self.history.iter().find_map(|version| version.ended_at) {
            Some(at) => Standing::Ended { at },
            None => Standing::None,
        }
    }

    pub(super) fn kind_names<'a>(&self, kinds: impl IntoIterator<Item = &'a Kind>) -> Vec<String> {
        let catalogue = &self.app().chassis.catalogue;
        kinds.into_iter().map(|kind| catalogue.name(kind, self.language()).to_owned()).collect()
    }

    /// The kinds of the catalogue; chosen are those that the agreement covers now, if nothing else was.
    pub(super) fn kind_rows(&self, chosen: Option<&[String]>) -> Vec<KindRow> {
        let row = |kind: &EventKind| {
            let agreement = self.company.agreement.as_ref();
            let now = agreement.is_some_and(|agreement| agreement.scope.contains(&kind.kind));
            KindRow {
                id: kind.kind.to_string(),
                name: kind.name(self.language()).to_owned(),
                description: kind.description(self.language()).to_owned(),
                now,
                chosen: chosen.map_or(now, |chosen| chosen.iter().any(|id| id == kind.kind.as_str())),
            }
        };
        self.app().chassis.catalogue.kinds().map(row).collect()
    }

    /// What it means for people that this scope comes into force; an empty one is the end (R14).
    pub(super) async fn effect(&self, tx: &mut Tx, after: &Scope) -> Outcome<Effect> {
        Ok(self.effect_view(&self.preview(tx, after).await?))
    }

    /// What it means that a user leaves: everything that they are told of now.
    pub(super) async fn effect_without(&self, tx: &mut Tx, user: UserId) -> Outcome<Effect> {
        let mut found = self.preview(tx, &Scope::new()).await?;
        found.losses.retain(|loser, _| *loser == user);
        Ok(Effect { losses: self.effect_view(&found).losses, ..Effect::default() })
    }

    async fn preview(&self, tx: &mut Tx, after: &Scope) -> Outcome<effect::Effect> {
        effect::preview(tx, &self.company, &self.app().chassis.catalogue, after, self.now).await
    }

    fn effect_view(&self, found: &effect::Effect) -> Effect {
        let loss = |(user, kinds): (&UserId, &BTreeSet<Kind>)| Loss {
            name: self.company.member(*user).map(|member| member.name.clone()).unwrap_or_default(),
            kinds: self.kind_names(kinds),
        };
        let mut losses: Vec<Loss> = found.losses.iter().map(loss).collect();
        losses.sort_by(|one, other| one.name.cmp(&other.name));
        Effect {
            added: self.kind_names(&found.added),
            kept: self.kind_names(&found.kept),
            removed: self.kind_names(&found.removed),
            with_access: found.with_access,
            without_access: found.without_access,
            losses,
        }
    }

    /// The names of those who could complete what these persons have signed; empty if nobody can say.
    pub(super) fn completing(&self, signed: &BTreeSet<PersonId>) -> Vec<String> {
        let Evaluation::Missing(sets) = self.company.authority.evaluate(signed, self.now) else {
            return Vec::new();
        };
        let persons: BTreeSet<_> = sets.into_iter().flatten().collect();
        let could =
            self.company.members.iter().filter(|of| of.person.is_some_and(|of| persons.contains(&of)));
        could.map(|member| member.name.clone()).collect()
    }

    /// Whether these persons together bind the company.
    pub(super) fn binds(&self, signed: &BTreeSet<PersonId>) -> bool {
        self.company.authority.evaluate(signed, self.now) == Evaluation::Satisfied
    }
}

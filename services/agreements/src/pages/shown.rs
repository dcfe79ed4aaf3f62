//! What the domain and the store have, as the views show it.

use super::visitor::Visitor;
use crate::{
    app::App,
    effect,
    fault::Outcome,
    identity::methods::{Availability as Times, METHODS},
    paths,
    views::{Availability, Effect, Loss, Method, MethodRow, OrderSubject, Signature, Standing},
};
use bevaka_domain::{
    agreement::{AgreementState, Scope},
    clock::Timestamp,
    event::Kind,
    ids::{PersonId, UserId},
    language::Language,
    signing::{self, Content, Evaluation, Order},
};
use bevaka_store::{Tx, people};
use std::collections::BTreeSet;

/// The names of kinds.
pub(super) fn kinds<'a>(
    app: &App,
    language: Language,
    kinds: impl IntoIterator<Item = &'a Kind>,
) -> Vec<String> {
    kinds.into_iter().map(|kind| app.chassis.catalogue.name(kind, language).to_owned()).collect()
}

/// The methods in their order, with whether each can be used now.
pub(super) fn methods(app: &App, now: Timestamp) -> Vec<MethodRow> {
    let row = |which| {
        let availability = match app.availability(which, now) {
            Times::Open => Availability::Open,
            Times::Planned { from } => Availability::Planned { from },
            Times::Closed { until } => Availability::Closed { until },
        };
        MethodRow { method: method(which), availability }
    };
    METHODS.map(row).into()
}

/// A method.
pub(super) const fn method(method: signing::Method) -> Method {
    match method {
        signing::Method::OnCard => Method::OnCard,
        signing::Method::Mobile => Method::Mobile,
        signing::Method::Token => Method::Token,
    }
}

/// What an order is about.
pub(super) const fn subject(content: &Content) -> OrderSubject {
    match content {
        Content::Connect { .. } => OrderSubject::Connect,
        Content::Change { .. } => OrderSubject::Change,
        Content::AddUser { .. } => OrderSubject::AddUser,
        Content::RemoveUser { .. } => OrderSubject::RemoveUser,
    }
}

/// The signatures of an order with the names of the users, also of those who have been removed.
pub(super) async fn signatures(tx: &mut Tx, order: &Order) -> Outcome<Vec<Signature>> {
    let users = people::users(tx, order.signatures.iter().map(|signature| signature.user)).await?;
    let shown = |signature: &signing::Signature| Signature {
        name: users.get(&signature.user).map(|(_, name)| name.clone()).unwrap_or_default(),
        at: signature.at,
        method: method(signature.method),
        evidence: paths::evidence(signature.id),
    };
    Ok(order.signatures.iter().map(shown).collect())
}

/// A user's name, also of one who has been removed.
pub(super) async fn name(tx: &mut Tx, user: UserId) -> Outcome<String> {
    let found = people::users(tx, std::iter::once(user)).await?.remove(&user);
    Ok(found.map(|(_, name)| name).unwrap_or_default())
}

impl Visitor {
    /// How the agreement stands.
    pub(super) fn standing(&self) -> Standing {
        if let Some(agreement) = &self.company.agreement {
            let since = match agreement.state {
                AgreementState::Active { since } | AgreementState::Ended { at: since } => since,
            };
            return Standing::Active { since, kinds: self.kinds(&agreement.scope) };
        }
        match self.history.iter().find_map(|version| version.ended_at) {
            Some(at) => Standing::Ended { at },
            None => Standing::None,
        }
    }

    /// The names of kinds in the language of the request.
    pub(super) fn kinds<'a>(&self, of: impl IntoIterator<Item = &'a Kind>) -> Vec<String> {
        kinds(self.app(), self.language(), of)
    }

    /// What it means for people that this scope comes into force; an empty one is the end (R14).
    pub(super) async fn effect(&self, tx: &mut Tx, after: &Scope) -> Outcome<Effect> {
        let found =
            effect::preview(tx, &self.company, &self.app().chassis.catalogue, after, self.now).await?;
        Ok(self.effect_shown(&found))
    }

    /// What it means that a user leaves: everything that they are told of now.
    pub(super) async fn effect_without(&self, tx: &mut Tx, user: UserId) -> Outcome<Effect> {
        let nothing = Scope::new();
        let catalogue = &self.app().chassis.catalogue;
        let mut found = effect::preview(tx, &self.company, catalogue, &nothing, self.now).await?;
        found.losses.retain(|loser, _| *loser == user);
        Ok(Effect { losses: self.effect_shown(&found).losses, ..Effect::default() })
    }

    fn effect_shown(&self, found: &effect::Effect) -> Effect {
        let mut losses: Vec<_> = found.losses.iter().collect();
        let name =
            |user: &UserId| self.company.member(*user).map(|member| member.name.clone()).unwrap_or_default();
        losses.sort_by_key(|(user, _)| name(user));
        let loss = |(user, of): (&UserId, &BTreeSet<Kind>)| Loss { name: name(user), kinds: self.kinds(of) };
        Effect {
            added: self.kinds(&found.added),
            kept: self.kinds(&found.kept),
            removed: self.kinds(&found.removed),
            with_access: found.with_access,
            without_access: found.without_access,
            losses: losses.into_iter().map(loss).collect(),
        }
    }

    /// The names of those who could complete what these persons have signed; empty if nobody can say.
    pub(super) fn completing(&self, signed: &BTreeSet<PersonId>) -> Vec<String> {
        let Evaluation::Missing(sets) = self.company.authority.evaluate(signed, self.now) else {
            return Vec::new();
        };
        let persons: BTreeSet<_> = sets.into_iter().flatten().collect();
        let members = self.company.members.iter();
        let completing =
            members.filter(|member| member.person.is_some_and(|person| persons.contains(&person)));
        completing.map(|member| member.name.clone()).collect()
    }

    /// Whether these persons together bind the company.
    pub(super) fn binds(&self, signed: &BTreeSet<PersonId>) -> bool {
        self.company.authority.evaluate(signed, self.now) == Evaluation::Satisfied
    }
}

/// Who has signed an order.
pub(super) fn signers(order: &Order) -> BTreeSet<PersonId> {
    order.signatures.iter().map(|signature| signature.person).collect()
}

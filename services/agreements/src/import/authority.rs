//! Who may sign for a company, as the bank hands it over: persons, mandates, and the clauses of the company register.

use super::{User, check_text, differing, imported};
use crate::numbers;
use anyhow::Context;
use bevaka_chassis::{entropy::Entropy, vault::Vault};
use bevaka_domain::{
    clock::Timestamp,
    ids::{OrganisationId, PersonId, UserId},
    organisation::OrganisationNumber,
    signing::{Clause, Mandate, Rule, Seat, Selector},
    trail::{Action, Entry},
};
use bevaka_store::{
    Result as Stored, Tx,
    by_key::{self, Signing},
    members,
    persons::{self, Person},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The most clauses of a company, seats of a clause, and groups of a user.
const MAX_PARTS: usize = 20;
/// The longest wording of a clause, in characters.
const MAX_SOURCE: usize = 2_000;

/// A mandate in the internet bank, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MandateField {
    /// Takes a mandate away.
    None,
    /// Signs alone.
    Alone,
    /// Signs with another who has a mandate.
    TwoJointly,
}

impl From<MandateField> for Option<Mandate> {
    fn from(field: MandateField) -> Self {
        match field {
            MandateField::None => None,
            MandateField::Alone => Some(Mandate::Alone),
            MandateField::TwoJointly => Some(Mandate::TwoJointly),
        }
    }
}

impl User {
    /// What the fields about signing can get wrong by themselves.
    pub(super) fn check_signing(&self) -> Result<(), String> {
        let groups = self.groups.iter().flatten();
        if groups.clone().count() > MAX_PARTS {
            return Err(format!("groups: at most {MAX_PARTS}"));
        }
        groups.into_iter().try_for_each(|group| check_text("groups", group))
    }

    /// Says which person the user is and by which authority they sign. A field that the line leaves out stays.
    pub(super) async fn apply_signing(
        &self,
        tx: &mut Tx,
        (organisation, user): (OrganisationId, UserId),
        vault: Option<&Vault>,
        entropy: &Entropy,
        now: Timestamp,
    ) -> anyhow::Result<Vec<Entry>> {
        let before = by_key::signing(tx, user).await?;
        let mut after = before.clone();
        if self.personal_number.is_some() {
            after.person = Some(self.person(tx, vault, entropy, now).await?);
        }
        if let Some(mandate) = self.mandate {
            after.mandate = mandate.into();
        }
        if let Some(roles) = &self.roles {
            after.roles.clone_from(roles);
        }
        if let Some(groups) = &self.groups {
            after.groups.clone_from(groups);
        }
        if after == before {
            return Ok(Vec::new());
        }
        persons::link_user(tx, user, after.person, after.mandate, &after.roles, &after.groups).await?;
        let happened = what_happened(&before, &after);
        Ok(happened.map(|(action, detail)| imported(now, action, organisation, user, detail)).collect())
    }

    /// The person with the line's number: one, however many companies have them as a user.
    async fn person(
        &self,
        tx: &mut Tx,
        vault: Option<&Vault>,
        entropy: &Entropy,
        now: Timestamp,
    ) -> anyhow::Result<PersonId> {
        let vault = vault.context("settings: vault.key: is not set")?;
        let number = self.personal_number.as_ref().context("the line has no personal number")?;
        let name = self.name.to_string();
        let (hash, number_sealed) = numbers::sealed(vault, number, entropy);
        let person = Person { id: entropy.id(now).into(), number_sealed, name };
        Ok(persons::upsert_person(tx, &person, &hash, now).await?)
    }
}

/// What the trail says of it. Who the person is stays out.
fn what_happened(before: &Signing, after: &Signing) -> impl Iterator<Item = (Action, Value)> {
    let changed = differing([
        ("person", before.person != after.person),
        ("roles", before.roles != after.roles),
        ("groups", before.groups != after.groups),
    ]);
    let changed = (!changed.is_empty()).then(|| (Action::UserChanged, json!({ "changed": changed })));
    let of = |action: Action, mandate: Mandate| (action, json!({ "mandate": mandate }));
    let differs = before.mandate != after.mandate;
    let revoked = before.mandate.filter(|_| differs).map(|mandate| of(Action::MandateRevoked, mandate));
    let granted = after.mandate.filter(|_| differs).map(|mandate| of(Action::MandateGranted, mandate));
    changed.into_iter().chain(revoked).chain(granted)
}

/// `{"type": "signing_rule", …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningRule {
    /// The company's number.
    pub company: OrganisationNumber,
    /// All clauses of the company register; those of before are replaced.
    pub clauses: Vec<Clause>,
}

impl SigningRule {
    /// What a line can get wrong by itself.
    ///
    /// # Errors
    /// Names the field and its limit.
    pub fn check(&self) -> Result<(), String> {
        if self.clauses.len() > MAX_PARTS {
            return Err(format!("clauses: at most {MAX_PARTS}"));
        }
        self.clauses.iter().try_for_each(check_clause)
    }

    /// Replaces the company's clauses; gives what the trail says of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        organisation: OrganisationId,
        now: Timestamp,
    ) -> Stored<Vec<Entry>> {
        if members::clauses(tx, organisation).await? == self.clauses {
            return Ok(Vec::new());
        }
        members::set_clauses(tx, organisation, &self.clauses, now).await?;
        let detail = json!({ "clauses": self.clauses.len() });
        Ok(vec![imported(now, Action::SigningRuleChanged, organisation, organisation, detail)])
    }
}

fn check_clause(clause: &Clause) -> Result<(), String> {
    let length = clause.source.chars().count();
    if clause.source.trim().is_empty() || length > MAX_SOURCE {
        return Err(format!("clauses: source must have 1 to {MAX_SOURCE} characters"));
    }
    if clause.valid_from.zip(clause.valid_to).is_some_and(|(from, to)| to <= from) {
        return Err("clauses: valid_to must be later than valid_from".to_owned());
    }
    let Rule::Seats(seats) = &clause.rule else { return Ok(()) };
    let count: usize = seats.iter().map(|seat| usize::from(seat.count)).sum();
    if seats.iter().any(|seat| seat.count == 0) || !(1..=MAX_PARTS).contains(&count) {
        return Err(format!("clauses: a clause has 1 to {MAX_PARTS} seats"));
    }
    seats.iter().try_for_each(check_seat)
}

fn check_seat(seat: &Seat) -> Result<(), String> {
    match &seat.who {
        Selector::Group(group) => check_text("clauses: group", group),
        // The bank knows no ids of ours.
        Selector::Person(_) => {
            Err("clauses: a single person is named by a group of their own on the user's line".to_owned())
        }
        Selector::WholeBoard | Selector::Role(_) | Selector::Mandate(_) => Ok(()),
    }
}

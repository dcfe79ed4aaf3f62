//! Signing authority (*firmateckning*): whether these persons together may bind the company.
//!
//! Two sources say so, and either is enough: mandates given in the internet bank (*fullmakt att teckna avtal*), to
//! one alone or to two jointly, and the clauses of the company register. Both are read as clauses with seats, and
//! distinct persons are matched to seats. What is not understood never counts as satisfied.

use crate::{clock::Timestamp, ids::PersonId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// A mandate to sign, given to a user in the internet bank.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Mandate {
    /// Signs alone.
    Alone,
    /// Signs with another who has a mandate (*två i förening*).
    TwoJointly,
}

/// How far a clause reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything.
    #[default]
    All,
    /// Daily management (*löpande förvaltning*) only, as the managing director signs. Agreements lie beyond it.
    DailyManagement,
}

/// One rule of the register by which the company is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The register's own words.
    pub source: String,
    /// How far it reaches.
    #[serde(default)]
    pub extent: Extent,
    /// From when; always, if absent.
    #[serde(default)]
    pub valid_from: Option<Timestamp>,
    /// Until just before when; for ever, if absent.
    #[serde(default)]
    pub valid_to: Option<Timestamp>,
    /// What it says.
    #[serde(flatten)]
    pub rule: Rule,
}

/// What a clause says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Seats that distinct persons fill, all of them.
    Seats(Vec<Seat>),
    /// Nobody has understood the words yet; a person at the bank must.
    NotUnderstood,
}

/// Seats of one sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Who may sit there.
    pub who: Selector,
    /// How many such seats; without meaning for the whole board.
    #[serde(default = "one")]
    pub count: u8,
}

const fn one() -> u8 {
    1
}

/// Who may sit on a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// Every member of the board, each on a seat of their own.
    WholeBoard,
    /// Whoever has this role in the register.
    Role(Role),
    /// This person.
    Person(PersonId),
    /// Whoever belongs to this group of the register.
    Group(String),
    /// Whoever has this mandate in the internet bank, or one that reaches further.
    Mandate(Mandate),
}

/// A role in the company register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// *Styrelseledamot*.
    BoardMember,
    /// *Styrelseordförande*; a member of the board too.
    Chair,
    /// *Verkställande direktör*.
    ManagingDirector,
    /// *Särskild firmatecknare*.
    SpecialSignatory,
    /// *Bolagsman*, *komplementär*.
    Partner,
    /// The sole trader.
    Owner,
}

/// A person who may be able to sign for the company, as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Who.
    pub person: PersonId,
    /// A mandate in the internet bank.
    pub mandate: Option<Mandate>,
    /// Roles in the register.
    pub roles: BTreeSet<Role>,
    /// Groups in the register.
    pub groups: BTreeSet<String>,
}

/// Who may bind the company, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    /// The register's clauses.
    pub clauses: Vec<Clause>,
    /// The persons.
    pub signers: Vec<Signer>,
}

/// Whether the persons who have signed bind the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// They do.
    Satisfied,
    /// Any one of these sets of further persons would complete it; the smallest sets, at most [`MAX_SETS`]. Empty:
    /// no persons can.
    Missing(Vec<BTreeSet<PersonId>>),
    /// Only a clause that nobody has understood could say; a person at the bank must decide.
    Unresolved,
}

/// How many sets [`Evaluation::Missing`] names at most.
pub const MAX_SETS: usize = 50;

impl Authority {
    /// Whether a person can take part in binding the company in an agreement at all (R1, R2, R3).
    pub fn may_sign(&self, person: PersonId, now: Timestamp) -> bool {
        self.seat_plans(now).iter().flatten().any(|seat| seat.contains(&person))
    }

    /// Whether these persons bind the company in an agreement, which lies beyond daily management (R4, R13).
    pub fn evaluate(&self, signed: &BTreeSet<PersonId>, now: Timestamp) -> Evaluation {
        let mut missing: Vec<BTreeSet<PersonId>> = Vec::new();
        for seats in self.seat_plans(now) {
            let lacking = seats.len() - filled(&seats, signed);
            if lacking == 0 {
                return Evaluation::Satisfied;
            }
            let smallest = missing.first().map_or(usize::MAX, BTreeSet::len);
            if lacking <= smallest {
                let sets = completions(&seats, signed, lacking);
                if lacking < smallest && !sets.is_empty() {
                    missing.clear();
                }
                missing.extend(sets);
            }
        }
        let applies = |clause: &&Clause| clause.applies(now) && clause.rule == Rule::NotUnderstood;
        if missing.is_empty() && self.clauses.iter().any(|clause| applies(&clause)) {
            return Evaluation::Unresolved;
        }
        missing.sort();
        missing.dedup();
        missing.truncate(MAX_SETS);
        Evaluation::Missing(missing)
    }

    /// The seats of every clause that applies and can be filled; for each seat, who may sit there.
    fn seat_plans(&self, now: Timestamp) -> Vec<Vec<BTreeSet<PersonId>>> {
        let by_mandate = [(Mandate::Alone, 1), (Mandate::TwoJointly, 2)]
            .map(|(mandate, count)| vec![Seat { who: Selector::Mandate(mandate), count }]);
        let by_register = self.clauses.iter().filter(|clause| clause.applies(now)).filter_map(|clause| {
            match &clause.rule {
                Rule::Seats(seats) => Some(seats),
                Rule::NotUnderstood => None,
            }
        });
        let plans = by_mandate.iter().chain(by_register).map(|seats| self.seated(seats));
        // Without seats a clause would be satisfied by nobody.
        plans.filter(|seats| !seats.is_empty() && seats.iter().all(|seat| !seat.is_empty())).collect()
    }

    fn seated(&self, seats: &[Seat]) -> Vec<BTreeSet<PersonId>> {
        let mut plan = Vec::new();
        for seat in seats {
            let eligible: BTreeSet<_> = self
                .signers
                .iter()
                .filter(|signer| seat.who.admits(signer))
                .map(|signer| signer.person)
                .collect();
            match seat.who {
                // An unknown board is a seat that nobody fills.
                Selector::WholeBoard if eligible.is_empty() => plan.push(eligible),
                Selector::WholeBoard => {
                    plan.extend(eligible.into_iter().map(|person| BTreeSet::from([person])));
                }
                _ => plan.extend(std::iter::repeat_n(eligible, seat.count.into())),
            }
        }
        plan
    }
}

impl Clause {
    fn applies(&self, now: Timestamp) -> bool {
        self.extent == Extent::All
            && self.valid_from.is_none_or(|from| from <= now)
            && self.valid_to.is_none_or(|to| now < to)
    }
}

impl Selector {
    fn admits(&self, signer: &Signer) -> bool {
        match self {
            Self::WholeBoard => {
                signer.roles.contains(&Role::BoardMember) || signer.roles.contains(&Role::Chair)
            }
            Self::Role(Role::BoardMember) => Self::WholeBoard.admits(signer),
            Self::Role(role) => signer.roles.contains(role),
            Self::Person(person) => signer.person == *person,
            Self::Group(group) => signer.groups.contains(group),
            Self::Mandate(Mandate::Alone) => signer.mandate == Some(Mandate::Alone),
            Self::Mandate(Mandate::TwoJointly) => signer.mandate.is_some(),
        }
    }
}

/// How many seats distinct persons fill at best: a maximum bipartite matching by augmenting paths.
fn filled(seats: &[BTreeSet<PersonId>], persons: &BTreeSet<PersonId>) -> usize {
    let mut seat_of = vec![None; seats.len()];
    persons.iter().filter(|person| place(**person, seats, &mut seat_of, &mut BTreeSet::new())).count()
}

/// Finds a seat for a person, moving others where they have another seat.
fn place(
    person: PersonId,
    seats: &[BTreeSet<PersonId>],
    seat_of: &mut [Option<PersonId>],
    tried: &mut BTreeSet<usize>,
) -> bool {
    for (n, _) in seats.iter().enumerate().filter(|(_, seat)| seat.contains(&person)) {
        if !tried.insert(n) {
            continue;
        }
        if seat_of[n].is_none_or(|other| place(other, seats, seat_of, tried)) {
            seat_of[n] = Some(person);
            return true;
        }
    }
    false
}

/// All sets of `lacking` further persons that fill every seat, at most [`MAX_SETS`]. Each added person must fill one
/// seat more, so no branch is a detour.
fn completions(
    seats: &[BTreeSet<PersonId>],
    signed: &BTreeSet<PersonId>,
    lacking: usize,
) -> Vec<BTreeSet<PersonId>> {
    let candidates: Vec<_> =
        seats.iter().flatten().filter(|person| !signed.contains(person)).copied().collect();
    let candidates: Vec<_> = BTreeSet::from_iter(candidates).into_iter().collect();
    let mut found = Vec::new();
    extend(seats, signed, &candidates, lacking, &mut BTreeSet::new(), &mut found);
    found
}

fn extend(
    seats: &[BTreeSet<PersonId>],
    present: &BTreeSet<PersonId>,
    candidates: &[PersonId],
    lacking: usize,
    added: &mut BTreeSet<PersonId>,
    found: &mut Vec<BTreeSet<PersonId>>,
) {
    if lacking == 0 {
        found.push(added.clone());
        return;
    }
    for (n, person) in candidates.iter().enumerate() {
        if found.len() == MAX_SETS {
            return;
        }
        let mut with = present.clone();
        with.insert(*person);
        if seats.len() - filled(seats, &with) >= lacking {
            continue;
        }
        added.insert(*person);
        extend(seats, &with, &candidates[n + 1..], lacking - 1, added, found);
        added.remove(person);
    }
}

#[cfg(test)]
mod tests;

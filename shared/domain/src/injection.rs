//! What operators put on the bus (R37): who may let it happen, and in which states it is.

use crate::{
    clock::Timestamp,
    operator::{Act, Denied, Justification, Operator},
};
use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};

/// Where an injection stands.
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(StateName),
    doc = "The name of a [`State`].",
    derive(Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case"),
    cfg_attr(
        feature = "schema",
        derive(utoipa::ToSchema),
        schema(as = InjectionState, description = "Where an injection stands.")
    )
)]
pub enum State {
    /// For a second operator's approval.
    Waiting {
        /// From when on nobody can approve it.
        expires_at: Timestamp,
    },
    /// On its way to the bus, or there.
    Published {
        /// Who approved it; nobody, if it needed no approval.
        approved: Option<Decided>,
    },
    /// Somebody stopped it; nothing was published.
    Rejected {
        /// Who.
        by: Decided,
        /// Why.
        because: String,
    },
    /// Nobody approved it in time; nothing was published.
    Expired {
        /// When that was found.
        at: Timestamp,
    },
}

/// Who decided, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// As [`Operator::signature`] names them.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl State {
    /// The name in storage and in the API.
    pub fn name(&self) -> &'static str {
        StateName::from(self).as_str()
    }

    /// How an injection begins.
    pub const fn first(needs_approval: bool, expires_at: Timestamp) -> Self {
        if needs_approval { Self::Waiting { expires_at } } else { Self::Published { approved: None } }
    }
}

/// Why an injection is neither approved nor rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Whoever proposed it cannot approve it (R37).
    Own,
    /// It waits no more.
    AlreadyDecided,
    /// The time for it is over.
    Expired,
    /// Another role is needed.
    Denied(Denied),
}

/// Whether an injection needs a second operator's approval (R37). What a person has injected before counts with it, so that
/// nobody gets around the limit in several steps; and since all recipients of all events are added up, neither in one.
pub const fn needs_approval(recipients: u64, before: u64, limit: u32) -> bool {
    recipients.saturating_add(before) > limit as u64
}

/// What approval and rejection depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who answers for it, as [`Operator::person`].
    pub person: String,
    /// Where it stands.
    pub state: State,
}

impl Proposal {
    /// Lets it happen: by another person than proposed it, with the role for it, in time.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn approve(&self, operator: &Operator, now: Timestamp) -> Result<State, Refusal> {
        operator.may(Act::Approve).map_err(Refusal::Denied)?;
        if operator.person == self.person {
            return Err(Refusal::Own);
        }
        self.waits(now)?;
        Ok(State::Published { approved: Some(decided(operator, now)) })
    }

    /// Stops it: by whoever proposed it, or somebody who may approve.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn reject(
        &self,
        operator: &Operator,
        because: &Justification,
        now: Timestamp,
    ) -> Result<State, Refusal> {
        if operator.person != self.person {
            operator.may(Act::Approve).map_err(Refusal::Denied)?;
        }
        self.waits(now)?;
        Ok(State::Rejected { by: decided(operator, now), because: because.as_str().to_owned() })
    }

    /// Ends it if nobody has decided in time.
    pub fn expire(&self, now: Timestamp) -> Option<State> {
        match self.state {
            State::Waiting { expires_at } if now >= expires_at => Some(State::Expired { at: now }),
            _ => None,
        }
    }

    fn waits(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.state {
            State::Waiting { expires_at } if now < expires_at => Ok(()),
            State::Waiting { .. } | State::Expired { .. } => Err(Refusal::Expired),
            State::Published { .. } | State::Rejected { .. } => Err(Refusal::AlreadyDecided),
        }
    }
}

fn decided(operator: &Operator, at: Timestamp) -> Decided {
    Decided { by: operator.signature(), at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::Role;
    use proptest::prelude::*;
    use std::time::Duration;

    fn operator(person: &str, roles: &[Role]) -> Operator {
        let roles = roles.iter().copied().collect();
        Operator { person: person.to_owned(), client: None, name: person.to_owned(), roles }
    }

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000).plus(Duration::from_secs(second))
    }

    fn because() -> Justification {
        Justification::parse("INC-1").unwrap()
    }

    fn states() -> impl Strategy<Value = State> {
        let decided = Decided { by: "erik".to_owned(), at: at(0) };
        prop_oneof![
            (0..100_u64).prop_map(|second| State::Waiting { expires_at: at(second) }),
            Just(State::Published { approved: None }),
            Just(State::Published { approved: Some(decided.clone()) }),
            Just(State::Rejected { by: decided, because: "INC-1".to_owned() }),
            Just(State::Expired { at: at(0) }),
        ]
    }

    fn roles() -> impl Strategy<Value = Vec<Role>> {
        proptest::sample::subsequence(Role::ALL.to_vec(), 0..=4)
    }

    proptest! {
        /// Four eyes: nothing leaves a waiting state for the bus but by another person with the role, in time.
        #[test]
        fn r37_only_another_person_with_the_role_approves_and_only_in_time(
            state in states(), roles in roles(), own in any::<bool>(), second in 0..100_u64,
        ) {
            let proposal = Proposal { person: "karin".to_owned(), state: state.clone() };
            let by = operator(if own { "karin" } else { "erik" }, &roles);
            let waits = matches!(state, State::Waiting { expires_at } if at(second) < expires_at);
            let may = roles.contains(&Role::Approver) && !own && waits;
            match proposal.approve(&by, at(second)) {
                Ok(State::Published { approved: Some(decided) }) => {
                    prop_assert!(may);
                    prop_assert_eq!(decided, Decided { by: "erik".to_owned(), at: at(second) });
                }
                Ok(other) => prop_assert!(false, "{:?}", other),
                Err(_) => prop_assert!(!may),
            }
        }

        /// What is decided stays decided, whoever comes.
        #[test]
        fn r37_what_is_decided_stays_so(state in states(), roles in roles(), second in 0..100_u64) {
            let proposal = Proposal { person: "karin".to_owned(), state: state.clone() };
            if matches!(state, State::Waiting { .. }) {
                let expired = proposal.expire(at(second)).is_some();
                let rejected = proposal.reject(&operator("karin", &roles), &because(), at(second)).is_ok();
                prop_assert!(expired != rejected, "in time it is rejected, afterwards it expires");
            } else {
                prop_assert!(proposal.approve(&operator("erik", &roles), at(second)).is_err());
                prop_assert!(proposal.reject(&operator("karin", &roles), &because(), at(second)).is_err());
                prop_assert!(proposal.expire(at(second)).is_none());
            }
        }

        /// However many injections the recipients are divided over, more than the limit never get by unapproved.
        #[test]
        fn r37_splitting_does_not_get_around_the_limit(
            parts in proptest::collection::vec(0..500_u64, 1..20), limit in 0..1_000_u32,
        ) {
            let mut told = 0;
            for part in parts {
                if !needs_approval(part, told, limit) {
                    told += part;
                }
            }
            prop_assert!(told <= u64::from(limit));
        }
    }

    #[test]
    fn r37_exactly_the_limit_needs_no_approval() {
        assert!(!needs_approval(100, 0, 100));
        assert!(needs_approval(101, 0, 100));
        assert!(needs_approval(1, 100, 100));
        assert!(needs_approval(u64::MAX, u64::MAX, u32::MAX));
    }

    #[test]
    fn r37_another_operator_without_the_role_rejects_nothing() {
        let state = State::Waiting { expires_at: at(10) };
        let proposal = Proposal { person: "karin".to_owned(), state };
        let refused = proposal.reject(&operator("erik", &[Role::Operator]), &because(), at(0));
        assert!(matches!(refused, Err(Refusal::Denied(denied)) if denied.act == Act::Approve));
        assert!(proposal.reject(&operator("erik", &[Role::Approver]), &because(), at(0)).is_ok());
    }
}

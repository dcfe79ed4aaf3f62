//! The life of a dead letter: a message that is no event, until an operator sends it in again or gives it up (R40).
//! Both happen once. Whoever comes second is told who was first.

use crate::{clock::Timestamp, operator::Justification};
use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};

/// Who ended it, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// By whom, as [`Operator::signature`](crate::operator::Operator::signature) has it.
    pub by: String,
    /// Why, in their words.
    pub because: String,
}

impl Ending {
    /// An ending of this moment.
    pub fn new(at: Timestamp, by: String, because: &Justification) -> Self {
        Self { at, by, because: because.as_str().to_owned() }
    }
}

/// As which event it was sent in: the publisher's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentAs {
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
}

/// Where a dead letter stands.
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
        schema(as = DeadLetterState, description = "Where a dead letter stands.")
    )
)]
pub enum State {
    /// Nobody has dealt with it.
    Open,
    /// Sent in again.
    Requeued {
        /// By whom.
        ending: Ending,
        /// As what.
        event: SentAs,
    },
    /// Given up.
    Discarded {
        /// By whom.
        ending: Ending,
    },
}

/// Somebody has dealt with it already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlreadyEnded {
    /// `requeued` or `discarded`.
    pub state: &'static str,
    /// By whom, when and why.
    pub ending: Ending,
}

impl State {
    /// The name in storage and in the API.
    pub fn name(&self) -> &'static str {
        StateName::from(self).as_str()
    }

    /// Who ended it.
    pub const fn ending(&self) -> Option<&Ending> {
        match self {
            Self::Open => None,
            Self::Requeued { ending, .. } | Self::Discarded { ending } => Some(ending),
        }
    }

    /// Sent in again as this event.
    ///
    /// # Errors
    /// [`AlreadyEnded`] if somebody was faster.
    pub fn requeue(self, ending: Ending, event: SentAs) -> Result<Self, AlreadyEnded> {
        self.still_open()?;
        Ok(Self::Requeued { ending, event })
    }

    /// Given up.
    ///
    /// # Errors
    /// [`AlreadyEnded`] if somebody was faster.
    pub fn discard(self, ending: Ending) -> Result<Self, AlreadyEnded> {
        self.still_open()?;
        Ok(Self::Discarded { ending })
    }

    /// Whether it still can be ended.
    ///
    /// # Errors
    /// [`AlreadyEnded`] if not.
    pub fn still_open(&self) -> Result<(), AlreadyEnded> {
        match self.ending() {
            None => Ok(()),
            Some(ending) => Err(AlreadyEnded { state: self.name(), ending: ending.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(by: &str) -> Ending {
        let because = Justification::parse("INC-1").unwrap();
        Ending::new(Timestamp::from_micros(1), by.to_owned(), &because)
    }

    fn event() -> SentAs {
        SentAs { source: "/payments".to_owned(), id: "p1".to_owned() }
    }

    #[test]
    fn r40_an_open_letter_is_requeued_or_discarded() {
        let requeued = State::Open.requeue(ending("karin"), event()).unwrap();
        assert_eq!(requeued, State::Requeued { ending: ending("karin"), event: event() });
        let discarded = State::Open.discard(ending("karin")).unwrap();
        assert_eq!(discarded, State::Discarded { ending: ending("karin") });
        assert_eq!(State::Open.ending(), None);
    }

    #[test]
    fn r40_what_has_ended_stays_so_and_names_who_was_first() {
        let ended = [
            State::Open.requeue(ending("karin"), event()).unwrap(),
            State::Open.discard(ending("karin")).unwrap(),
        ];
        for state in ended {
            let first = AlreadyEnded { state: state.name(), ending: ending("karin") };
            assert_eq!(state.clone().requeue(ending("olle"), event()), Err(first.clone()));
            assert_eq!(state.discard(ending("olle")), Err(first));
        }
    }
}

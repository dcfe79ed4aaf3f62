//! How a way out stands: whether an operator has stopped it, and whether anything gets through.

use crate::{clock::Timestamp, delivery::Outcome};
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// That an operator has stopped a channel: no attempt begins on it until it runs again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// Since when.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why, in their words.
    pub because: String,
}

/// An attempt that did not get through for a reason of the channel or the alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// When it ended.
    pub at: Timestamp,
    /// Why, as a code such as `smtp_451`.
    pub cause: String,
    /// Whether nothing gets through, whoever it is for.
    pub channel_down: bool,
}

/// The last attempts on a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lately {
    /// When the provider took an alert last.
    pub success_at: Option<Timestamp>,
    /// The last attempt that failed.
    pub failure: Option<Failure>,
}

/// How a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ChannelStatus))]
pub enum Standing {
    /// An operator has stopped it.
    Paused,
    /// The last attempt found that nothing gets through.
    Down,
    /// The last attempt failed in another way.
    Troubled,
    /// The last attempt succeeded.
    Runs,
    /// Nothing was tried since the process began.
    Untried,
}

impl Lately {
    /// After one more attempt.
    pub fn note(&mut self, outcome: &Outcome, at: Timestamp) {
        match outcome.cause() {
            None => self.success_at = Some(at),
            Some(cause) => {
                let channel_down = matches!(outcome, Outcome::ChannelDown { .. });
                self.failure = Some(Failure { at, cause: cause.to_owned(), channel_down });
            }
        }
    }

    /// The later ones of these attempts and of others'.
    #[must_use]
    pub fn or_later(self, other: Self) -> Self {
        let at = |failure: &Option<Failure>| failure.as_ref().map(|failure| failure.at);
        let failure = if at(&other.failure) > at(&self.failure) { other.failure } else { self.failure };
        Self { success_at: self.success_at.max(other.success_at), failure }
    }

    /// How the channel stands by these attempts, unless an operator has stopped it.
    pub fn standing(&self, pause: Option<&Pause>) -> Standing {
        let failure = self.failure.as_ref().filter(|failure| self.success_at < Some(failure.at));
        match (pause, failure, self.success_at) {
            (Some(_), ..) => Standing::Paused,
            (None, Some(failure), _) if failure.channel_down => Standing::Down,
            (None, Some(_), _) => Standing::Troubled,
            (None, None, Some(_)) => Standing::Runs,
            (None, None, None) => Standing::Untried,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    #[test]
    fn a_channel_stands_as_its_last_attempt_went_unless_it_is_stopped() {
        let mut lately = Lately::default();
        assert_eq!(lately.standing(None), Standing::Untried);
        let attempts = [
            (Outcome::Accepted { reference: None }, Standing::Runs),
            (Outcome::ChannelDown { cause: "refused".to_owned() }, Standing::Down),
            (Outcome::Retry { cause: "smtp_451".to_owned(), after: None }, Standing::Troubled),
            (Outcome::Accepted { reference: None }, Standing::Runs),
        ];
        let pause = Pause { at: NOW, by: "karin".to_owned(), because: "INC-1".to_owned() };
        for (n, (outcome, standing)) in (1..).zip(attempts) {
            lately.note(&outcome, NOW.plus(Duration::from_secs(n)));
            assert_eq!(lately.standing(None), standing);
            assert_eq!(lately.standing(Some(&pause)), Standing::Paused);
        }
        assert_eq!(lately.failure.unwrap().cause, "smtp_451", "the last failure is kept");
    }
}

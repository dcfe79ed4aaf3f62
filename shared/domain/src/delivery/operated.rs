//! What an operator may do with an alert: let it be tried again at once, or stop it (R33, R40).

use super::{Delivery, State};
use crate::{clock::Timestamp, watch::Because};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Why an alert waits that an operator let be tried again.
pub const OPERATOR_RETRY: &str = "operator_retry";
/// Why an alert never leaves that an operator stopped.
pub const CANCELLED: &str = "cancelled";
/// In the history: an operator let it be tried again.
pub(super) const RETRIED: &str = "retried";

/// The states in which an operator can change anything about an alert.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RetryableState))]
pub enum RetryableState {
    /// It waits for its next attempt, or at its user's wish.
    Waiting,
    /// It was given up.
    Failed,
}

/// Why an alert stays as it is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = NotChanged))]
pub enum Unchanged {
    /// It is being sent at this moment; what comes of it is not known yet.
    UnderWay,
    /// Its user wants it later.
    Held,
    /// It is due already, and leaves as soon as its channel has room.
    DueAlready,
    /// The provider took it, so it may have arrived: once more would be twice (R32).
    Accepted,
    /// It has arrived.
    Delivered,
    /// The provider refused it, or reported that it did not arrive.
    Failed,
    /// Telling of it helps nobody any more.
    Expired,
    /// Its right was lost (R17, R22).
    Suppressed,
    /// An operator stopped it.
    Cancelled,
}

impl Delivery {
    /// Lets an alert be tried at once that waits for its next attempt, or that was given up. Its right and its user's
    /// wishes are asked again when it leaves.
    ///
    /// # Errors
    /// [`Unchanged`] says why it stays as it is.
    pub fn retry_now(mut self, now: Timestamp) -> Result<Self, Unchanged> {
        self.may_be_retried(now)?;
        self.note(now, RETRIED, None);
        self.state = State::Waiting { next_attempt_at: now, cause: OPERATOR_RETRY.to_owned() };
        Ok(self)
    }

    /// Whether [`Self::retry_now`] would change it.
    ///
    /// # Errors
    /// [`Unchanged`] says why not.
    pub fn may_be_retried(&self, now: Timestamp) -> Result<(), Unchanged> {
        match &self.state {
            State::Waiting { cause, .. } if is_wish(cause) => Err(Unchanged::Held),
            State::Failed { cause } if cause == CANCELLED => Err(Unchanged::Cancelled),
            State::Waiting { .. } | State::Failed { .. } if now >= self.expires_at => Err(Unchanged::Expired),
            State::Waiting { next_attempt_at, .. } if *next_attempt_at <= now => Err(Unchanged::DueAlready),
            State::Waiting { .. } | State::Failed { .. } => Ok(()),
            State::Sending { .. } => Err(Unchanged::UnderWay),
            ended => Err(ended_as(ended)),
        }
    }

    /// Stops an alert that waits, at its user's wish or for its next attempt: it never leaves.
    ///
    /// # Errors
    /// [`Unchanged`] says why it stays as it is.
    pub fn cancel(mut self, now: Timestamp) -> Result<Self, Unchanged> {
        self.may_be_cancelled()?;
        self.note(now, CANCELLED, None);
        self.state = State::Failed { cause: CANCELLED.to_owned() };
        Ok(self)
    }

    /// Whether [`Self::cancel`] would change it.
    ///
    /// # Errors
    /// [`Unchanged`] says why not.
    pub fn may_be_cancelled(&self) -> Result<(), Unchanged> {
        match &self.state {
            State::Waiting { .. } => Ok(()),
            State::Sending { .. } => Err(Unchanged::UnderWay),
            ended => Err(ended_as(ended)),
        }
    }

    /// Whether a report with this entry tells of an attempt that was reported on before. After a retry the same words
    /// may be about the new attempt, once there is one.
    pub(super) fn knows_report(&self, what: &str, cause: Option<&str>) -> bool {
        let same = |entry: &super::Entry| entry.what == what && entry.cause.as_deref() == cause;
        let Some(last) = self.history.iter().rposition(same) else { return false };
        let retried = self.history.iter().skip(last).any(|entry| entry.what == RETRIED);
        !retried || matches!(self.state, State::Waiting { .. })
    }
}

fn is_wish(cause: &str) -> bool {
    cause.parse::<Because>().is_ok()
}

fn ended_as(state: &State) -> Unchanged {
    match state {
        State::Accepted { .. } => Unchanged::Accepted,
        State::Delivered => Unchanged::Delivered,
        State::Failed { cause } if cause == CANCELLED => Unchanged::Cancelled,
        State::Failed { .. } => Unchanged::Failed,
        State::Expired { .. } => Unchanged::Expired,
        State::Suppressed(_) => Unchanged::Suppressed,
        State::Sending { .. } | State::Waiting { .. } => Unchanged::UnderWay,
    }
}

#[cfg(test)]
mod tests;

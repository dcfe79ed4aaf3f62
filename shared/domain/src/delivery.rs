//! The life of one alert to one contact point.
//!
//! ```text
//!            ┌────────── Waiting ◄──── Retry, Unknown, ChannelDown
//!            ▼                │
//!  born ► Sending ──► Accepted ──► Delivered | Failed      (delivery reports move only forward)
//!            │
//!            └──► Failed | Expired | Suppressed
//! ```
//! What operators may do with one stands in [`operated`].

pub mod operated;

use crate::{
    clock::Timestamp,
    entitlement::Reason,
    ids::{ContactId, DeliveryId, EventId, ParcelId, UserId},
    retry::RetryPolicy,
    watch::{Channel, Later},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};

/// What an attempt to hand an alert to a provider came to.
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(OutcomeName),
    doc = "The name of an [`Outcome`].",
    derive(Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case"),
    cfg_attr(
        feature = "schema",
        derive(utoipa::ToSchema),
        schema(as = AttemptOutcome, description = "What came of an attempt.")
    )
)]
pub enum Outcome {
    /// The provider took responsibility.
    Accepted {
        /// The provider's own id of the message.
        reference: Option<String>,
    },
    /// A passing fault; the alert is sound.
    Retry {
        /// A code such as `smtp_451`, never the provider's text: that may hold the address.
        cause: String,
        /// Not sooner than this.
        after: Option<Duration>,
    },
    /// The provider will never take this alert.
    Rejected {
        /// A code as above.
        cause: String,
    },
    /// The answer was lost: the provider may or may not have the alert.
    Unknown {
        /// A code as above.
        cause: String,
    },
    /// Nothing gets through this channel now, whoever it is for.
    ChannelDown {
        /// A code as above.
        cause: String,
    },
}

impl Outcome {
    /// What became of an attempt, as figures, metrics and the trail name it.
    pub fn name(&self) -> &'static str {
        OutcomeName::from(self).as_str()
    }

    /// Why the provider did not take it, as a code.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Accepted { .. } => None,
            Self::Retry { cause, .. }
            | Self::Rejected { cause }
            | Self::Unknown { cause }
            | Self::ChannelDown { cause } => Some(cause),
        }
    }
}

/// What a provider reported later about an accepted alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// On its way; changes nothing but the history.
    Underway,
    /// It reached the phone or mailbox.
    Delivered,
    /// It will not reach it.
    Failed,
}

/// Where an alert stands. What is only true in one state lives in that state.
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
        schema(as = DeliveryState, description = "Where an alert stands.")
    )
)]
pub enum State {
    /// Leased to a process that sends it now.
    Sending {
        /// From then on another process may take it over.
        lease_until: Timestamp,
    },
    /// To be sent, or sent again, later.
    Waiting {
        /// When.
        next_attempt_at: Timestamp,
        /// Why it was not sent at once.
        cause: String,
    },
    /// The provider has it.
    Accepted {
        /// The provider's own id of the message.
        reference: Option<String>,
    },
    /// It reached the phone or mailbox.
    Delivered,
    /// It never will.
    Failed {
        /// Why.
        cause: String,
    },
    /// No attempt succeeded in time.
    Expired {
        /// Why the last one did not.
        cause: String,
    },
    /// Its right was lost while it waited (R17, R22).
    Suppressed(Reason),
}

impl State {
    /// The name in storage, in the API and in metrics.
    pub fn name(&self) -> &'static str {
        StateName::from(self).as_str()
    }

    /// When it needs attention next: the end of the lease, or the next attempt.
    pub const fn due_at(&self) -> Option<Timestamp> {
        match self {
            Self::Sending { lease_until } => Some(*lease_until),
            Self::Waiting { next_attempt_at, .. } => Some(*next_attempt_at),
            _ => None,
        }
    }

    /// Why it waits or ended, as a code.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Waiting { cause, .. } | Self::Failed { cause } | Self::Expired { cause } => Some(cause),
            Self::Suppressed(reason) => Some(reason.as_str()),
            Self::Sending { .. } | Self::Accepted { .. } | Self::Delivered => None,
        }
    }
}

/// One line of an alert's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What: `accepted`, `retry`, `rejected`, `unknown`, `channel_down`, `taken_over`, `held`, `taken_up`, `suppressed`,
    /// `report_delivered`, `report_failed`, `report_underway`, `retried`, `cancelled`.
    pub what: String,
    /// Why, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// How long before its end an alert is attempted for the last time, where the next delay would be longer than its life.
const LAST_ATTEMPT_BEFORE_END: Duration = Duration::from_secs(30);

/// One alert to one contact point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Also the idempotency key of every attempt (R32).
    pub id: DeliveryId,
    /// What it tells of.
    pub event: EventId,
    /// Whom it tells.
    pub user: UserId,
    /// Where.
    pub contact: ContactId,
    /// How.
    pub channel: Channel,
    /// From when telling helps nobody.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// How many attempts have ended.
    pub attempts: u32,
    /// Whether an attempt may have reached the provider without our knowing (R32).
    pub possible_duplicate: bool,
    /// All that happened to it.
    pub history: Vec<Entry>,
    /// With which others it leaves as one message; they keep together over every attempt.
    pub parcel: Option<ParcelId>,
}

impl Delivery {
    /// What follows from an attempt (R32, R33). A late outcome never takes back what is already settled:
    /// then only the history grows.
    #[must_use]
    pub fn after_attempt(
        mut self,
        outcome: Outcome,
        policy: &RetryPolicy,
        now: Timestamp,
        chance: f64,
    ) -> Self {
        self.attempts += 1;
        self.note(now, outcome.name(), outcome.cause().map(ToOwned::to_owned));
        self.possible_duplicate |= matches!(outcome, Outcome::Unknown { .. });
        if self.state.due_at().is_none() {
            return self;
        }
        let delay = policy.delay(self.attempts, chance);
        self.state = match outcome {
            Outcome::Accepted { reference } => State::Accepted { reference },
            Outcome::Rejected { cause } => State::Failed { cause },
            Outcome::Retry { cause, after } => {
                let wished = after.unwrap_or_default().min(policy.max_delay());
                self.again(now, delay.max(wished), cause)
            }
            Outcome::ChannelDown { cause } => self.again(now, delay, cause),
            Outcome::Unknown { cause } => {
                let settle = Duration::from_secs(policy.unknown_delay_s.into());
                self.again(now, delay.max(settle), cause)
            }
        };
        self
    }

    /// Leases an alert that is due. Where the lease of another attempt ran out, that attempt may have
    /// reached the provider (R32).
    #[must_use]
    pub fn take_over(mut self, now: Timestamp, lease_until: Timestamp) -> Self {
        if matches!(self.state, State::Sending { .. }) {
            self.possible_duplicate = true;
            self.note(now, "taken_over", None);
        }
        self.state = State::Sending { lease_until };
        self
    }

    /// Withdraws an alert whose right was lost before it left (R17, R22).
    #[must_use]
    pub fn withdraw(mut self, reason: Reason, now: Timestamp) -> Self {
        if self.state.due_at().is_some() {
            self.note(now, "suppressed", Some(reason.as_str().to_owned()));
            self.state = if reason == Reason::EventExpired {
                State::Expired { cause: self.last_cause() }
            } else {
                State::Suppressed(reason)
            };
        }
        self
    }

    /// Keeps an alert until its user wants to hear of it. No attempt was made, so it counts as none.
    #[must_use]
    pub fn hold(mut self, later: Later, now: Timestamp) -> Self {
        if self.state.due_at().is_some() {
            let cause = later.because.as_str();
            self.note(now, "held", Some(cause.to_owned()));
            self.state = State::Waiting { next_attempt_at: later.at, cause: cause.to_owned() };
        }
        self
    }

    /// Takes up an alert again that was withdrawn while somebody else was to be told: now its user is, after all.
    #[must_use]
    pub fn take_up(mut self, later: Option<Later>, now: Timestamp) -> Self {
        if matches!(self.state, State::Suppressed(_)) {
            self.note(now, "taken_up", None);
            self.state = Self::until(later, now);
            self.parcel = None;
        }
        self
    }

    /// The state of an alert that nobody works on yet: due at once, or when its user wants it.
    pub fn until(later: Option<Later>, now: Timestamp) -> State {
        let (next_attempt_at, cause) =
            later.map_or((now, "readdressed"), |later| (later.at, later.because.as_str()));
        State::Waiting { next_attempt_at, cause: cause.to_owned() }
    }

    /// Gives back an alert that was leased but not sent: the process stops, or the lease grew too short. No attempt
    /// was made, so it counts as none.
    #[must_use]
    pub fn put_back(mut self, now: Timestamp) -> Self {
        if matches!(self.state, State::Sending { .. }) {
            self.state = State::Waiting { next_attempt_at: now, cause: "put_back".to_owned() };
        }
        self
    }

    /// What follows from a provider's report. Reports repeat and overtake each other; the state only moves
    /// forward.
    #[must_use]
    pub fn after_report(mut self, report: Report, cause: Option<String>, now: Timestamp) -> Self {
        let what = match report {
            Report::Underway => "report_underway",
            Report::Delivered => "report_delivered",
            Report::Failed => "report_failed",
        };
        let repeated = self.knows_report(what, cause.as_deref());
        // Before its outcome is written down, that an alert is on its way is no news.
        let early = report == Report::Underway && matches!(self.state, State::Sending { .. });
        if repeated || early {
            return self;
        }
        self.note(now, what, cause.clone());
        self.state = match (report, self.state) {
            (Report::Delivered, _) => State::Delivered,
            (Report::Failed, State::Sending { .. } | State::Waiting { .. } | State::Accepted { .. }) => {
                State::Failed { cause: cause.unwrap_or_else(|| "reported".to_owned()) }
            }
            (_, state) => state,
        };
        self
    }

    /// Waits for the next attempt. A delay past the end is cut, so that a last attempt lies close before it (R33).
    fn again(&self, now: Timestamp, delay: Duration, cause: String) -> State {
        let last_attempt_at = self.expires_at.minus(LAST_ATTEMPT_BEFORE_END);
        let next_attempt_at = now.plus(delay);
        if next_attempt_at < self.expires_at {
            State::Waiting { next_attempt_at, cause }
        } else if now < last_attempt_at {
            State::Waiting { next_attempt_at: last_attempt_at, cause }
        } else {
            State::Expired { cause }
        }
    }

    fn last_cause(&self) -> String {
        let last = self.history.iter().rev().skip(1).find_map(|entry| entry.cause.clone());
        last.unwrap_or_else(|| Reason::EventExpired.as_str().to_owned())
    }

    fn note(&mut self, at: Timestamp, what: &str, cause: Option<String>) {
        self.history.push(Entry { at, what: what.to_owned(), cause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Because;
    use proptest::{collection::vec, prelude::*};
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
    const POLICY: RetryPolicy =
        RetryPolicy { first_delay_s: 2, factor: 4.0, max_delay_s: 3_600, jitter: 0.0, unknown_delay_s: 30 };

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn sending() -> Delivery {
        Delivery {
            id: DeliveryId(Uuid::from_u128(1)),
            event: EventId(Uuid::from_u128(2)),
            user: UserId(Uuid::from_u128(3)),
            contact: ContactId(Uuid::from_u128(4)),
            channel: Channel::Sms,
            expires_at: NOW.plus(seconds(60)),
            state: State::Sending { lease_until: NOW.plus(seconds(30)) },
            attempts: 0,
            possible_duplicate: false,
            history: vec![],
            parcel: None,
        }
    }

    fn retry(after: Option<Duration>) -> Outcome {
        Outcome::Retry { cause: "smtp_451".into(), after }
    }

    #[test]
    fn r33_temporary_failures_wait_longer_each_time_until_the_event_expires() {
        let first = sending().after_attempt(retry(None), &POLICY, NOW, 0.5);
        assert_eq!(first.state.due_at(), Some(NOW.plus(seconds(2))));
        let second =
            first.take_over(NOW, NOW.plus(seconds(30))).after_attempt(retry(None), &POLICY, NOW, 0.5);
        assert_eq!(second.state.due_at(), Some(NOW.plus(seconds(8))));
        let late = NOW.plus(seconds(50));
        let last = second.take_over(late, late).after_attempt(retry(None), &POLICY, late, 0.5);
        assert_eq!(last.state, State::Expired { cause: "smtp_451".into() });
        assert_eq!((last.attempts, last.possible_duplicate), (3, false));
    }

    #[test]
    fn r33_a_provider_may_ask_for_a_longer_pause() {
        let delivery = sending().after_attempt(retry(Some(seconds(20))), &POLICY, NOW, 0.5);
        assert_eq!(delivery.state.due_at(), Some(NOW.plus(seconds(20))));
    }

    #[test]
    fn r33_a_providers_wish_is_bounded_by_the_longest_delay_and_the_alerts_end() {
        let day = Delivery { expires_at: NOW.plus(seconds(86_400)), ..sending() };
        let asked = day.after_attempt(retry(Some(seconds(86_400))), &POLICY, NOW, 0.5);
        assert_eq!(asked.state.due_at(), Some(NOW.plus(seconds(3_600))));
        let short = sending().after_attempt(retry(Some(seconds(86_400))), &POLICY, NOW, 0.5);
        assert_eq!(short.state.due_at(), Some(NOW.plus(seconds(30))), "30 s before its end");
    }

    proptest! {
        #[test]
        fn r33_whatever_fails_the_last_attempt_lies_at_most_a_minute_before_the_end(
            life_s in 1_u64..100_000,
            wishes in vec(0_u64..200_000, 1..64),
            chance in 0.0..=1.0,
        ) {
            let policy = RetryPolicy::default();
            let mut delivery = Delivery { expires_at: NOW.plus(seconds(life_s)), ..sending() };
            let (mut now, mut wishes) = (NOW, wishes.into_iter().cycle());
            loop {
                let outcome = retry(wishes.next().map(seconds));
                delivery = delivery.after_attempt(outcome, &policy, now, chance);
                let Some(next) = delivery.state.due_at() else { break };
                prop_assert!(next > now && next < delivery.expires_at);
                now = next;
                delivery = delivery.take_over(now, now);
            }
            prop_assert!(delivery.expires_at.since(now) <= seconds(60));
        }
    }

    #[test]
    fn r33_permanent_failures_are_not_repeated() {
        let rejected = Outcome::Rejected { cause: "smtp_550".into() };
        let delivery = sending().after_attempt(rejected, &POLICY, NOW, 0.5);
        assert_eq!(delivery.state, State::Failed { cause: "smtp_550".into() });
    }

    #[test]
    fn r32_a_lost_answer_is_recorded_as_a_possible_duplicate() {
        let lost = sending().after_attempt(Outcome::Unknown { cause: "timeout".into() }, &POLICY, NOW, 0.5);
        assert!(lost.possible_duplicate);
        assert_eq!(lost.state.due_at(), Some(NOW.plus(seconds(30))), "a report may still settle it");
        assert_eq!(lost.after_report(Report::Delivered, None, NOW).state, State::Delivered);
    }

    #[test]
    fn r32_a_lease_that_ran_out_is_a_possible_duplicate_and_a_planned_retry_is_not() {
        assert!(sending().take_over(NOW, NOW).possible_duplicate);
        let waiting = sending().after_attempt(retry(None), &POLICY, NOW, 0.5);
        assert!(!waiting.take_over(NOW, NOW).possible_duplicate);
    }

    #[test]
    fn r22_a_withdrawn_alert_never_leaves() {
        let delivery = sending().withdraw(Reason::UserBlocked, NOW);
        assert_eq!(delivery.state, State::Suppressed(Reason::UserBlocked));
        let expired = sending().withdraw(Reason::EventExpired, NOW);
        assert_eq!(expired.state, State::Expired { cause: "event_expired".into() });
    }

    #[test]
    fn r33_what_is_held_waits_until_its_user_wants_it_and_no_attempt_is_counted() {
        let later = Later { at: NOW.plus(seconds(50)), because: Because::QuietHours };
        let held = sending().hold(later, NOW);
        assert_eq!(held.state, State::Waiting { next_attempt_at: later.at, cause: "quiet_hours".into() });
        assert_eq!(
            (held.attempts, held.possible_duplicate, held.history[0].what.as_str()),
            (0, false, "held")
        );
        let told = held.take_over(later.at, later.at.plus(seconds(30)));
        assert!(!told.possible_duplicate, "it never left before");
        let settled = told.after_attempt(Outcome::Accepted { reference: None }, &POLICY, later.at, 0.5);
        assert_eq!(settled.clone().hold(later, NOW), settled, "what has left is not held");
    }

    #[test]
    fn r32_a_lost_attempt_stays_on_record_when_the_right_is_lost_too() {
        let withdrawn = sending().take_over(NOW, NOW).withdraw(Reason::UserBlocked, NOW);
        assert_eq!(withdrawn.state, State::Suppressed(Reason::UserBlocked));
        assert!(withdrawn.possible_duplicate && withdrawn.history[0].what == "taken_over");
    }

    #[test]
    fn reports_only_move_forward_and_repeats_change_nothing() {
        let accepted = sending().after_attempt(Outcome::Accepted { reference: None }, &POLICY, NOW, 0.5);
        let delivered = accepted.after_report(Report::Delivered, None, NOW);
        let again = delivered.clone().after_report(Report::Delivered, None, NOW.plus(seconds(1)));
        assert_eq!(again, delivered);
        let late = delivered.after_report(Report::Failed, Some("dlr_2".into()), NOW);
        assert_eq!(late.state, State::Delivered);
    }

    #[test]
    fn an_outcome_that_comes_after_the_report_only_joins_the_history() {
        let reported = sending().after_report(Report::Delivered, None, NOW);
        let late = reported.after_attempt(retry(None), &POLICY, NOW, 0.5);
        assert_eq!((late.state, late.attempts, late.history.len()), (State::Delivered, 1, 2));
    }

    fn any_outcome() -> impl Strategy<Value = Outcome> {
        let cause = || "x".to_owned();
        prop_oneof![
            Just(Outcome::Accepted { reference: None }),
            Just(Outcome::Rejected { cause: cause() }),
            Just(Outcome::Unknown { cause: cause() }),
            Just(Outcome::ChannelDown { cause: cause() }),
            proptest::option::of(0_u64..100)
                .prop_map(move |after| Outcome::Retry { cause: cause(), after: after.map(seconds) }),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_an_alert_is_never_due_after_its_expiry_and_never_leaves_a_final_state(
            outcomes in vec((any_outcome(), 0_u64..30, 0.0..=1.0), 1..12)
        ) {
            let (mut delivery, mut now) = (sending(), NOW);
            for (outcome, wait, chance) in outcomes {
                let settled = delivery.state.due_at().is_none().then(|| delivery.state.clone());
                delivery = delivery.after_attempt(outcome, &POLICY, now, chance);
                if let Some(settled) = settled {
                    prop_assert_eq!(&delivery.state, &settled);
                }
                if let Some(due) = delivery.state.due_at() {
                    prop_assert!(due < delivery.expires_at && due > now);
                    now = now.max(due).plus(seconds(wait));
                    delivery = delivery.take_over(now, now.plus(seconds(30)));
                    delivery = if now >= delivery.expires_at {
                        delivery.withdraw(Reason::EventExpired, now)
                    } else {
                        delivery
                    };
                }
            }
            prop_assert_eq!(u64::from(delivery.attempts), delivery.history.iter().filter(|e| e.what != "taken_over" && e.what != "suppressed").count() as u64);
        }
    }
}

use super::*;
use crate::{
    delivery::{Outcome, Report},
    entitlement::Reason,
    ids::{ContactId, DeliveryId, EventId, UserId},
    retry::RetryPolicy,
    watch::{Channel, Later},
};
use proptest::{collection::vec, prelude::*};
use std::time::Duration;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const POLICY: RetryPolicy =
    RetryPolicy { first_delay_s: 2, factor: 4.0, max_delay_s: 3_600, jitter: 0.0, unknown_delay_s: 30 };

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn alert(state: State) -> Delivery {
    Delivery {
        id: DeliveryId(Uuid::from_u128(1)),
        event: EventId(Uuid::from_u128(2)),
        user: UserId(Uuid::from_u128(3)),
        contact: ContactId(Uuid::from_u128(4)),
        channel: Channel::Sms,
        expires_at: after(60),
        state,
        attempts: 1,
        possible_duplicate: false,
        history: vec![],
        parcel: None,
    }
}

fn waiting(cause: &str) -> State {
    State::Waiting { next_attempt_at: after(30), cause: cause.to_owned() }
}

fn failed(cause: &str) -> State {
    State::Failed { cause: cause.to_owned() }
}

#[test]
fn r40_an_alert_that_waits_for_its_next_try_or_has_failed_is_tried_at_once() {
    for state in [waiting("smtp_451"), waiting("no_room"), failed("smtp_550")] {
        let retried = alert(state).retry_now(NOW).unwrap();
        let due = State::Waiting { next_attempt_at: NOW, cause: OPERATOR_RETRY.to_owned() };
        assert_eq!((&retried.state, retried.attempts), (&due, 1));
        assert_eq!(retried.history.iter().map(|e| (&*e.what, e.at)).collect::<Vec<_>>(), [("retried", NOW)]);
        assert!(!retried.take_over(NOW, after(30)).possible_duplicate, "the provider does not have it");
    }
}

#[test]
fn r40_every_other_alert_is_left_as_it_is_and_says_why() {
    let due = State::Waiting { next_attempt_at: NOW, cause: "smtp_451".into() };
    for (state, retry, cancel) in [
        (State::Sending { lease_until: after(30) }, Err(Unchanged::UnderWay), Err(Unchanged::UnderWay)),
        (waiting("quiet_hours"), Err(Unchanged::Held), Ok(())),
        (waiting("weekend"), Err(Unchanged::Held), Ok(())),
        (waiting("digest"), Err(Unchanged::Held), Ok(())),
        (waiting("smtp_451"), Ok(()), Ok(())),
        (due, Err(Unchanged::DueAlready), Ok(())),
        (State::Accepted { reference: None }, Err(Unchanged::Accepted), Err(Unchanged::Accepted)),
        (State::Delivered, Err(Unchanged::Delivered), Err(Unchanged::Delivered)),
        (failed("smtp_550"), Ok(()), Err(Unchanged::Failed)),
        (failed(CANCELLED), Err(Unchanged::Cancelled), Err(Unchanged::Cancelled)),
        (State::Expired { cause: "x".into() }, Err(Unchanged::Expired), Err(Unchanged::Expired)),
        (State::Suppressed(Reason::NoAccess), Err(Unchanged::Suppressed), Err(Unchanged::Suppressed)),
    ] {
        let alert = alert(state.clone());
        assert_eq!(alert.clone().retry_now(NOW).map(drop), retry, "retry of {state:?}");
        assert_eq!(alert.cancel(NOW).map(drop), cancel, "cancel of {state:?}");
    }
}

#[test]
fn r33_nothing_is_tried_again_after_its_expiry() {
    for state in [waiting("smtp_451"), failed("smtp_550")] {
        assert_eq!(alert(state).retry_now(after(60)), Err(Unchanged::Expired));
    }
}

#[test]
fn r40_what_is_cancelled_never_leaves_whatever_comes_after() {
    let cancelled = alert(waiting("timeout")).cancel(NOW).unwrap();
    assert_eq!(cancelled.state, failed(CANCELLED));
    assert_eq!(cancelled.history[0].what, "cancelled");
    let later = Later { at: after(50), because: Because::Digest };
    for after_all in [
        cancelled.clone().hold(later, NOW),
        cancelled.clone().take_up(None, NOW),
        cancelled.clone().put_back(NOW),
        cancelled.clone().withdraw(Reason::NoAccess, NOW),
        cancelled.clone().after_attempt(Outcome::Retry { cause: "x".into(), after: None }, &POLICY, NOW, 0.5),
        cancelled.clone().after_report(Report::Failed, Some("dlr_2".into()), NOW),
        cancelled.clone().after_report(Report::Underway, None, NOW),
    ] {
        assert_eq!(after_all.state, failed(CANCELLED));
    }
    let arrived = cancelled.after_report(Report::Delivered, None, NOW);
    assert_eq!(arrived.state, State::Delivered, "an attempt before it whose answer was lost had arrived");
}

#[test]
fn r33_the_attempt_after_a_retry_may_be_reported_on_in_the_words_of_the_first() {
    let report = |alert: Delivery, at| alert.after_report(Report::Failed, Some("dlr_2".into()), at);
    let first = report(alert(State::Accepted { reference: None }), after(1));
    let retried = first.retry_now(after(2)).unwrap();
    let repeated = report(retried.clone(), after(3));
    assert_eq!(repeated, retried, "the provider repeats itself about the first attempt");
    let again = retried.take_over(after(4), after(34)).after_attempt(
        Outcome::Accepted { reference: None },
        &POLICY,
        after(5),
        0.5,
    );
    let second = report(again, after(6));
    assert_eq!(second.state, failed("dlr_2"));
    assert_eq!(report(second.clone(), after(7)), second);
}

#[derive(Clone, Debug)]
enum Step {
    Retry,
    Cancel,
    TakeOver,
    Attempt(Outcome),
    Report(Report),
    Hold,
    PutBack,
    Withdraw,
}

fn any_step() -> impl Strategy<Value = Step> {
    let cause = || "x".to_owned();
    prop_oneof![
        Just(Step::Retry),
        Just(Step::Cancel),
        Just(Step::TakeOver),
        Just(Step::Attempt(Outcome::Accepted { reference: None })),
        Just(Step::Attempt(Outcome::Rejected { cause: cause() })),
        Just(Step::Attempt(Outcome::Unknown { cause: cause() })),
        Just(Step::Attempt(Outcome::Retry { cause: cause(), after: None })),
        Just(Step::Report(Report::Delivered)),
        Just(Step::Report(Report::Failed)),
        Just(Step::Hold),
        Just(Step::PutBack),
        Just(Step::Withdraw),
    ]
}

fn taken(alert: Delivery, step: &Step, now: Timestamp) -> Delivery {
    let later = Later { at: now.plus(Duration::from_secs(1)), because: Because::QuietHours };
    let before = alert.clone();
    match step {
        Step::Retry => alert.retry_now(now).unwrap_or(before),
        Step::Cancel => alert.cancel(now).unwrap_or(before),
        // As the sweep does: only what is due.
        Step::TakeOver if alert.state.due_at().is_some_and(|due| due <= now) => {
            alert.take_over(now, now.plus(Duration::from_secs(30)))
        }
        // As the courier does: only what it holds.
        Step::Attempt(outcome) if matches!(alert.state, State::Sending { .. }) => {
            alert.after_attempt(outcome.clone(), &POLICY, now, 0.5)
        }
        Step::TakeOver | Step::Attempt(_) => alert,
        Step::Report(report) => alert.after_report(*report, Some("dlr".into()), now),
        Step::Hold => alert.hold(later, now),
        Step::PutBack => alert.put_back(now),
        Step::Withdraw => alert.withdraw(Reason::NoAccess, now),
    }
}

proptest! {
    #[test]
    fn r40_whatever_happens_a_cancelled_alert_never_becomes_due_and_a_retry_only_before_the_expiry(
        steps in vec((any_step(), 0_u64..8), 1..40)
    ) {
        let (mut delivery, mut now) = (alert(waiting("smtp_451")), NOW);
        let mut cancelled = false;
        for (step, wait) in steps {
            now = now.plus(Duration::from_secs(wait));
            let before = delivery.clone();
            delivery = taken(delivery, &step, now);
            cancelled |= delivery.history.iter().any(|entry| entry.what == CANCELLED);
            if cancelled {
                prop_assert_eq!(delivery.state.due_at(), None);
            }
            if matches!(step, Step::Retry) && delivery != before {
                prop_assert!(now < delivery.expires_at);
                let left = ["accepted", "delivered", "sending"].contains(&before.state.name());
                prop_assert!(!left, "it may have arrived");
            }
            prop_assert!(delivery.history.starts_with(&before.history), "the history only grows");
        }
    }
}

//! When operators sent tests through the channels lately, and what came of the last of them, by this process.

use bevaka_domain::{channel::Lately, clock::Timestamp, delivery::Outcome, watch::Channel};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How many tests one person may send within [`WINDOW`].
pub(crate) const MAX_TESTS: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct ChannelTests {
    sent: Mutex<HashMap<String, VecDeque<Timestamp>>>,
    lately: Mutex<BTreeMap<Channel, Lately>>,
}

impl ChannelTests {
    /// Notes what came of a test.
    pub(crate) fn note(&self, channel: Channel, outcome: &Outcome, now: Timestamp) {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        lately.entry(channel).or_default().note(outcome, now);
    }

    /// How the last tests through a channel went.
    pub(crate) fn lately(&self, channel: Channel) -> Lately {
        let lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        lately.get(&channel).cloned().unwrap_or_default()
    }

    /// Counts one more test, unless there were too many: then from when on the next one can be sent.
    pub(crate) fn take(&self, person: &str, now: Timestamp) -> Result<(), Timestamp> {
        let mut all = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever sent none lately is forgotten, so that this stays as small as the bank's operations.
        all.retain(|_, sent| {
            sent.retain(|at| now.since(*at) < WINDOW);
            !sent.is_empty()
        });
        let sent = all.entry(person.to_owned()).or_default();
        if let Some(first) = sent.front().filter(|_| sent.len() >= MAX_TESTS) {
            return Err(first.plus(WINDOW));
        }
        sent.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_sends_only_so_many_tests_in_a_minute() {
        let (tests, now) = (ChannelTests::default(), Timestamp::from_micros(1_800_000_000_000_000));
        for n in 0..MAX_TESTS as u64 {
            assert_eq!(tests.take("karin", now.plus(Duration::from_secs(n))), Ok(()));
        }
        assert_eq!(tests.take("karin", now.plus(Duration::from_secs(59))), Err(now.plus(WINDOW)));
        assert_eq!(tests.take("erik", now), Ok(()));
        assert_eq!(tests.take("karin", now.plus(WINDOW)), Ok(()));
        assert!(tests.take("karin", now.plus(WINDOW)).is_err());
    }
}

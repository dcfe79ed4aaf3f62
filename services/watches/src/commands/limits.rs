//! How often something is sent at a user's wish.

use crate::fault::{Fault, Limit, Outcome};
use bevaka_domain::clock::Timestamp;
use std::{num::NonZeroU32, time::Duration};

/// The time in which sendings are counted.
const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long sendings are remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Sendings after this moment count.
pub(super) fn since(now: Timestamp) -> Timestamp {
    now.minus(HOUR)
}

/// Sendings until this moment are forgotten.
pub(super) fn forgotten(now: Timestamp) -> Timestamp {
    now.minus(REMEMBERED)
}

/// Whether there may be one more after those of the last hour, the oldest first.
pub(super) fn allow(limit: Limit, most: NonZeroU32, sent: &[Timestamp]) -> Outcome<()> {
    let most = most.get();
    let first_that_counts = sent.iter().rev().nth(most as usize - 1);
    first_that_counts.map_or(Ok(()), |first| Err(Fault::TooMany { limit, most, until: first.plus(HOUR) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_is_sent_when_the_oldest_of_the_most_is_an_hour_ago() {
        let most = NonZeroU32::new(2).unwrap();
        let at = |minute: u64| {
            Timestamp::from_micros(1_800_000_000_000_000).plus(Duration::from_secs(minute * 60))
        };
        assert!(allow(Limit::Codes, most, &[at(0)]).is_ok());
        let refused = |sent: &[Timestamp]| match allow(Limit::Codes, most, sent) {
            Err(Fault::TooMany { until, most: 2, limit: Limit::Codes }) => until,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&[at(0), at(7)]), at(60));
        // A limit that was lowered since: the second last one counts.
        assert_eq!(refused(&[at(0), at(7), at(9)]), at(67));
    }
}

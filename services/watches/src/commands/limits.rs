//! How often something is sent at a user's wish.

use crate::fault::{Fault, Limit, Outcome};
use bevaka_domain::clock::Timestamp;
use std::{cmp::Reverse, num::NonZeroU32, time::Duration};

/// How long sendings are remembered: as long as any limit counts them.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Sendings after this moment may count; those until then are forgotten.
pub(super) fn since(now: Timestamp) -> Timestamp {
    now.minus(REMEMBERED)
}

/// A limit, the most that it allows, and what it counts, the oldest first.
pub(super) type Counted<'a> = (Limit, NonZeroU32, &'a [Timestamp]);

/// Whether there may be one more by every limit. Of several that refuse, the one is named that lasts longest, so that what
/// is sent at its end is not refused again.
pub(super) fn allow(limits: &[Counted<'_>], now: Timestamp) -> Outcome<()> {
    let refusals = limits.iter().filter_map(|(limit, most, sent)| {
        let (most, until) = (most.get(), ends(*limit, *most, sent)?);
        (until > now).then_some((*limit, most, until))
    });
    let longest = refusals.min_by_key(|(_, _, until)| Reverse(*until));
    longest.map_or(Ok(()), |(limit, most, until)| {
        Err(Fault::TooMany { limit, most, until, after: until.since(now) })
    })
}

/// When the oldest sending that fills the limit no longer counts; none if it is not full.
fn ends(limit: Limit, most: NonZeroU32, sent: &[Timestamp]) -> Option<Timestamp> {
    let first_that_counts = sent.iter().rev().nth(most.get() as usize - 1)?;
    Some(first_that_counts.plus(limit.within()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000).plus(Duration::from_secs(minute * 60))
    }

    fn refused(limits: &[Counted<'_>], now: Timestamp) -> (Limit, Timestamp) {
        match allow(limits, now) {
            Err(Fault::TooMany { until, limit, .. }) => (limit, until),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_more_is_sent_when_the_oldest_of_the_most_is_an_hour_ago() {
        let most = NonZeroU32::new(2).unwrap();
        let codes = |sent: &[Timestamp], now| allow(&[(Limit::Codes, most, sent)], at(now));
        assert!(codes(&[at(0)], 1).is_ok());
        assert_eq!(refused(&[(Limit::Codes, most, &[at(0), at(7)])], at(59)), (Limit::Codes, at(60)));
        assert!(codes(&[at(0), at(7)], 60).is_ok());
        // A limit that was lowered since: the second last one counts.
        let lowered = [at(0), at(7), at(9)];
        assert_eq!(refused(&[(Limit::Codes, most, &lowered)], at(59)), (Limit::Codes, at(67)));
    }

    #[test]
    fn of_several_limits_the_one_that_lasts_longest_is_named() {
        let (hourly, daily) = (NonZeroU32::new(2).unwrap(), NonZeroU32::new(3).unwrap());
        let day = 24 * 60;
        let of = |sent| [(Limit::Codes, hourly, sent), (Limit::CodesOfDay, daily, sent)];
        let spread = [at(0), at(70), at(140)];
        assert_eq!(refused(&of(spread.as_slice()), at(150)), (Limit::CodesOfDay, at(day)));
        let late = [at(0), at(day - 20), at(day - 10)];
        assert_eq!(refused(&of(late.as_slice()), at(day - 5)), (Limit::Codes, at(day + 40)));
        assert!(allow(&of(late.as_slice()), at(day + 40)).is_ok());
    }
}

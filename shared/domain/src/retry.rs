//! When a failed attempt is made again.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Growing, jittered delays (R33).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryPolicy {
    /// The delay after the first failed attempt, in seconds.
    pub first_delay_s: u32,
    /// How much longer each further delay is than the one before.
    pub factor: f64,
    /// No delay is longer than this, in seconds.
    pub max_delay_s: u32,
    /// Each delay varies by up to this part, up or down: 0.2 means ±20 %.
    pub jitter: f64,
    /// The shortest wait where an answer was lost, in seconds: time for a delivery report to settle it.
    pub unknown_delay_s: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { first_delay_s: 2, factor: 4.0, max_delay_s: 3_600, jitter: 0.2, unknown_delay_s: 30 }
    }
}

impl RetryPolicy {
    /// No delay is longer, whatever a provider asks for.
    pub fn max_delay(&self) -> Duration {
        Duration::from_secs(self.max_delay_s.into())
    }

    /// The delay after so many failed attempts. `chance` lies in 0 to 1 and picks the jitter.
    pub fn delay(&self, failed_attempts: u32, chance: f64) -> Duration {
        let exponent = i32::try_from(failed_attempts.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = f64::from(self.first_delay_s) * self.factor.max(1.0).powi(exponent);
        let capped = grown.min(f64::from(self.max_delay_s));
        let swing = 1.0 + self.jitter.clamp(0.0, 1.0) * (chance.clamp(0.0, 1.0) * 2.0 - 1.0);
        Duration::from_secs_f64((capped * swing).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r33_delays_grow_to_a_limit() {
        let policy = RetryPolicy { jitter: 0.0, ..RetryPolicy::default() };
        let seconds: Vec<_> = (1..=8).map(|n| policy.delay(n, 0.5).as_secs()).collect();
        assert_eq!(seconds, [2, 8, 32, 128, 512, 2_048, 3_600, 3_600]);
    }

    proptest! {
        #[test]
        fn r33_jitter_stays_within_its_part(attempts in 0_u32..u32::MAX, chance in 0.0..=1.0) {
            let policy = RetryPolicy::default();
            let middle = policy.delay(attempts, 0.5).as_secs_f64();
            let delay = policy.delay(attempts, chance).as_secs_f64();
            prop_assert!((middle * 0.8 - 1e-6..=middle * 1.2 + 1e-6).contains(&delay));
        }
    }
}

//! Chance: ids, jitter, tokens. Seeded in tests.

use bevaka_domain::clock::Timestamp;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::sync::{Mutex, PoisonError};
use uuid::{Builder, Uuid};

/// A source of chance that many tasks share.
#[derive(Debug)]
pub struct Entropy(Mutex<StdRng>);

impl Entropy {
    /// Seeded by the operating system.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that asks for chance")]
    pub fn from_system() -> Self {
        Self(Mutex::new(StdRng::from_rng(&mut rand::rng())))
    }

    /// The same sequence for the same seed, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// A UUID of version 7 (RFC 9562): keys of one time lie together in an index.
    pub fn id(&self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A number from 0 to 1.
    pub fn chance(&self) -> f64 {
        self.with(rand::RngExt::random)
    }

    /// 32 random bytes in hexadecimal.
    pub fn token(&self) -> String {
        let mut random = [0_u8; 32];
        self.fill(&mut random);
        hex::encode(random)
    }

    /// Random bytes, for keys and for what nobody may guess.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.with(|rng| rng.fill_bytes(bytes));
    }

    fn with<T>(&self, take: impl FnOnce(&mut StdRng) -> T) -> T {
        take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_the_time_and_tests_can_repeat_them() {
        let now = Timestamp::from_micros(1_800_000_000_123_456);
        let (a, b) = (Entropy::seeded(1), Entropy::seeded(1));
        let id = a.id(now);
        assert_eq!((id.get_version_num(), id), (7, b.id(now)));
        assert_ne!(id, a.id(now));
        assert!(id < a.id(now.plus(std::time::Duration::from_millis(1))));
        assert_eq!(Entropy::from_system().token().len(), 64);
    }
}

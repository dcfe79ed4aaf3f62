//! How often a person and an address may try.

use crate::fault::{Fault, Outcome};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{net::IpAddr, num::NonZeroU32};

/// Counts tries by person and by address. Each process counts for itself.
pub(crate) struct Tries {
    persons: DefaultKeyedRateLimiter<Vec<u8>>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

impl Tries {
    /// So many in a minute.
    pub fn new(per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self { persons: RateLimiter::keyed(quota), addresses: RateLimiter::keyed(quota) }
    }

    /// Counts one try, of a person by the hash of their number where it is known.
    ///
    /// # Errors
    /// [`Fault::TooManyTries`].
    pub fn count(&self, address: IpAddr, person: Option<&Vec<u8>>) -> Outcome<()> {
        let allowed = self.addresses.check_key(&address).is_ok()
            && person.is_none_or(|person| self.persons.check_key(person).is_ok());
        if allowed { Ok(()) } else { Err(Fault::TooManyTries) }
    }

    /// Forgets those who have long not tried.
    pub fn forget(&self) {
        self.persons.retain_recent();
        self.addresses.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn the_tries_of_a_person_and_of_an_address_are_limited() {
        let two = || Tries::new(NonZeroU32::new(2).unwrap());
        let address = |n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n));
        let tries = two();
        let outcomes: Vec<_> = (0..3).map(|n| tries.count(address(n), Some(&vec![1])).is_ok()).collect();
        assert_eq!(outcomes, [true, true, false]);
        let tries = two();
        let outcomes: Vec<_> = (0..3).map(|n| tries.count(address(1), Some(&vec![n])).is_ok()).collect();
        assert_eq!(outcomes, [true, true, false]);
    }
}

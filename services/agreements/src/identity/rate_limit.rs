//! How often a person and an address may try.

use crate::fault::{Fault, Outcome};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

/// Counts tries by person and by address. Each process counts for itself.
pub(crate) struct RateLimit {
    persons: DefaultKeyedRateLimiter<Vec<u8>>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

impl RateLimit {
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
        let allowed = self.addresses.check_key(&network(address)).is_ok()
            && person.is_none_or(|person| self.persons.check_key(person).is_ok());
        if allowed { Ok(()) } else { Err(Fault::TooManyTries) }
    }

    /// Forgets those who have long not tried.
    pub fn forget(&self) {
        self.persons.retain_recent();
        self.addresses.retain_recent();
    }
}

/// Whose address it is: with IPv6 one line has a network of 64 bits, all of whose addresses are at its hands (RFC 6177).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn the_tries_of_a_person_and_of_an_address_are_limited() {
        let two = || RateLimit::new(NonZeroU32::new(2).unwrap());
        let address = |n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n));
        let limit = two();
        let outcomes: Vec<_> = (0..3).map(|n| limit.count(address(n), Some(&vec![1])).is_ok()).collect();
        assert_eq!(outcomes, [true, true, false]);
        let limit = two();
        let outcomes: Vec<_> = (0..3).map(|n| limit.count(address(1), Some(&vec![n])).is_ok()).collect();
        assert_eq!(outcomes, [true, true, false]);
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_as_one() {
        let limit = RateLimit::new(NonZeroU32::new(2).unwrap());
        let counted = |address: &str| limit.count(address.parse().unwrap(), None).is_ok();
        assert!(counted("2001:db8:0:1::1") && counted("2001:db8:0:1:ffff::2"));
        assert!(!counted("2001:db8:0:1:2:3:4:5"));
        assert!(counted("2001:db8:0:2::1"), "the network next door");
        assert!(counted("::ffff:192.0.2.1") && counted("192.0.2.1") && !counted("::ffff:192.0.2.1"));
        assert!(counted("::ffff:192.0.2.2"), "an IPv4 address is one of its own");
    }
}

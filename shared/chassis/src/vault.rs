//! Seals what must not be readable in the database, and finds it again by a keyed hash.
//!
//! AES-256-GCM with a random nonce before each sealed text; what it belongs to is authenticated with it, so that a
//! sealed text moved to another place does not open. Both keys follow from the one of the settings (HKDF, RFC 5869).

use crate::entropy::Entropy;
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use bevaka_domain::contact::Address;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::{fmt, sync::Arc};

/// Where the hash of an address belongs.
const ADDRESS: &str = "contact_points.address";
const NONCE: usize = 12;
const KEY: usize = 32;

/// Seals and opens. Clones share the key.
#[derive(Clone)]
pub struct Vault(Arc<Keys>);

struct Keys {
    seal: Aes256Gcm,
    find: Hmac<Sha256>,
}

/// Why there is no vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("settings: vault.key: set 64 hexadecimal digits; make them by `openssl rand -hex 32`")]
pub struct InvalidKey;

/// A sealed text does not open: another key sealed it, it belongs elsewhere, or it was altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open with this key in this place")]
pub struct Unopened;

impl Vault {
    /// A vault by the key of the settings, `vault.key`.
    ///
    /// # Errors
    /// [`InvalidKey`] if it is none.
    pub fn new(key: &SecretString) -> Result<Self, InvalidKey> {
        let mut secret = [0_u8; KEY];
        hex::decode_to_slice(key.expose_secret(), &mut secret).map_err(|_| InvalidKey)?;
        let hkdf = hkdf::Hkdf::<Sha256>::new(None, &secret);
        let derived = |purpose: &[u8]| {
            let mut key = [0_u8; KEY];
            hkdf.expand(purpose, &mut key).map(|()| key).map_err(|_| InvalidKey)
        };
        let seal = Aes256Gcm::new_from_slice(&derived(b"bevaka seal")?).map_err(|_| InvalidKey)?;
        let find = Hmac::new_from_slice(&derived(b"bevaka find")?).map_err(|_| InvalidKey)?;
        Ok(Self(Arc::new(Keys { seal, find })))
    }

    /// Seals a value; `place` says what it belongs to, such as `persons.number`.
    pub fn seal(&self, place: &str, value: &[u8], entropy: &Entropy) -> Vec<u8> {
        let mut nonce = [0_u8; NONCE];
        entropy.fill(&mut nonce);
        let payload = Payload { msg: value, aad: place.as_bytes() };
        // Fails only for values of more than 64 GB.
        let sealed = self.0.seal.encrypt(&nonce.into(), payload).unwrap_or_default();
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Vault::seal`] sealed for the same place.
    ///
    /// # Errors
    /// [`Unopened`].
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(Unopened)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        self.0.seal.decrypt(&(*nonce).into(), payload).map_err(|_| Unopened)
    }

    /// A keyed hash by which an equal value is found again, and nothing is learnt without the key.
    pub fn hash(&self, place: &str, value: &[u8]) -> Vec<u8> {
        self.keyed(place, value).finalize().into_bytes().to_vec()
    }

    /// The hash by which an address is found, also after its contact point is gone (R39).
    pub fn address_hash(&self, address: &Address) -> Vec<u8> {
        self.hash(ADDRESS, address.reveal().as_bytes())
    }

    /// Whether the hash of a value begins with these bytes; how long that takes tells nothing.
    pub fn confirms(&self, place: &str, value: &[u8], hash: &[u8]) -> bool {
        self.keyed(place, value).verify_truncated_left(hash).is_ok()
    }

    fn keyed(&self, place: &str, value: &[u8]) -> Hmac<Sha256> {
        let mut hash = self.0.find.clone();
        hash.update(place.as_bytes());
        hash.update(&[0]);
        hash.update(value);
        hash
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(digit: &str) -> Vault {
        Vault::new(&digit.repeat(64).into()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_with_its_key_and_unaltered() {
        let entropy = Entropy::seeded(1);
        let sealed = vault("a").seal("persons.number", b"191212121212", &entropy);
        assert!(!sealed.windows(6).any(|window| window == b"191212"));
        assert_eq!(vault("a").open("persons.number", &sealed).unwrap(), b"191212121212");
        assert_eq!(vault("b").open("persons.number", &sealed), Err(Unopened));
        assert_eq!(vault("a").open("tokens.key", &sealed), Err(Unopened));
        for n in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[n] ^= 1;
            assert_eq!(vault("a").open("persons.number", &altered), Err(Unopened), "byte {n}");
        }
        assert_eq!(vault("a").open("persons.number", b"short"), Err(Unopened));
        assert_ne!(sealed, vault("a").seal("persons.number", b"191212121212", &entropy));
    }

    #[test]
    fn equal_values_hash_alike_with_the_same_key_and_place_only() {
        let hash = vault("a").hash("p", b"1");
        assert_eq!((hash.len(), &hash), (32, &vault("a").hash("p", b"1")));
        for other in [vault("b").hash("p", b"1"), vault("a").hash("q", b"1"), vault("a").hash("p", b"2")] {
            assert_ne!(hash, other);
        }
        for whole in [&hash[..], &hash[..16]] {
            assert!(vault("a").confirms("p", b"1", whole));
            assert!(!vault("b").confirms("p", b"1", whole) && !vault("a").confirms("q", b"1", whole));
        }
        assert!(!vault("a").confirms("p", b"1", b"") && !vault("a").confirms("p", b"1", &hash[1..]));
    }

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        for key in ["", "ab", &"g".repeat(64), &"a".repeat(66), &"å".repeat(32)] {
            assert_eq!(Vault::new(&key.to_owned().into()).err(), Some(InvalidKey), "{key}");
        }
    }
}

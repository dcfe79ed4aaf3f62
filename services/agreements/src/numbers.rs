//! Personal numbers, and what holds them, and keys of security tokens as they are stored: sealed, and numbers found by a
//! keyed hash.

use bevaka_chassis::{
    entropy::Entropy,
    vault::{Unopened, Vault},
};
use bevaka_domain::person::{InvalidPersonalNumber, PersonalNumber};
use bevaka_store::persons::{Person, Token};
use secrecy::{ExposeSecret, SecretSlice};

/// Where a sealed personal number belongs, and the hash by which it is found.
const NUMBER: &str = "persons.number";
/// Where a sealed key of a security token belongs.
const TOKEN_KEY: &str = "tokens.key";

/// Where the sealed evidence of a signature belongs.
const EVIDENCE: &str = "order_signatures.evidence";

/// A stored personal number cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableNumber {
    /// It was sealed with another key.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// What was sealed is no number.
    #[error(transparent)]
    Invalid(#[from] InvalidPersonalNumber),
}

/// A personal number as it is stored: the hash that finds it, and sealed.
pub fn sealed(vault: &Vault, number: &PersonalNumber, entropy: &Entropy) -> (Vec<u8>, Vec<u8>) {
    (hash(vault, number), vault.seal(NUMBER, number.reveal().as_bytes(), entropy))
}

/// The hash that finds the person with a number.
pub fn hash(vault: &Vault, number: &PersonalNumber) -> Vec<u8> {
    vault.hash(NUMBER, number.reveal().as_bytes())
}

/// The personal number of a stored person.
///
/// # Errors
/// [`UnreadableNumber`].
pub fn of(vault: &Vault, person: &Person) -> Result<PersonalNumber, UnreadableNumber> {
    let opened = vault.open(NUMBER, &person.number_sealed)?;
    Ok(PersonalNumber::parse(&String::from_utf8_lossy(&opened))?)
}

/// The evidence of a signature as it is stored.
pub fn sealed_evidence(vault: &Vault, evidence: &str, entropy: &Entropy) -> Vec<u8> {
    vault.seal(EVIDENCE, evidence.as_bytes(), entropy)
}

/// Stored evidence, byte for byte as it was before it was sealed.
///
/// # Errors
/// [`Unopened`] if it was sealed with another key, or is not text.
pub fn evidence_of(vault: &Vault, sealed: &[u8]) -> Result<String, Unopened> {
    String::from_utf8(vault.open(EVIDENCE, sealed)?).map_err(|_| Unopened)
}

/// The key of a security token as it is stored.
pub fn sealed_key(vault: &Vault, key: &SecretSlice<u8>, entropy: &Entropy) -> Vec<u8> {
    vault.seal(TOKEN_KEY, key.expose_secret(), entropy)
}

/// The key of a stored security token.
///
/// # Errors
/// [`Unopened`] if it was sealed with another key.
pub fn key_of(vault: &Vault, token: &Token) -> Result<SecretSlice<u8>, Unopened> {
    Ok(vault.open(TOKEN_KEY, &token.key_sealed)?.into())
}

//! Security tokens, as the bank hands them over.

use super::imported;
use crate::numbers;
use anyhow::Context;
use bevaka_chassis::{
    entropy::Entropy,
    vault::{Unopened, Vault},
};
use bevaka_domain::{
    clock::Timestamp,
    person::PersonalNumber,
    trail::{Action, Entry},
};
use bevaka_store::{
    Tx,
    persons::{self, Token as Known},
};
use secrecy::{ExposeSecret, SecretSlice};
use serde::Deserialize;
use serde_json::json;
use std::ops::RangeInclusive;

/// How many characters a serial number may have.
const SERIAL: RangeInclusive<usize> = 1..=40;
/// How many bytes a key may have.
const KEY: RangeInclusive<usize> = 16..=64;

/// `{"type": "token", …}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Whose it is.
    pub personal_number: PersonalNumber,
    /// The number on its back; the key of the line.
    pub serial: String,
    /// The key that it shares with the bank. Needed for one that counts.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Whether its answers count.
    #[serde(default)]
    pub state: State,
    /// Whether one that is locked or revoked shall count again with the key that it has.
    #[serde(default)]
    pub unlock: bool,
}

/// Whether the answers of a token count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They do, unless wrong ones have locked it.
    #[default]
    Active,
    /// The bank has taken it away.
    Revoked,
}

/// The key of a token: 16 to 64 bytes, in hexadecimal digits.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(SecretSlice<u8>);

/// A text that is no key of a token. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("secret must have 16 to 64 bytes in hexadecimal digits")]
pub struct InvalidSecret;

impl TryFrom<String> for Secret {
    type Error = InvalidSecret;

    fn try_from(text: String) -> Result<Self, InvalidSecret> {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pair = |pair: &[u8]| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
        let bytes = bytes.filter(|bytes| KEY.contains(&bytes.len())).ok_or(InvalidSecret)?;
        Ok(Self(bytes.into()))
    }
}

impl Token {
    /// What a line can get wrong by itself.
    ///
    /// # Errors
    /// Names the field and its limit.
    pub fn check(&self) -> Result<(), String> {
        let is_printable = self.serial.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_printable || !SERIAL.contains(&self.serial.len()) {
            return Err(format!(
                "serial must have {} to {} letters, digits or signs",
                SERIAL.start(),
                SERIAL.end()
            ));
        }
        match (self.state, &self.secret, self.unlock) {
            (State::Active, None, _) => Err("secret is missing".to_owned()),
            (State::Revoked, _, true) => Err("unlock: a revoked token is not unlocked".to_owned()),
            _ => Ok(()),
        }
    }

    /// Makes, replaces, unlocks or revokes the token; gives what the trail says of it. With another key or owner it is
    /// another token, whose count of wrong answers begins anew; else count and lock stay unless it is to be unlocked.
    ///
    /// # Errors
    /// If the database fails, or a stored key was sealed with another vault's key.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        vault: Option<&Vault>,
        entropy: &Entropy,
        now: Timestamp,
    ) -> anyhow::Result<Option<Entry>> {
        let vault = vault.context("settings: vault.key: is not set")?;
        let hash = numbers::hash(vault, &self.personal_number);
        let person = persons::by_number(tx, &hash).await?;
        let person = person.context("a person vanished while the file was imported")?.id;
        let mut tokens = persons::tokens_of(tx, person).await?.into_iter();
        let known = tokens.find(|token| token.serial == self.serial);
        let (token, action) = match (self.state, known, &self.secret) {
            (State::Revoked, Some(known), _) if known.locked_at.is_none() => {
                (Known { locked_at: Some(now), ..known }, Action::TokenRevoked)
            }
            (State::Active, Some(known), Some(secret)) if secret.is_key_of(&known, vault)? => {
                if !self.unlock || known.locked_at.is_none() {
                    return Ok(None);
                }
                (Known { failed_tries: 0, locked_at: None, ..known }, Action::TokenUnlocked)
            }
            (State::Active, _, Some(secret)) => {
                let key_sealed = numbers::sealed_key(vault, &secret.0, entropy);
                persons::upsert_token(tx, &self.serial, person, &key_sealed).await?;
                let serial = self.serial.clone();
                (Known { serial, key_sealed, failed_tries: 0, locked_at: None }, Action::TokenAssigned)
            }
            (State::Revoked, ..) | (State::Active, _, None) => return Ok(None),
        };
        persons::save_token(tx, &token).await?;
        Ok(Some(imported(now, action, None, person, json!({}))))
    }
}

impl Secret {
    fn is_key_of(&self, token: &Known, vault: &Vault) -> Result<bool, Unopened> {
        Ok(numbers::key_of(vault, token)?.expose_secret() == self.0.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_16_to_64_bytes_in_hexadecimal_digits() {
        let key = |text: String| Secret::try_from(text).map(|secret| secret.0.expose_secret().to_vec());
        assert_eq!(key("0f".repeat(16)).unwrap(), [0x0f; 16]);
        assert_eq!(key("Fe".repeat(64)).unwrap(), [0xfe; 64]);
        for text in ["0f".repeat(15), "0f".repeat(65), "0".repeat(33), "å".repeat(20), "+1".repeat(20)] {
            assert_eq!(key(text), Err(InvalidSecret));
        }
    }

    #[test]
    fn debug_shows_neither_key_nor_number() {
        let line = r#"{"personal_number": "19121212-1212", "serial": "1", "secret": "00112233445566778899aabbccddeeff"}"#;
        let shown = format!("{:?}", serde_json::from_str::<Token>(line).unwrap());
        assert!(!shown.contains("1212") && !shown.contains("17") && !shown.contains("0011"), "{shown}");
    }
}

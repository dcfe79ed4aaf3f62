//! Security tokens, as the bank hands them over.

use super::imported;
use crate::numbers;
use anyhow::Context;
use bevaka_chassis::{entropy::Entropy, vault::Vault};
use bevaka_domain::{
    clock::Timestamp,
    person::PersonalNumber,
    trail::{Action, Entry},
};
use bevaka_store::{Tx, persons};
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
    /// The key that it shares with the bank.
    pub secret: Secret,
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
        if is_printable && SERIAL.contains(&self.serial.len()) {
            return Ok(());
        }
        Err(format!("serial must have {} to {} letters, digits or signs", SERIAL.start(), SERIAL.end()))
    }

    /// Makes or replaces the token; gives what the trail says of it. Wrong answers and a lock stay.
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
        let tokens = persons::tokens_of(tx, person).await?;
        if let Some(token) = tokens.iter().find(|token| token.serial == self.serial)
            && numbers::key_of(vault, token)?.expose_secret() == self.secret.0.expose_secret()
        {
            return Ok(None);
        }
        let sealed = numbers::sealed_key(vault, &self.secret.0, entropy);
        persons::upsert_token(tx, &self.serial, person, &sealed).await?;
        Ok(Some(imported(now, Action::TokenAssigned, None, person, json!({}))))
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

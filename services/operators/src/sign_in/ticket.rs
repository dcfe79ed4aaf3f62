//! What a browser keeps for us while somebody is at the provider: sealed, so that nobody reads or makes one, and only for
//! minutes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bevaka_chassis::{entropy::Entropy, vault::Vault};
use bevaka_domain::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How long somebody may take at the provider.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);
const PLACE: &str = "operator_sign_in.ticket";

/// One way to the provider and back. It has no `Debug`: the verifier is a secret.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ticket {
    /// What the provider gives back to us (RFC 6749, 10.12).
    pub state: String,
    /// What its token must name (`OpenID` Connect Core 1.0, 3.1.2.1).
    pub nonce: String,
    /// What proves that whoever began also ends (RFC 7636).
    pub verifier: String,
    pub next: String,
    ends_at: Timestamp,
}

impl Ticket {
    /// A new one, from now on.
    pub(crate) fn new(next: String, entropy: &Entropy, now: Timestamp) -> Self {
        Self {
            state: entropy.token(),
            nonce: entropy.token(),
            verifier: entropy.token(),
            next,
            ends_at: now.plus(LIFETIME),
        }
    }

    /// As it lies in the cookie.
    pub(crate) fn seal(&self, vault: &Vault, entropy: &Entropy) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(vault.seal(PLACE, &text, entropy))
    }

    /// From the cookie; none if it is not ours or too old.
    pub(crate) fn open(cookie: &str, vault: &Vault, now: Timestamp) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let ticket: Self = serde_json::from_slice(&vault.open(PLACE, &sealed).ok()?).ok()?;
        (now < ticket.ends_at).then_some(ticket)
    }

    /// Whether an answer of the provider belongs to it.
    pub(crate) fn is_of(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_opens_for_ten_minutes_where_it_was_sealed() {
        let (entropy, now) = (Entropy::seeded(1), Timestamp::from_micros(1_800_000_000_000_000));
        let vault = Vault::new(&"a".repeat(64).into()).unwrap();
        let ticket = Ticket::new("/drift".into(), &entropy, now);
        let cookie = ticket.seal(&vault, &entropy);
        assert!(!cookie.contains(&ticket.verifier));
        let opened = |vault: &Vault, now| Ticket::open(&cookie, vault, now);
        let last = now.plus(LIFETIME).minus(Duration::from_micros(1));
        assert_eq!(opened(&vault, last).unwrap().verifier, ticket.verifier);
        assert!(opened(&vault, now.plus(LIFETIME)).is_none());
        assert!(opened(&Vault::new(&"b".repeat(64).into()).unwrap(), now).is_none());
        assert!(Ticket::open("no ticket", &vault, now).is_none());
        assert!(ticket.is_of(&ticket.state) && !ticket.is_of("") && !ticket.is_of(&ticket.nonce));
    }
}

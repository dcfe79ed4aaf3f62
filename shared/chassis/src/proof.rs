//! What proves something to Bevaka without being stored anywhere: the code in an alert, the code that confirms a
//! contact point, the link that turns a watch off. All of them follow from the key of the vault.

use crate::vault::Vault;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bevaka_domain::{
    event::Kind,
    ids::{ContactId, UserId},
};
use secrecy::SecretString;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Crockford's base 32: no letter that is easily taken for a digit.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How much of a hash a link carries, in bytes: as much as nobody guesses.
const SEAL: usize = 16;

const ALERT: &str = "alerts.code";
const CONTACT: &str = "contact_codes.code";
const STORED: &str = "contact_codes.hash";
const UNSUBSCRIBE: &str = "watches.unsubscribe";

/// Makes and checks proofs. Clones share the key.
#[derive(Clone, Debug)]
pub struct Proofs(Vault);

impl Proofs {
    /// Proofs by the key of a vault.
    pub const fn new(vault: Vault) -> Self {
        Self(vault)
    }

    /// The code that an alert carries, such as `K7M2-9QFD`, so that its recipient can ask whether it is genuine. `id`
    /// is that of the alert, or of the parcel that several left in.
    pub fn alert_code(&self, id: Uuid) -> String {
        let hash = self.0.hash(ALERT, id.as_bytes());
        let mut code = String::with_capacity(9);
        let mut left = hash.iter().take(5).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        for place in 0..8 {
            if place == 4 {
                code.push('-');
            }
            code.push(char::from(DIGITS[(left >> 35 & 31) as usize]));
            left <<= 5;
        }
        code
    }

    /// Whether two codes of alerts are the same as people write them: case, dashes and blanks do not count, O is 0, and
    /// I and L are 1.
    pub fn same_code(a: &str, b: &str) -> bool {
        let read = |code: &str| -> String {
            code.chars()
                .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'))
                .map(|c| match c.to_ascii_uppercase() {
                    'O' => '0',
                    'I' | 'L' => '1',
                    c => c,
                })
                .collect()
        };
        let a = read(a);
        !a.is_empty() && a == read(b)
    }

    /// The six digits that confirm a contact point (R28), derived from the id of the sending. Nothing that is stored or
    /// sent on the bus tells them.
    pub fn contact_code(&self, id: Uuid) -> SecretString {
        let hash = self.0.hash(CONTACT, id.as_bytes());
        let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{:06}", number % 1_000_000).into()
    }

    /// How the code of a contact point is stored (R28).
    pub fn hash_of_code(&self, contact: ContactId, code: &str) -> Vec<u8> {
        self.0.hash(STORED, &[contact.0.as_bytes(), code.as_bytes()].concat())
    }

    /// What stands at the end of a link that turns a user's watches of these kinds off, and does nothing else: it is no
    /// proof of who follows it (R35).
    pub fn unsubscribe_token(&self, user: UserId, kinds: &BTreeSet<Kind>) -> String {
        let kinds: Vec<_> = kinds.iter().map(Kind::as_str).collect();
        let mut token = [user.0.as_bytes().as_slice(), kinds.join(",").as_bytes()].concat();
        let seal = self.0.hash(UNSUBSCRIBE, &token);
        token.extend(seal.iter().take(SEAL));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Whose watches of which kinds a link turns off; none if Bevaka did not make it.
    pub fn read_unsubscribe(&self, token: &str) -> Option<(UserId, BTreeSet<Kind>)> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, seal) = token.split_last_chunk::<SEAL>()?;
        if !self.0.confirms(UNSUBSCRIBE, said, seal) {
            return None;
        }
        let (user, kinds) = said.split_first_chunk()?;
        let kinds = std::str::from_utf8(kinds).ok()?;
        let kinds: Option<BTreeSet<_>> = kinds.split(',').map(|kind| Kind::parse(kind).ok()).collect();
        Some((UserId(Uuid::from_bytes(*user)), kinds?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::collections::HashSet;

    fn proofs(digit: &str) -> Proofs {
        Proofs::new(Vault::new(&digit.repeat(64).into()).unwrap())
    }

    fn ids() -> impl Iterator<Item = Uuid> {
        (1..=500).map(Uuid::from_u128)
    }

    #[test]
    fn an_alert_has_one_code_that_only_the_key_tells() {
        let ours = proofs("a");
        let codes: HashSet<_> = ids().map(|id| ours.alert_code(id)).collect();
        assert_eq!(codes.len(), 500);
        for code in &codes {
            let (left, right) = code.split_once('-').unwrap();
            assert_eq!((left.len(), right.len()), (4, 4), "{code}");
            assert!(left.bytes().chain(right.bytes()).all(|digit| DIGITS.contains(&digit)), "{code}");
        }
        let id = Uuid::from_u128(1);
        assert_eq!(ours.alert_code(id), proofs("a").alert_code(id));
        assert_ne!(ours.alert_code(id), proofs("b").alert_code(id));
    }

    #[test]
    fn a_code_is_known_however_somebody_types_it() {
        for typed in ["K7M2-01QD", "k7m201qd", " k7m2 o1qd ", "K7M2\u{2013}OLQD", "k7m2-0iqd"] {
            assert!(Proofs::same_code("K7M2-01QD", typed), "{typed}");
        }
        for typed in ["", "-", "K7M2-01Q", "K7M2-01QDD", "K7M2-01QE"] {
            assert!(!Proofs::same_code("K7M2-01QD", typed), "{typed}");
        }
        assert!(!Proofs::same_code("", ""));
    }

    #[test]
    fn r28_a_contact_is_confirmed_by_six_digits_that_are_stored_as_a_hash_of_their_own() {
        let ours = proofs("a");
        let codes: HashSet<_> = ids().map(|id| ours.contact_code(id).expose_secret().to_owned()).collect();
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|c| c.is_ascii_digit())));
        assert!(codes.len() > 490, "{}", codes.len());
        let id = Uuid::from_u128(1);
        let code = ours.contact_code(id);
        assert_ne!(code.expose_secret(), proofs("b").contact_code(id).expose_secret());
        assert!(!format!("{code:?} {ours:?}").contains(code.expose_secret()));

        let (one, other) = (ContactId(Uuid::from_u128(1)), ContactId(Uuid::from_u128(2)));
        let stored = ours.hash_of_code(one, code.expose_secret());
        assert_eq!(stored, proofs("a").hash_of_code(one, code.expose_secret()));
        assert_ne!(stored, ours.hash_of_code(other, code.expose_secret()));
        assert_ne!(stored, ours.hash_of_code(one, "x"));
        assert_ne!(stored, proofs("b").hash_of_code(one, code.expose_secret()));
    }

    #[test]
    fn a_link_turns_off_what_it_was_made_for_and_cannot_be_altered() {
        let ours = proofs("a");
        let user = UserId(Uuid::from_u128(7));
        let kinds: BTreeSet<_> =
            ["payment.rejected", "einvoice.received"].map(|kind| Kind::parse(kind).unwrap()).into();
        let token = ours.unsubscribe_token(user, &kinds);
        assert!(token.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'), "{token}");
        assert_eq!(ours.read_unsubscribe(&token), Some((user, kinds)));
        assert_eq!(proofs("b").read_unsubscribe(&token), None);
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for n in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[n] ^= 1;
            assert_eq!(ours.read_unsubscribe(&URL_SAFE_NO_PAD.encode(altered)), None, "byte {n}");
        }
        for token in ["", "x", "å", "AAAA", &URL_SAFE_NO_PAD.encode([0; 16]), &format!("{token}=")] {
            assert_eq!(ours.read_unsubscribe(token), None, "{token}");
        }
        assert_eq!(ours.read_unsubscribe(&ours.unsubscribe_token(user, &BTreeSet::new())), None);
    }
}

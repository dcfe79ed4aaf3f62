//! The security token: OATH OCRA, challenge and response (RFC 6287).
//!
//! The person types a challenge into the token and reads a code off it. Bank and token share a key, so a code proves
//! something to the bank alone.

mod challenge;
mod suite;
#[cfg(test)]
mod tests;

pub use challenge::{challenge, check_number};
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
pub use suite::{Hash, InvalidSuite, Question, Suite};
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// The question has this many bytes in the message, whatever the suite (RFC 6287, 5.1).
const QUESTION_BYTES: usize = 128;
/// The shortest key, in bytes (RFC 4226, R6).
const SHORTEST_KEY: usize = 16;

/// What goes into a response besides the key. What the suite asks for must be there, and nothing else.
#[derive(Clone, Copy, Default)]
pub struct Inputs<'a> {
    /// The challenge.
    pub question: &'a str,
    /// The counter, where the suite has `C`.
    pub counter: Option<u64>,
    /// The person's PIN, where the suite has `P`.
    pub pin: Option<&'a str>,
    /// What names the session, where the suite has `S`; shorter ones are padded on the left.
    pub session: Option<&'a [u8]>,
    /// When the response is computed, where the suite has `T`.
    pub at: Option<OffsetDateTime>,
}

/// Why no response can be computed. Holds no value that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OcraFault {
    /// The key is shorter than RFC 4226 allows.
    #[error("the key of a security token has at least {SHORTEST_KEY} bytes")]
    Key,
    /// The challenge is empty, too long or of other characters than the suite names.
    #[error("the challenge does not fit the suite's format or length")]
    Question,
    /// An input that the suite asks for is missing or does not fit, or the suite does not ask for it.
    #[error("the suite asks for something else about the {0} than was given")]
    Input(&'static str),
}

impl Suite {
    /// The response to a challenge: as many decimal digits as the suite says.
    ///
    /// # Errors
    /// [`OcraFault`] where the key is too short or the inputs are not those that the suite asks for.
    pub fn respond(&self, key: &SecretSlice<u8>, inputs: &Inputs<'_>) -> Result<String, OcraFault> {
        let key = key.expose_secret();
        if key.len() < SHORTEST_KEY {
            return Err(OcraFault::Key);
        }
        let message = self.message(inputs)?;
        let code = match self.hash {
            Hash::Sha1 => authenticate::<Sha1>(key, &message),
            Hash::Sha256 => authenticate::<Sha256>(key, &message),
            Hash::Sha512 => authenticate::<Sha512>(key, &message),
        }?;
        Ok(truncated(&code, self.digits))
    }

    /// Whether an answer is the response. A wrong one takes as long as a right one, wherever it differs.
    ///
    /// # Errors
    /// As [`Suite::respond`].
    pub fn matches(
        &self,
        key: &SecretSlice<u8>,
        inputs: &Inputs<'_>,
        answer: &str,
    ) -> Result<bool, OcraFault> {
        let response = Zeroizing::new(self.respond(key, inputs)?);
        Ok(response.as_bytes().ct_eq(answer.as_bytes()).into())
    }

    /// What is authenticated: `suite ‖ 0x00 ‖ C ‖ Q ‖ P ‖ S ‖ T` (RFC 6287, 5.1).
    fn message(&self, inputs: &Inputs<'_>) -> Result<Zeroizing<Vec<u8>>, OcraFault> {
        let mut message = Zeroizing::new(self.as_str().as_bytes().to_vec());
        message.push(0);
        if let Some(((), counter)) = agreed(self.counter.then_some(()), inputs.counter, "counter")? {
            message.extend(counter.to_be_bytes());
        }
        message.extend(self.question.padded(inputs.question).ok_or(OcraFault::Question)?);
        if let Some((hash, pin)) = agreed(self.pin, inputs.pin, "PIN")? {
            message.extend(hash.digest(pin.as_bytes()));
        }
        if let Some((length, session)) = agreed(self.session, inputs.session, "session")? {
            let padding = usize::from(length).checked_sub(session.len());
            message.extend(std::iter::repeat_n(0, padding.ok_or(OcraFault::Input("session"))?));
            message.extend_from_slice(session);
        }
        if let Some((step, at)) = agreed(self.step, inputs.at, "time")? {
            let seconds = u64::try_from(at.unix_timestamp()).map_err(|_| OcraFault::Input("time"))?;
            message.extend((seconds / u64::from(step.get())).to_be_bytes());
        }
        Ok(message)
    }
}

/// Both what the suite asks for and what was given, or neither.
fn agreed<A, B>(asked: Option<A>, given: Option<B>, what: &'static str) -> Result<Option<(A, B)>, OcraFault> {
    match (asked, given) {
        (Some(asked), Some(given)) => Ok(Some((asked, given))),
        (None, None) => Ok(None),
        _ => Err(OcraFault::Input(what)),
    }
}

impl Hash {
    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

impl Question {
    /// The challenge in its 128 bytes, or nothing where it does not fit.
    fn padded(self, text: &str) -> Option<Vec<u8>> {
        let (longest, fits): (_, fn(char) -> bool) = match self {
            Self::Numeric(longest) => (longest, |c| c.is_ascii_digit()),
            Self::Alphanumeric(longest) => (longest, |c| c.is_ascii_alphanumeric()),
            Self::Hexadecimal(longest) => (longest, |c| c.is_ascii_hexdigit()),
        };
        if text.is_empty() || text.len() > usize::from(longest) || !text.chars().all(fits) {
            return None;
        }
        let mut bytes = match self {
            Self::Numeric(_) => from_nibbles(&nibbles_of_decimal(text)),
            Self::Hexadecimal(_) => from_nibbles(&digits(text, 16)),
            Self::Alphanumeric(_) => text.as_bytes().to_vec(),
        };
        bytes.resize(QUESTION_BYTES, 0);
        Some(bytes)
    }
}

fn digits(text: &str, radix: u32) -> Vec<u8> {
    text.chars().filter_map(|c| c.to_digit(radix)).filter_map(|digit| u8::try_from(digit).ok()).collect()
}

/// A decimal number in base 16, the highest digit first, without leading zeros. Up to 64 digits do not fit an integer.
fn nibbles_of_decimal(text: &str) -> Vec<u8> {
    let mut lowest_first = vec![0u8];
    for digit in digits(text, 10) {
        let mut carry = digit;
        for nibble in &mut lowest_first {
            let value = *nibble * 10 + carry;
            (*nibble, carry) = (value % 16, value / 16);
        }
        if carry > 0 {
            lowest_first.push(carry);
        }
    }
    lowest_first.reverse();
    lowest_first
}

/// Bytes of hexadecimal digits. An odd last one is the upper half of its byte: padding goes to the right.
fn from_nibbles(nibbles: &[u8]) -> Vec<u8> {
    nibbles.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

fn authenticate<D: EagerHash>(key: &[u8], message: &[u8]) -> Result<Zeroizing<Vec<u8>>, OcraFault> {
    let mut mac = Hmac::<D>::new_from_slice(key).map_err(|_| OcraFault::Key)?;
    mac.update(message);
    Ok(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
}

/// The last digits of the 31 bits that the code's last half-byte points at (RFC 4226, 5.3).
fn truncated(code: &[u8], digits: u8) -> String {
    let offset = usize::from(code.last().copied().unwrap_or(0) & 0x0f);
    let picked = code.iter().skip(offset).take(4).fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let number = (picked & 0x7fff_ffff) % 10u64.pow(u32::from(digits));
    format!("{number:0width$}", width = usize::from(digits))
}

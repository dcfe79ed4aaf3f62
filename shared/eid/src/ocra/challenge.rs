//! The challenge of a signature: it holds which company and which text, so that a person can compare it.

use sha2::{Digest, Sha256};

/// Digits of the organisation number, and of the check number.
const HALF: usize = 6;

/// The twelve digits that a person types to sign a text for a company: the last six of its organisation number, then
/// [`check_number`]. Whoever makes a person sign something else shows them another number.
pub fn challenge(organisation_number: &str, text: &str) -> String {
    let digits: Vec<char> = organisation_number.chars().filter(char::is_ascii_digit).collect();
    let company: String = digits[digits.len().saturating_sub(HALF)..].iter().collect();
    format!("{company:0>HALF$}{}", check_number(text))
}

/// Six digits that follow from a text: the first eight bytes of its SHA-256, as a number, modulo a million.
pub fn check_number(text: &str) -> String {
    let first = Sha256::digest(text).iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:0HALF$}", first % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocra::{Inputs, Suite};

    #[test]
    fn the_challenge_is_of_the_company_and_the_text() {
        // SHA-256("abc") begins ba7816bf 8f01cfea = 13436514500253700074.
        assert_eq!(check_number("abc"), "700074");
        assert_eq!(challenge("556016-0680", "abc"), "160680700074");
        assert_eq!(challenge("5560160680", "abc"), "160680700074");
        assert_ne!(challenge("5560160680", "abd"), "160680700074");
    }

    #[test]
    fn every_challenge_fits_the_suite_for_signing() {
        let key = vec![1; 32].into();
        for number in ["", "1", "5560160680", "191212121212"] {
            let question = challenge(number, "text");
            assert_eq!(question.len(), 12);
            assert!(Suite::SIGN.respond(&key, &Inputs { question: &question, ..Inputs::default() }).is_ok());
        }
    }
}

//! The security token's challenge, to sign in and to sign.

use super::{FieldFault, Place, Section, View, parts::Purpose};
use bevaka_domain::clock::Timestamp;
use serde::{Serialize, Serializer};

/// The page with the challenge. Its form posts `answer`, eight digits, to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct TokenChallenge {
    /// What is signed in to or signed.
    pub purpose: Purpose,
    /// The digits to type into the token; shown in groups of four.
    #[serde(serialize_with = "in_groups")]
    pub challenge: String,
    /// What the challenge of a signature is made of, for a person to compare; none to sign in.
    pub made_of: Option<ChallengeParts>,
    /// How many answers may still be wrong, this one included.
    pub tries_left: u64,
    /// When the challenge stops being valid.
    pub expires_at: Timestamp,
    /// Where the answer is posted to.
    pub action: String,
    /// Where *Avbryt* posts to.
    pub cancel: String,
    /// What was wrong with the answer before.
    #[serde(skip)]
    pub fault: Option<TokenFault>,
}

/// What the challenge of a signature is made of.
#[derive(Clone, Debug, Serialize)]
pub struct ChallengeParts {
    /// The last digits of the company's organisation number, which come first.
    pub organisation: String,
    /// The check number of the text, which comes after them.
    pub check: String,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Not eight digits.
    Malformed,
    /// Not what the token of this person shows.
    Wrong,
}

/// `12345678` as `1234 5678`, as the token shows it.
fn in_groups<S: Serializer>(challenge: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let digits: Vec<char> = challenge.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    serializer.serialize_str(&groups.join(" "))
}

impl View for TokenChallenge {
    const TEMPLATE: &'static str = "token";

    fn title(&self) -> &'static str {
        match self.purpose {
            Purpose::SignIn => "token-title-sign-in",
            Purpose::Sign { .. } => "token-title-sign",
        }
    }

    fn place(&self) -> Place {
        self.purpose.place()
    }

    fn help(&self) -> Section {
        self.purpose.help()
    }

    fn faults(&self) -> Vec<FieldFault> {
        let key = match self.fault {
            None => return Vec::new(),
            Some(TokenFault::Malformed) => "token-malformed",
            Some(TokenFault::Wrong) => "token-wrong",
        };
        vec![FieldFault::new("answer", key)]
    }
}

//! The security token's challenge.

use super::{Purpose, is_late};
use crate::{
    fault::Fault,
    identity::{
        attempt::{Attempt, Way},
        token,
    },
    pages::{nav, session::Guest},
    paths,
};
use bevaka_domain::clock::Timestamp;
use bevaka_web::{
    page::{At, FieldError, Title, View},
    page_error::{PageError, PageResult},
};
use serde::{Deserialize, Serialize, Serializer};

/// The page with the challenge.
#[derive(Clone, Serialize)]
pub struct TokenChallenge {
    pub purpose: Purpose,
    /// The digits to type into the token.
    #[serde(serialize_with = "in_groups")]
    pub challenge: String,
    /// What the challenge of a signature is made of, for a person to compare; none to sign in.
    pub made_of: Option<ChallengeParts>,
    /// How many answers may still be wrong, this one included.
    pub tries_left: u64,
    pub expires_at: Timestamp,
    /// Where the answer is posted to.
    pub action: String,
    pub cancel: String,
    #[serde(skip)]
    pub errors: Vec<FieldError>,
}

#[derive(Clone, Serialize)]
pub struct ChallengeParts {
    /// The last digits of the company's organisation number.
    pub organisation: String,
    /// The check number of the text.
    pub check: String,
}

/// `12345678` as `1234 5678`, as the token shows it.
fn in_groups<S: Serializer>(challenge: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let digits: Vec<char> = challenge.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    serializer.serialize_str(&groups.join(" "))
}

impl View for TokenChallenge {
    const TEMPLATE: &'static str = "token";
    const AT: At = nav::OUTSIDE;

    fn title(&self) -> Title {
        match self.purpose {
            Purpose::SignIn => "token-title-sign-in".into(),
            Purpose::Sign { .. } => "token-title-sign".into(),
        }
    }

    fn at(&self) -> At {
        self.purpose.at()
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::pages) struct AnswerForm {
    answer: String,
}

impl TokenChallenge {
    /// The page at the address `here`; `None` if the attempt is over.
    pub(in crate::pages) fn new(
        guest: &Guest,
        attempt: &Attempt,
        purpose: Purpose,
        here: String,
    ) -> PageResult<Option<Self>> {
        let Way::Token(way) = &attempt.way else { return Err(PageError::not_found()) };
        if !attempt.is_pending() || is_late(guest, attempt) {
            return Ok(None);
        }
        let made_of = way.text.as_ref().and_then(|_| way.challenge.split_at_checked(way.challenge.len() / 2));
        Ok(Some(Self {
            purpose,
            challenge: way.challenge.clone(),
            made_of: made_of.map(|(organisation, check)| ChallengeParts {
                organisation: organisation.to_owned(),
                check: check.to_owned(),
            }),
            tries_left: way.tries_left.into(),
            expires_at: attempt.expires_at,
            cancel: format!("{here}{}", paths::CANCEL),
            action: here,
            errors: Vec::new(),
        }))
    }
}

/// Takes an answer. Gives the attempt as it is then, and what is wrong with the answer if it still goes on.
pub(in crate::pages) async fn answer(
    guest: &Guest,
    attempt: Attempt,
    secret: &str,
    form: &AnswerForm,
) -> PageResult<(Attempt, Vec<FieldError>)> {
    let (attempt, key) = match token::answer(&guest.app, attempt.id, secret, &form.answer).await {
        Ok(attempt) => (attempt, "token-wrong"),
        Err(Fault::Field(_)) => (attempt, "token-malformed"),
        Err(fault) => return Err(fault.into()),
    };
    Ok((attempt, vec![FieldError::new("answer", key)]))
}

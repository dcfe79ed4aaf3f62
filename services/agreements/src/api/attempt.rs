//! A try to prove an identity, as the API shows it.

use crate::{
    App,
    fault::{Fault, Outcome},
    identity::{
        attempt::{Attempt, BankIdWay, Failure, SignedOutcome, State, StateName, Way},
        bankid::way_of,
        methods::Availability,
    },
};
use bevaka_domain::{clock::Timestamp, ids::AttemptId, language::Language, signing::Method};
use bevaka_eid::bankid::{self, Hint, Message};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a try has come, and what to do now.
#[derive(Serialize, ToSchema)]
pub(super) struct AttemptView {
    /// The id of the try.
    attempt: AttemptId,
    /// With what.
    method: Method,
    /// How far it has come.
    state: StateName,
    /// When it is over at the latest.
    expires_at: Timestamp,
    /// What the signature did to its order.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<SignedOutcome>,
    /// Why it failed: `bankid`, `cancelled`, `token_expired`, `token_locked`, `not_accepted`, or the code of a refusal.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
    /// What to tell the person.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageView>,
    /// What starts BankID, while it is waited for.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bankid: Option<BankIdView>,
    /// What the security token is to answer, while it is waited for.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenView>,
}

/// A text for the person, in the language asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct MessageView {
    /// Its key in the catalogues; BankID's recommended messages have keys such as `bankid-rfa1`.
    key: String,
    /// The text.
    text: String,
}

/// What starts BankID.
#[derive(Serialize, ToSchema)]
pub(super) struct BankIdView {
    /// Starts the app on the same device: `bankid:///?autostarttoken=…`.
    auto_start_token: String,
    /// What the QR code of this moment holds; another one each second. Absent once the app has started.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    qr: Option<String>,
}

/// A challenge for the security token.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenView {
    /// The digits to type into the token.
    challenge: String,
    /// How many answers the try still takes.
    tries_left: u32,
}

/// The answer of a security token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenAnswer {
    /// Eight digits; spaces do not count.
    #[schema(max_length = 32)]
    pub answer: String,
}

impl AttemptView {
    pub fn new(app: &App, attempt: &Attempt, language: Language) -> Outcome<Self> {
        let (outcome, failure) = match &attempt.state {
            State::Signed { outcome } => (Some(*outcome), None),
            State::Failed { why } => (None, Some(code(why))),
            _ => (None, None),
        };
        let (bankid, token) = match (&attempt.state, &attempt.way) {
            (State::Pending { hint }, Way::BankId(way)) => {
                (Some(start(way, hint.as_ref(), attempt.started_at, app.now())), None)
            }
            (State::Pending { .. }, Way::Token(way)) => {
                let (challenge, tries_left) = (way.challenge.clone(), way.tries_left);
                (None, Some(TokenView { challenge, tries_left }))
            }
            _ => (None, None),
        };
        Ok(Self {
            attempt: attempt.id,
            method: attempt.method(),
            state: (&attempt.state).into(),
            expires_at: attempt.expires_at,
            outcome,
            failure,
            message: message(app, attempt, language)?,
            bankid,
            token,
        })
    }
}

/// Refuses a method by which no try can begin now.
pub(super) fn ensure_open(app: &App, method: Method) -> Outcome<()> {
    if app.availability(method, app.now()) == Availability::Open { Ok(()) } else { Err(Fault::MethodClosed) }
}

fn start(way: &BankIdWay, hint: Option<&Hint>, since: Timestamp, now: Timestamp) -> BankIdView {
    let is_shown = way.method == bankid::Method::Mobile
        && matches!(hint, None | Some(Hint::OutstandingTransaction | Hint::NoClient));
    let secret = SecretString::from(way.qr_start_secret.clone());
    let qr = is_shown.then(|| bankid::qr(&way.qr_start_token, &secret, now.since(since).as_secs()));
    BankIdView { auto_start_token: way.auto_start_token.clone(), qr }
}

fn code(why: &Failure) -> &'static str {
    match why {
        Failure::BankId(_) => "bankid",
        Failure::Cancelled => "cancelled",
        Failure::TokenExpired => "token_expired",
        Failure::TokenLocked => "token_locked",
        Failure::NotAccepted => "not_accepted",
        Failure::Refused(refusal) => refusal.as_str(),
    }
}

fn message(app: &App, attempt: &Attempt, language: Language) -> Outcome<Option<MessageView>> {
    let key = match (&attempt.state, &attempt.way) {
        (State::Pending { hint }, Way::BankId(way)) => {
            let hint = hint.as_ref().unwrap_or(&Hint::OutstandingTransaction);
            Message::pending(hint, way_of(way.method)).key()
        }
        (State::Failed { why }, _) => match why {
            Failure::BankId(key) => key,
            Failure::Cancelled => "problem-cancelled-title",
            Failure::TokenExpired => "problem-token-expired-text",
            Failure::TokenLocked => "problem-token-locked-text",
            Failure::NotAccepted => "problem-not-accepted-text",
            // Its words are those of the problem with the same code.
            Failure::Refused(_) => return Ok(None),
        },
        _ => return Ok(None),
    };
    let text = app.pages.text(language, key)?;
    Ok(Some(MessageView { key: key.to_owned(), text }))
}

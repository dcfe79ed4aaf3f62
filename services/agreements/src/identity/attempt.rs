//! One try to prove an identity: what it is for, how it goes, how far it has come.

use crate::{
    app::App,
    fault::{Fault, Outcome},
};
use bevaka_domain::{
    agreement::HeldThrough,
    clock::Timestamp,
    ids::{AttemptId, OrderId, OrganisationId, PersonId, UserId},
    signing::Method,
};
use bevaka_eid::bankid::Hint;
use bevaka_store::attempts;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use strum::EnumDiscriminants;
use utoipa::ToSchema;

/// Where the sealed way of an attempt belongs.
const WAY: &str = "attempts.way";

/// What an attempt is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Purpose {
    /// Signing in.
    SignIn {
        /// In which internet bank (R6).
        channel: HeldThrough,
        /// Where to go afterwards: a path of this server, or empty.
        next: String,
    },
    /// Signing an order.
    Sign {
        /// Which.
        order: OrderId,
        /// As which user.
        user: UserId,
        /// The person who must sign.
        person: PersonId,
    },
}

/// How an attempt goes. Sealed in storage.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By BankID.
    BankId(BankIdWay),
    /// By a security token.
    Token(TokenWay),
}

/// An order at BankID.
#[derive(Clone, Serialize, Deserialize)]
pub struct BankIdWay {
    /// Which kind of BankID was asked for (R9).
    pub method: bevaka_eid::bankid::Method,
    /// BankID's name of the order.
    pub order_ref: String,
    /// Starts the app on the same device.
    pub auto_start_token: String,
    /// Public part of the QR code.
    pub qr_start_token: String,
    /// Secret part of the QR code; it never reaches the browser.
    pub qr_start_secret: String,
    /// The text that is shown and signed.
    pub text: Option<String>,
    /// The person's network address.
    pub address: IpAddr,
}

/// A challenge for a security token.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenWay {
    /// Whose token; nobody's if the number is not known here, which the answer then never fits.
    pub person: Option<PersonId>,
    /// What is typed into the token.
    pub challenge: String,
    /// How many answers the attempt still takes.
    pub tries_left: u32,
    /// The text that is signed.
    pub text: Option<String>,
    /// The person's network address.
    pub address: IpAddr,
}

/// How far an attempt has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "state", rename_all = "snake_case")]
#[strum_discriminants(
    name(StateName),
    doc = "The name of a [`State`].",
    derive(Serialize, ToSchema),
    serde(rename_all = "snake_case"),
    schema(as = AttemptState, description = "How far a try has come.")
)]
pub enum State {
    /// It goes on; BankID's hint, if it has given one.
    Pending {
        /// BankID's hint.
        hint: Option<Hint>,
    },
    /// Somebody signing in has proven who they are; nobody if we do not know them.
    Proven {
        /// Who.
        person: Option<PersonId>,
        /// The sole trader's company of somebody who is a user nowhere, if nobody can sign in for it yet.
        #[serde(default)]
        trader: Option<OrganisationId>,
        /// When; soon afterwards it is worth nothing, whoever sits at the browser then.
        at: Timestamp,
    },
    /// The signature counts.
    Signed {
        /// Whether it completed the order, and whether that had an effect.
        outcome: SignedOutcome,
    },
    /// It did not come to its end.
    Failed {
        /// Why.
        why: Failure,
    },
    /// It has become a session, or the person has been told what the signature did.
    Used,
}

/// What a signature did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignedOutcome {
    /// The order waits for others.
    Waits,
    /// The order took effect.
    Completed,
    /// The order was refused (R4).
    Refused,
}

/// Why an attempt did not come to its end (R12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// BankID ended it; the key of its recommended message.
    BankId(String),
    /// The person pressed *Avbryt*.
    Cancelled,
    /// The challenge was not answered in time.
    TokenExpired,
    /// Too many wrong answers.
    TokenLocked,
    /// The signature is not one that was asked for.
    NotAccepted,
    /// Meanwhile a rule says no to the order.
    Refused(bevaka_domain::signing::Refusal),
}

/// An attempt.
#[derive(Clone)]
pub struct Attempt {
    /// Our id.
    pub id: AttemptId,
    /// The hash of the secret of whoever began it.
    pub browser_hash: Vec<u8>,
    /// What it is for.
    pub purpose: Purpose,
    /// How it goes.
    pub way: Way,
    /// How far it has come.
    pub state: State,
    /// When it began.
    pub started_at: Timestamp,
    /// When it is over at the latest.
    pub expires_at: Timestamp,
    /// When BankID is asked next.
    pub due_at: Option<Timestamp>,
}

impl Attempt {
    /// By which method.
    pub const fn method(&self) -> Method {
        match &self.way {
            Way::BankId(BankIdWay { method: bevaka_eid::bankid::Method::OnCard, .. }) => Method::OnCard,
            Way::BankId(BankIdWay { method: bevaka_eid::bankid::Method::Mobile, .. }) => Method::Mobile,
            Way::Token(_) => Method::Token,
        }
    }

    /// Whether it still goes on.
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, State::Pending { .. })
    }

    /// Whether it is for signing an order, not for signing in.
    pub const fn is_for_order(&self) -> bool {
        matches!(self.purpose, Purpose::Sign { .. })
    }

    /// Ends it without success.
    pub fn fail(&mut self, why: Failure) {
        self.state = State::Failed { why };
        self.due_at = None;
    }

    /// Whether this secret began it.
    pub fn belongs_to(&self, secret: &str) -> bool {
        browser_hash(secret) == self.browser_hash
    }

    /// Reads what is stored.
    ///
    /// # Errors
    /// If it was sealed with another key, or by a later version.
    pub fn open(app: &App, stored: attempts::Attempt) -> Outcome<Self> {
        let way = app.vault.open(WAY, &stored.way_sealed)?;
        Ok(Self {
            id: stored.id,
            browser_hash: stored.browser_hash,
            purpose: serde_json::from_str(&stored.purpose)?,
            way: serde_json::from_slice(&way)?,
            state: serde_json::from_str(&stored.state)?,
            started_at: stored.started_at,
            expires_at: stored.expires_at,
            due_at: stored.due_at,
        })
    }

    /// As it is stored.
    ///
    /// # Errors
    /// Never for attempts of this service.
    pub fn sealed(&self, app: &App) -> Outcome<attempts::Attempt> {
        let way = serde_json::to_vec(&self.way)?;
        Ok(attempts::Attempt {
            id: self.id,
            browser_hash: self.browser_hash.clone(),
            purpose: serde_json::to_string(&self.purpose)?,
            way_sealed: app.vault.seal(WAY, &way, &app.chassis.entropy),
            state: serde_json::to_string(&self.state)?,
            open: self.is_pending(),
            started_at: self.started_at,
            expires_at: self.expires_at,
            due_at: self.due_at,
        })
    }
}

/// What is stored of the secret of whoever began an attempt.
pub fn browser_hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// An attempt that this secret began.
///
/// # Errors
/// [`Fault::NotFound`] for everybody else.
pub async fn find(app: &App, id: AttemptId, secret: &str) -> Outcome<Attempt> {
    let mut tx = app.chassis.db.begin_read().await?;
    let stored = attempts::find(&mut tx, id).await?.ok_or(Fault::NotFound)?;
    let attempt = Attempt::open(app, stored)?;
    if attempt.belongs_to(secret) { Ok(attempt) } else { Err(Fault::NotFound) }
}

/// Tells what a signature did, once: its confirmation is shown one time (R11).
///
/// # Errors
/// [`Fault::NotFound`] for everybody who did not begin it, and the second time.
pub async fn told(app: &App, id: AttemptId, secret: &str) -> Outcome<SignedOutcome> {
    let mut tx = app.chassis.db.begin().await?;
    let stored = attempts::find_for_update(&mut tx, id).await?.ok_or(Fault::NotFound)?;
    let mut attempt = Attempt::open(app, stored)?;
    let State::Signed { outcome } = attempt.state else { return Err(Fault::NotFound) };
    if !attempt.belongs_to(secret) {
        return Err(Fault::NotFound);
    }
    attempt.state = State::Used;
    attempts::save(&mut tx, &attempt.sealed(app)?).await?;
    tx.commit().await?;
    Ok(outcome)
}

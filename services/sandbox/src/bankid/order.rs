//! The life of one order, from the relying party's request to its end. Neither clock nor chance: `now` is given.

#[cfg(test)]
mod tests;

use super::{completion::Completion, request::Ask};
use crate::persons::{Method, Person, Script};
use bevaka_domain::clock::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// An order that no app has opened by then has failed.
pub(crate) const START_WITHIN: Duration = Duration::from_secs(30);
/// An order that is not done by then has failed.
pub(crate) const FINISH_WITHIN: Duration = Duration::from_secs(180);
/// So long the end of a completed order can be collected.
const COMPLETE_KEPT: Duration = Duration::from_secs(180);
/// So long the end of a failed order can be collected.
const FAILED_KEPT: Duration = Duration::from_secs(300);
/// So many wrong codes block a BankID.
pub(crate) const CODE_TRIES: u8 = 3;

/// What a pending order waits for, as the relying party is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Hint {
    OutstandingTransaction,
    NoClient,
    Started,
    UserMrtd,
    UserCallConfirm,
    UserSign,
    UserFace,
    UserStepUp,
    Processing,
}

/// Why an order failed, as the relying party is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Failure {
    ExpiredTransaction,
    CertificateErr,
    UserCancel,
    Cancelled,
    StartFailed,
    UserDeclinedCall,
    NotSupportedByUserApp,
    TransactionRiskBlocked,
    MrtdVerificationFailed,
    FacialRecognitionFailed,
    NfcNotSupportedByDevice,
    MultipleBankIdsOnDevice,
    StepUpFailed,
}

/// Who answers an order, and with which kind of BankID.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub person: Arc<Person>,
    pub method: Method,
}

/// What names an order, and what proves that somebody has seen it.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub reference: String,
    pub auto_start: String,
    pub qr_start: String,
    pub qr_secret: SecretString,
}

pub(crate) struct Order {
    pub ask: Arc<Ask>,
    pub tokens: Tokens,
    pub created_at: Timestamp,
    /// Where the app leads back to.
    pub return_to: Option<String>,
    state: State,
    ended_at: Option<Timestamp>,
    collected: u32,
}

enum State {
    Waiting {
        shown: Hint,
    },
    /// An app has opened it; with a holder once somebody chose their BankID.
    Open {
        holder: Option<Holder>,
        shown: Hint,
        wrong_codes: u8,
    },
    /// The code was right; the signature is being made.
    Signing {
        holder: Holder,
    },
    Complete(Arc<Completion>),
    Failed(Failure),
}

#[derive(Clone, Debug)]
pub(crate) enum Status {
    Pending(Hint),
    Complete(Arc<Completion>),
    Failed(Failure),
}

/// Why the app does not do what was asked of it. The order stays as it is, but for codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Over,
    /// Nobody has chosen a BankID yet.
    NothingChosen,
    /// The person has no BankID of this kind.
    NotHeld,
    /// The relying party asked for another kind of BankID.
    OtherKind,
    /// The relying party asked for another person.
    OtherPerson,
    /// The code is wrong; so many tries are left. With the last one the order has failed.
    WrongCode {
        left: u8,
    },
}

/// What an order does by itself at a collect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Rest,
    Open,
    Complete,
    Fail(Failure),
}

impl Order {
    pub(crate) fn new(ask: Ask, tokens: Tokens, now: Timestamp) -> Self {
        let return_to = ask.return_url.clone();
        let state = State::Waiting { shown: Hint::OutstandingTransaction };
        Self { ask: Arc::new(ask), tokens, created_at: now, return_to, state, ended_at: None, collected: 0 }
    }

    /// How it stands now; time alone can end it.
    pub(crate) fn status(&mut self, now: Timestamp) -> Status {
        self.let_time_pass(now);
        match &self.state {
            State::Waiting { shown } | State::Open { shown, .. } => Status::Pending(*shown),
            State::Signing { .. } => Status::Pending(Hint::Processing),
            State::Complete(completion) => Status::Complete(Arc::clone(completion)),
            State::Failed(failure) => Status::Failed(*failure),
        }
    }

    /// An app shows the order, but nobody has chosen a BankID.
    pub(crate) fn open(&mut self, now: Timestamp) -> Result<(), Refused> {
        self.pending(now)?;
        if matches!(self.state, State::Waiting { .. }) {
            self.state = State::Open { holder: None, shown: Hint::Started, wrong_codes: 0 };
        }
        Ok(())
    }

    /// Somebody chooses a BankID. One that does not fit leaves the order open and without a holder.
    pub(crate) fn choose(&mut self, holder: Holder, now: Timestamp) -> Result<(), Refused> {
        self.open(now)?;
        self.ask.requirement.accepts(&holder)?;
        let shown = if self.ask.requirement.mrtd { Hint::UserMrtd } else { Hint::UserSign };
        self.state = State::Open { holder: Some(holder), shown, wrong_codes: self.wrong_codes() };
        Ok(())
    }

    /// Who chose a BankID for it, while it is pending.
    pub(crate) fn holder(&self) -> Option<&Holder> {
        match &self.state {
            State::Open { holder, .. } => holder.as_ref(),
            State::Signing { holder } => Some(holder),
            State::Waiting { .. } | State::Complete(_) | State::Failed(_) => None,
        }
    }

    /// Shows the relying party another hint, as the real app does while it waits for a face, a passport or a call.
    pub(crate) fn show(&mut self, hint: Hint, now: Timestamp) -> Result<(), Refused> {
        self.pending(now)?;
        match &mut self.state {
            State::Waiting { shown } if matches!(hint, Hint::OutstandingTransaction | Hint::NoClient) => {
                *shown = hint;
            }
            State::Waiting { .. } => {
                self.state = State::Open { holder: None, shown: hint, wrong_codes: 0 };
            }
            State::Open { shown, .. } => *shown = hint,
            State::Signing { .. } | State::Complete(_) | State::Failed(_) => return Err(Refused::Over),
        }
        Ok(())
    }

    /// The person enters their code. The answer says who signs what; [`Order::complete`] must follow.
    pub(crate) fn enter_code(&mut self, is_right: bool, now: Timestamp) -> Result<Holder, Refused> {
        self.pending(now)?;
        let State::Open { holder: Some(holder), wrong_codes, .. } = &mut self.state else {
            return Err(Refused::NothingChosen);
        };
        if is_right {
            let holder = holder.clone();
            self.state = State::Signing { holder: holder.clone() };
            return Ok(holder);
        }
        *wrong_codes += 1;
        let left = CODE_TRIES.saturating_sub(*wrong_codes);
        if left == 0 {
            self.end(State::Failed(Failure::CertificateErr), now);
        }
        Err(Refused::WrongCode { left })
    }

    pub(crate) fn complete(&mut self, completion: Completion, now: Timestamp) -> Result<(), Refused> {
        let State::Signing { .. } = self.state else { return Err(Refused::Over) };
        self.end(State::Complete(Arc::new(completion)), now);
        Ok(())
    }

    /// The order ends without a signature.
    pub(crate) fn fail(&mut self, failure: Failure, now: Timestamp) -> Result<(), Refused> {
        self.let_time_pass(now);
        if self.is_over() {
            return Err(Refused::Over);
        }
        self.end(State::Failed(failure), now);
        Ok(())
    }

    /// Counts a collect, and says what the named person's script does at it: the first finds the order waiting, the
    /// second opens it, the third ends it. An app without a fitting BankID is opened and nothing more.
    pub(crate) fn next_step(&mut self, script: Script) -> Step {
        self.collected = self.collected.saturating_add(1);
        match (self.collected, script) {
            (_, Script::None | Script::Refuse(_)) | (1, _) => Step::Rest,
            (2, _) => Step::Open,
            (_, Script::Complete) if self.holder().is_some() => Step::Complete,
            (_, Script::Fail(failure)) => Step::Fail(failure),
            (_, Script::Open | Script::Complete) => Step::Rest,
        }
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.state, State::Complete(_) | State::Failed(_))
    }

    /// Whether its end can no longer be collected. Until then it can be again and again: a relying party that crashed
    /// before it noted the answer finds it.
    pub(crate) fn is_forgotten(&self, now: Timestamp) -> bool {
        let kept = if matches!(self.state, State::Complete(_)) { COMPLETE_KEPT } else { FAILED_KEPT };
        self.ended_at.is_some_and(|ended_at| now.since(ended_at) >= kept)
    }

    /// Whether no app has opened it; the QR code serves until then.
    pub(crate) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    const fn wrong_codes(&self) -> u8 {
        match self.state {
            State::Open { wrong_codes, .. } => wrong_codes,
            _ => 0,
        }
    }

    /// An error where nothing can happen to the order by an app any more.
    fn pending(&mut self, now: Timestamp) -> Result<(), Refused> {
        self.let_time_pass(now);
        match self.state {
            State::Waiting { .. } | State::Open { .. } => Ok(()),
            State::Signing { .. } | State::Complete(_) | State::Failed(_) => Err(Refused::Over),
        }
    }

    fn let_time_pass(&mut self, now: Timestamp) {
        let age = now.since(self.created_at);
        match self.state {
            State::Waiting { .. } if age >= START_WITHIN => {
                self.end(State::Failed(Failure::StartFailed), self.created_at.plus(START_WITHIN));
            }
            State::Open { .. } if age >= FINISH_WITHIN => {
                self.end(State::Failed(Failure::ExpiredTransaction), self.created_at.plus(FINISH_WITHIN));
            }
            _ => {}
        }
    }

    fn end(&mut self, state: State, at: Timestamp) {
        self.state = state;
        self.ended_at = Some(at);
    }
}

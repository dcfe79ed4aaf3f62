//! BankID: an order is started here, and every answer of BankID comes through [`take`], whoever asked for it.

use super::attempt::{Attempt, BankIdWay, Failure, Purpose, SignedOutcome, State, Way, browser_hash};
use crate::{
    app::{App, BankId},
    commands::sign::{self, Proven},
    company::Caller,
    fault::{Fault, Field, Outcome},
};
use bevaka_domain::{
    clock::Timestamp,
    ids::{AttemptId, OrderId, OrganisationId, PersonId, SignatureId},
    organisation::OrganisationNumber,
    person::PersonalNumber,
    signing::{Method, Signature, Signed},
};
use bevaka_eid::{
    bankid::{self, BankIdError, Collected, Completion, Message, Request, Way as Started},
    evidence::{Bundle, Proof, Record},
    signature::{self, Expected, Signatory},
};
use bevaka_store::{Tx, agreements, attempts, members, persons};
use std::{net::IpAddr, time::Duration};

/// BankID ends an order after three minutes; what is left is for a slow last answer.
const LIFETIME: Duration = Duration::from_secs(240);

/// Who begins an attempt, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The secret that only this browser or program has.
    pub secret: &'a str,
    /// Its network address.
    pub address: IpAddr,
}

/// Which BankID the domain's method means.
pub const fn kind(method: Method) -> Option<bankid::Method> {
    match method {
        Method::OnCard => Some(bankid::Method::OnCard),
        Method::Mobile => Some(bankid::Method::Mobile),
        Method::Token => None,
    }
}

/// Begins to sign in.
///
/// # Errors
/// [`Fault::Field`] without a number where one is needed; [`Fault::BankId`]; [`Fault::TooManyTries`].
pub async fn sign_in(
    app: &App,
    asking: Asking<'_>,
    method: bankid::Method,
    number: Option<&str>,
    purpose: Purpose,
) -> Outcome<AttemptId> {
    let number = number.map(str::trim).filter(|number| !number.is_empty());
    let number =
        number.map(PersonalNumber::parse).transpose().map_err(|_| Fault::Field(Field::PersonalNumber))?;
    let hash = number.as_ref().map(|number| app.number_hash(number));
    app.rate_limit.count(asking.address, hash.as_ref())?;
    let number = number.map(|number| number.reveal().to_owned());
    start(app, asking, method, (number, None), purpose).await
}

/// Begins to sign an order.
///
/// # Errors
/// [`Fault::Refused`] with the rule that says no; [`Fault::BankId`].
pub async fn sign_order(
    app: &App,
    asking: Asking<'_>,
    method: bankid::Method,
    (caller, order): (Caller, OrderId),
) -> Outcome<AttemptId> {
    let mut tx = app.chassis.db.begin_read().await?;
    let (_, order, person) = sign::begin(&mut tx, caller, order, app.now()).await?;
    drop(tx);
    let number = app.number_of(&person)?.reveal().to_owned();
    let purpose = Purpose::Sign { order: order.id, user: caller.user, person: caller.person };
    start(app, asking, method, (Some(number), Some(order.text)), purpose).await
}

async fn start(
    app: &App,
    asking: Asking<'_>,
    method: bankid::Method,
    (personal_number, text): (Option<String>, Option<String>),
    purpose: Purpose,
) -> Outcome<AttemptId> {
    let BankId { client, profile } = app.bankid.as_ref().ok_or(Fault::MethodClosed)?;
    let request = Request {
        end_user_ip: asking.address,
        visible: text.clone(),
        non_visible: None,
        method,
        policies: profile.policies(method).to_vec(),
        personal_number,
        return_url: None,
    };
    let started = match text {
        Some(_) => client.sign(&request).await?,
        None => client.auth(&request).await?,
    };
    let now = app.now();
    let way = BankIdWay {
        method,
        order_ref: started.order_ref.clone(),
        auto_start_token: started.auto_start_token.clone(),
        qr_start_token: started.qr_start_token.clone(),
        qr_start_secret: secrecy::ExposeSecret::expose_secret(&started.qr_start_secret).to_owned(),
        text,
        address: asking.address,
    };
    let attempt = Attempt {
        id: AttemptId(app.chassis.entropy.id(now)),
        browser_hash: browser_hash(asking.secret),
        purpose,
        way: Way::BankId(way),
        state: State::Pending { hint: None },
        started_at: now,
        expires_at: now.plus(LIFETIME),
        due_at: Some(now.plus(interval(app))),
    };
    let mut tx = app.chassis.db.begin().await?;
    attempts::insert(&mut tx, &attempt.sealed(app)?).await?;
    tx.commit().await?;
    app.attempts.notify_one();
    Ok(attempt.id)
}

/// Between two questions about an order.
pub(crate) fn interval(app: &App) -> Duration {
    Duration::from_millis(app.chassis.settings.bankid.collect_interval_ms)
}

/// Takes BankID's answer about an attempt, in one transaction with all that follows from it. An attempt that has ended
/// meanwhile stays as it is, so an answer that is asked for twice counts once.
pub(crate) async fn take(app: &App, id: AttemptId, answer: Result<Collected, BankIdError>) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let Some(stored) = attempts::find_for_update(&mut tx, id).await? else { return Ok(()) };
    let mut attempt = Attempt::open(app, stored)?;
    let Way::BankId(way) = attempt.way.clone() else { return Ok(()) };
    if !attempt.is_pending() {
        return Ok(());
    }
    let over = now >= attempt.expires_at;
    match answer {
        Ok(Collected::Pending(hint)) if !over => {
            attempt.state = State::Pending { hint: Some(hint) };
            attempt.due_at = Some(now.plus(interval(app)));
        }
        Ok(Collected::Pending(_)) => attempt.fail(Failure::BankId(Message::Rfa8.key().to_owned())),
        Ok(Collected::Failed(hint)) => {
            let message = Message::failed(&hint, way_of(way.method));
            attempt.fail(Failure::BankId(message.key().to_owned()));
        }
        Ok(Collected::Complete(completion)) => {
            // What was completed counts however late its answer comes.
            let (taken, state) = complete(app, tx, &attempt, &way, &completion, now).await?;
            tx = taken;
            attempt.state = state;
            attempt.due_at = None;
        }
        Err(error) if is_final(&error) || over => {
            attempt.fail(Failure::BankId(Message::error(&error).key().to_owned()));
        }
        Err(error) => {
            tracing::warn!(attempt.id = %id, %error, "BankID cannot be asked about an order yet, trying again");
            attempt.due_at = Some(now.plus(interval(app)));
        }
    }
    attempts::save(&mut tx, &attempt.sealed(app)?).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(())
}

/// How the person was asked to start BankID.
pub(crate) const fn way_of(method: bankid::Method) -> Started {
    match method {
        bankid::Method::OnCard => Started::Card,
        bankid::Method::Mobile => Started::Qr,
    }
}

/// BankID does not know the order, or will never answer about it.
const fn is_final(error: &BankIdError) -> bool {
    matches!(error, BankIdError::Refused(bankid::ErrorCode::InvalidParameters | bankid::ErrorCode::NotFound))
}

async fn complete(
    app: &App,
    mut tx: Tx,
    attempt: &Attempt,
    way: &BankIdWay,
    completion: &Completion,
    now: Timestamp,
) -> Outcome<(Tx, State)> {
    let Some(BankId { profile, .. }) = &app.bankid else { return Err(Fault::MethodClosed) };
    let not_accepted = State::Failed { why: Failure::NotAccepted };
    match &attempt.purpose {
        Purpose::SignIn { .. } => {
            let expected = Expected {
                purpose: signature::Purpose::Identification,
                method: way.method,
                signatory: Signatory::Anyone,
                visible: None,
                non_visible: None,
            };
            let verified = match signature::verify(completion, &expected, profile) {
                Ok(verified) => verified,
                Err(fault) => return Ok((tx, refuse(attempt, &fault, not_accepted))),
            };
            let number = PersonalNumber::parse(&verified.personal_number);
            let Ok(number) = number else {
                return Ok((tx, State::Proven { person: None, trader: None, at: now }));
            };
            let person = persons::by_number(&mut tx, &app.number_hash(&number)).await?;
            let person = person.map(|person| person.id);
            let trader = trader(&mut tx, person, &number).await?;
            Ok((tx, State::Proven { person, trader, at: now }))
        }
        Purpose::Sign { order, user, person } => {
            let signer = persons::by_id(&mut tx, *person).await?.ok_or(Fault::NotFound)?;
            let number = app.number_of(&signer)?;
            let text = way.text.as_deref().unwrap_or_default();
            let expected = Expected {
                purpose: signature::Purpose::Signing,
                method: way.method,
                signatory: Signatory::Person(number.reveal()),
                visible: Some(text),
                non_visible: None,
            };
            if let Err(fault) = signature::verify(completion, &expected, profile) {
                return Ok((tx, refuse(attempt, &fault, not_accepted)));
            }
            let proof = Proof::BankId {
                method: way.method,
                non_visible: None,
                completion: Box::new(completion.clone()),
            };
            let proven = Proven {
                evidence: evidence(*order, &number, text, (way.address, now), proof)?,
                signature: Signature {
                    id: SignatureId(app.chassis.entropy.id(now)),
                    user: *user,
                    person: *person,
                    method: attempt.method(),
                    at: now,
                },
            };
            join(app, tx, *order, proven, now).await
        }
    }
}

/// The company whose number is the person's own, if the person is a user nowhere and nobody is a user there.
pub(crate) async fn trader(
    tx: &mut Tx,
    person: Option<PersonId>,
    number: &PersonalNumber,
) -> Outcome<Option<OrganisationId>> {
    if let Some(person) = person
        && !persons::memberships(tx, person).await?.is_empty()
    {
        return Ok(None);
    }
    let Ok(number) = OrganisationNumber::parse(number.reveal()) else { return Ok(None) };
    let Some(company) = agreements::find_organisation(tx, &number).await? else { return Ok(None) };
    Ok(members::of(tx, company).await?.is_empty().then_some(company))
}

fn refuse(attempt: &Attempt, fault: &signature::SignatureFault, state: State) -> State {
    tracing::warn!(attempt.id = %attempt.id, check = ?fault.check(), "a signature was not accepted");
    metrics::counter!("bevaka_signatures_refused_total").increment(1);
    state
}

/// The evidence of a signature as it is stored and handed out.
pub(crate) fn evidence(
    order: OrderId,
    number: &PersonalNumber,
    text: &str,
    (address, at): (IpAddr, Timestamp),
    proof: Proof,
) -> Outcome<String> {
    let record = Record {
        order: &order.to_string(),
        signatory: number.reveal(),
        text,
        recorded_at: at.to_offset_date_time(),
        address: &address.to_string(),
        proof,
    };
    Ok(Bundle::new(record).to_json()?)
}

/// Adds a proven signature to its order. If a rule says no meanwhile, nothing of it is kept, and the attempt says why.
pub(crate) async fn join(
    app: &App,
    mut tx: Tx,
    order: OrderId,
    proven: Proven,
    now: Timestamp,
) -> Outcome<(Tx, State)> {
    match sign::sign(app, &mut tx, order, proven, now).await {
        Ok(signed) => {
            let outcome = match signed {
                Signed::Waits(_) => SignedOutcome::Waits,
                Signed::Completed(_) => SignedOutcome::Completed,
                Signed::Refused(_) => SignedOutcome::Refused,
            };
            Ok((tx, State::Signed { outcome }))
        }
        // The rule was asked before anything was written.
        Err(Fault::Refused(refusal)) => Ok((tx, State::Failed { why: Failure::Refused(refusal) })),
        Err(fault) => Err(fault),
    }
}

/// Takes an attempt back, at BankID too.
///
/// # Errors
/// [`Fault::NotFound`] for everybody who did not begin it.
pub async fn cancel(app: &App, id: AttemptId, secret: &str) -> Outcome<Attempt> {
    let mut tx = app.chassis.db.begin().await?;
    let stored = attempts::find_for_update(&mut tx, id).await?.ok_or(Fault::NotFound)?;
    let mut attempt = Attempt::open(app, stored)?;
    if !attempt.belongs_to(secret) {
        return Err(Fault::NotFound);
    }
    if !attempt.is_pending() {
        return Ok(attempt);
    }
    attempt.fail(Failure::Cancelled);
    attempts::save(&mut tx, &attempt.sealed(app)?).await?;
    tx.commit().await?;
    if let (Way::BankId(way), Some(bankid)) = (&attempt.way, &app.bankid)
        && let Err(error) = bankid.client.cancel(&way.order_ref).await
    {
        tracing::warn!(attempt.id = %id, %error, "an order could not be taken back at BankID; it ends by itself");
    }
    Ok(attempt)
}

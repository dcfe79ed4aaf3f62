//! The security token: a challenge, an answer, and a lock after too many wrong ones (OATH OCRA, RFC 6287).

use super::{
    attempt::{Attempt, Failure, Purpose, State, TokenWay, Way, browser_hash},
    bankid::{Asking, evidence, join, trader},
};
use crate::{
    app::{App, entry},
    commands::sign::{self, Proven},
    company::Caller,
    fault::{Fault, Field, Outcome},
    numbers,
};
use bevaka_domain::{
    clock::Timestamp,
    ids::{AttemptId, OrderId, PersonId, SignatureId},
    person::PersonalNumber,
    signing::{Method, Signature},
    trail::{Action, Actor, Writer},
};
use bevaka_eid::{
    evidence::{Note, Proof},
    ocra::{Inputs, Suite, challenge},
};
use bevaka_store::{
    Tx, attempts,
    persons::{self, Token},
    trail,
};
use serde_json::json;
use std::time::Duration;

/// How long a challenge may be answered.
const LIFETIME: Duration = Duration::from_secs(180);
/// Wrong answers in a row after which a person's tokens are locked, whichever challenges they were for. A try to sign in
/// takes as many answers whoever it is for.
pub const MAX_TRIES: u32 = 5;
/// Digits of a challenge to sign in.
const LOGIN_DIGITS: u32 = 8;

/// Begins to sign in. From outside it looks the same for every number: known or not, with a token, without one or with a
/// locked one, it gets a challenge and five answers, and only then hears that the token is locked.
///
/// # Errors
/// [`Fault::Field`], [`Fault::TooManyTries`].
pub async fn sign_in(app: &App, asking: Asking<'_>, number: &str, purpose: Purpose) -> Outcome<AttemptId> {
    if number.trim().is_empty() {
        return Err(Fault::Field(Field::PersonalNumberMissing));
    }
    let number = PersonalNumber::parse(number).map_err(|_| Fault::Field(Field::PersonalNumber))?;
    let hash = app.number_hash(&number);
    app.rate_limit.count(asking.address, Some(&hash))?;
    let mut tx = app.chassis.db.begin().await?;
    let person = persons::by_number(&mut tx, &hash).await?.map(|person| person.id);
    let mut random = [0_u8; 8];
    app.chassis.entropy.fill(&mut random);
    let challenge = format!("{:08}", u64::from_be_bytes(random) % 10_u64.pow(LOGIN_DIGITS));
    begin(app, tx, asking, (person, challenge, None), purpose).await
}

/// Begins to sign an order. The challenge holds the company's number and a check number of the text, so that a person
/// can compare it.
///
/// # Errors
/// [`Fault::Refused`] with the rule that says no.
pub async fn sign_order(
    app: &App,
    asking: Asking<'_>,
    (caller, order): (Caller, OrderId),
) -> Outcome<AttemptId> {
    let mut tx = app.chassis.db.begin().await?;
    let (company, order, person) = sign::begin(&mut tx, caller, order, app.now()).await?;
    let challenge = challenge(company.organisation.number.as_str(), &order.text);
    let purpose = Purpose::Sign { order: order.id, user: caller.user, person: caller.person };
    begin(app, tx, asking, (Some(person.id), challenge, Some(order.text)), purpose).await
}

async fn begin(
    app: &App,
    mut tx: Tx,
    asking: Asking<'_>,
    (person, challenge, text): (Option<PersonId>, String, Option<String>),
    purpose: Purpose,
) -> Outcome<AttemptId> {
    let now = app.now();
    let tries_left = match (&purpose, person) {
        // Who is signed in may know how it stands with their own tokens.
        (Purpose::Sign { .. }, Some(person)) => tries_left(&usable(&mut tx, person).await?),
        _ => MAX_TRIES,
    };
    let mut attempt = Attempt {
        id: AttemptId(app.chassis.entropy.id(now)),
        browser_hash: browser_hash(asking.secret),
        purpose,
        way: Way::Token(TokenWay { person, challenge, tries_left, text, address: asking.address }),
        state: State::Pending { hint: None },
        started_at: now,
        expires_at: now.plus(LIFETIME),
        due_at: None,
    };
    if tries_left == 0 {
        attempt.fail(Failure::TokenLocked);
    }
    attempts::insert(&mut tx, &attempt.sealed(app)?).await?;
    tx.commit().await?;
    Ok(attempt.id)
}

/// The tokens of a person that are not locked.
async fn usable(tx: &mut Tx, person: PersonId) -> Outcome<Vec<Token>> {
    let mut tokens = persons::tokens_of(tx, person).await?;
    tokens.retain(|token| token.locked_at.is_none());
    Ok(tokens)
}

/// How many answers may still be wrong before the last token is locked.
fn tries_left(tokens: &[Token]) -> u32 {
    tokens.iter().map(|token| MAX_TRIES.saturating_sub(token.failed_tries)).max().unwrap_or(0)
}

/// Takes an answer to a challenge. Any of the person's tokens may have given it. A wrong one is nobody's in particular,
/// so it counts at each of them, whichever challenge it was for; a right one ends the count at all.
///
/// # Errors
/// [`Fault::Field`] for what is no answer at all; [`Fault::NotFound`] for everybody who did not begin it.
pub async fn answer(app: &App, id: AttemptId, secret: &str, answer: &str) -> Outcome<Attempt> {
    let answer: String = answer.chars().filter(|c| !c.is_whitespace()).collect();
    if answer.len() != 8 || !answer.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Fault::Field(Field::Answer));
    }
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let stored = attempts::find_for_update(&mut tx, id).await?.ok_or(Fault::NotFound)?;
    let mut attempt = Attempt::open(app, stored)?;
    let Way::Token(mut way) = attempt.way.clone() else { return Err(Fault::NotFound) };
    if !attempt.belongs_to(secret) {
        return Err(Fault::NotFound);
    }
    if !attempt.is_pending() {
        return Ok(attempt);
    }
    if now >= attempt.expires_at {
        attempt.fail(Failure::TokenExpired);
    } else if let Some(serial) = fits(app, &mut tx, &mut way, &attempt.purpose, (&answer, now)).await? {
        (tx, attempt.state) = proven(app, tx, &attempt, &way, (serial, answer), now).await?;
    } else if way.tries_left == 0 {
        attempt.fail(Failure::TokenLocked);
    }
    attempt.way = Way::Token(way);
    attempts::save(&mut tx, &attempt.sealed(app)?).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(attempt)
}

/// The serial number of the token that gave the answer; counts a wrong one.
async fn fits(
    app: &App,
    tx: &mut Tx,
    way: &mut TokenWay,
    purpose: &Purpose,
    (answer, now): (&str, Timestamp),
) -> Outcome<Option<String>> {
    let mut tokens = match way.person {
        Some(person) => usable(tx, person).await?,
        None => Vec::new(),
    };
    let inputs = Inputs { question: &way.challenge, ..Inputs::default() };
    let mut serial = None;
    for token in &tokens {
        let key = numbers::key_of(&app.vault, token)?;
        let fits = suite(purpose).matches(&key, &inputs, answer);
        if fits.map_err(|fault| Fault::Internal(fault.into()))? {
            serial = Some(token.serial.clone());
        }
    }
    for token in &mut tokens {
        token.failed_tries = if serial.is_some() { 0 } else { token.failed_tries + 1 };
        if token.failed_tries >= MAX_TRIES {
            lock(tx, token, way.person, now).await?;
        }
        persons::save_token(tx, token).await?;
    }
    way.tries_left = match purpose {
        Purpose::SignIn { .. } => way.tries_left.saturating_sub(1),
        Purpose::Sign { .. } => tries_left(&tokens),
    };
    Ok(serial)
}

async fn lock(tx: &mut Tx, token: &mut Token, person: Option<PersonId>, now: Timestamp) -> Outcome<()> {
    token.locked_at = Some(now);
    tracing::warn!("a security token is locked after too many wrong answers");
    metrics::counter!("bevaka_tokens_locked_total").increment(1);
    let detail = json!({ "person": person });
    let locked = entry((Actor::System, Action::TokenLocked), None, &token.serial, detail, now);
    trail::append(tx, Writer::Agreements, &locked).await?;
    Ok(())
}

const fn suite(purpose: &Purpose) -> Suite {
    match purpose {
        Purpose::SignIn { .. } => Suite::LOGIN,
        Purpose::Sign { .. } => Suite::SIGN,
    }
}

async fn proven(
    app: &App,
    mut tx: Tx,
    attempt: &Attempt,
    way: &TokenWay,
    (serial, response): (String, String),
    now: Timestamp,
) -> Outcome<(Tx, State)> {
    let Purpose::Sign { order, user, person } = attempt.purpose else {
        let known = match way.person {
            Some(person) => persons::by_id(&mut tx, person).await?,
            None => None,
        };
        let trader = match known {
            Some(known) => trader(&mut tx, way.person, &app.number_of(&known)?).await?,
            None => None,
        };
        return Ok((tx, State::Proven { person: way.person, trader, at: now }));
    };
    let signer = persons::by_id(&mut tx, person).await?.ok_or(Fault::NotFound)?;
    let number = app.number_of(&signer)?;
    let proof = Proof::SecurityToken {
        serial,
        suite: Suite::SIGN.as_str().to_owned(),
        challenge: way.challenge.clone(),
        response,
        at: now.to_offset_date_time(),
        note: Note,
    };
    let text = way.text.as_deref().unwrap_or_default();
    let proven = Proven {
        evidence: evidence(order, &number, text, (way.address, now), proof)?,
        signature: Signature {
            id: SignatureId(app.chassis.entropy.id(now)),
            user,
            person,
            method: Method::Token,
            at: now,
        },
    };
    join(app, tx, order, proven, now).await
}

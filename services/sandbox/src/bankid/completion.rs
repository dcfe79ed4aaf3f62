//! What the relying party gets in the end, and what makes it: a person's key, and an answer that it is not revoked.

use super::{order::Holder, request::Ask};
use crate::persons::Method;
use base64::{Engine, prelude::BASE64_STANDARD};
use bevaka_domain::clock::Timestamp;
use bevaka_eid::sign::{
    Content, SignFault,
    ocsp::{Answer, Status},
    pki::{Authority, Person, Responder, Signer, Validity},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The relying party's name, as the app shows it.
pub(crate) const RELYING_PARTY: &str = "Bevaka";
/// How long ago each test person's BankID was issued.
const ISSUED_AGO: Duration = Duration::from_secs(30 * 86_400);
/// For how long they hold from now on.
pub(crate) const HELD_FOR: Duration = Duration::from_secs(365 * 86_400);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Completion {
    user: User,
    device: Device,
    bank_id_issue_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_up: Option<StepUp>,
    signature: String,
    ocsp_response: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    personal_number: String,
    name: String,
    given_name: String,
    surname: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    ip_address: String,
    uhi: String,
}

#[derive(Debug, Serialize)]
struct StepUp {
    mrtd: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("User(…)")
    }
}

/// Issues each test person's BankID when it is used first, and signs with it.
pub(crate) struct Issuer {
    authority: Authority,
    responder: Responder,
    issued_at: Timestamp,
    signers: Mutex<HashMap<(String, Method), Arc<Signer>>>,
}

impl Issuer {
    pub(crate) fn new(authority: Authority, now: Timestamp) -> Result<Self, SignFault> {
        let issued_at = now.minus(ISSUED_AGO);
        let responder = authority.responder("Sandbox BankID OCSP", validity(issued_at), true)?;
        Ok(Self { authority, responder, issued_at, signers: Mutex::default() })
    }

    /// Signs what was asked. Making a key takes its time: not for a thread that others wait for.
    pub(crate) fn complete(
        &self,
        ask: &Ask,
        holder: &Holder,
        nonce: &[u8],
        now: Timestamp,
    ) -> Result<Completion, SignFault> {
        let signer = self.signer(holder)?;
        let content = Content {
            purpose: ask.purpose,
            visible: ask.visible.as_deref(),
            non_visible: ask.non_visible.as_deref(),
            relying_party: RELYING_PARTY,
            nonce,
            policies: &ask.requirement.policies,
        };
        let xml = signer.sign(&content)?;
        // As with the real one, the answer is bound to the signature that it is sent along with.
        let bound = Sha256::digest(&xml);
        let at = now.to_offset_date_time();
        let answer = Answer { status: Status::Good, produced_at: at, known_since: at, nonce: &bound };
        let ocsp = self.responder.answer(&signer, &answer)?;
        let person = &holder.person;
        Ok(Completion {
            user: User {
                personal_number: person.personal_number.as_str().to_owned(),
                name: person.name(),
                given_name: person.given_name.clone(),
                surname: person.surname.clone(),
            },
            device: Device { ip_address: ask.end_user_ip.to_string(), uhi: hardware(holder) },
            bank_id_issue_date: format!("{}Z", self.issued_at.to_offset_date_time().date()),
            step_up: ask.requirement.mrtd.then_some(StepUp { mrtd: true }),
            signature: BASE64_STANDARD.encode(xml),
            ocsp_response: BASE64_STANDARD.encode(ocsp),
            risk: ask.return_risk.then_some("low"),
        })
    }

    fn signer(&self, Holder { person, method }: &Holder) -> Result<Arc<Signer>, SignFault> {
        // Held while a key is made: two orders of one person must not end in two BankIDs.
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (person.id.clone(), *method);
        if let Some(signer) = signers.get(&key) {
            return Ok(Arc::clone(signer));
        }
        let named = Person {
            personal_number: person.personal_number.as_str(),
            given_name: &person.given_name,
            surname: &person.surname,
        };
        let signer = self.authority.person(&named, method.policy(), validity(self.issued_at))?;
        let signer = Arc::new(signer);
        signers.insert(key, Arc::clone(&signer));
        Ok(signer)
    }
}

fn validity(from: Timestamp) -> Validity {
    let until = from.plus(ISSUED_AGO).plus(HELD_FOR);
    Validity { from: from.to_offset_date_time(), until: until.to_offset_date_time() }
}

/// The "unique hardware identifier": the same for each use of one BankID, and telling nothing else.
fn hardware(Holder { person, method }: &Holder) -> String {
    let digest = Sha256::digest(format!("{}/{}", person.id, method.word()));
    BASE64_STANDARD.encode(digest.get(..20).unwrap_or_default())
}

#[cfg(test)]
impl Completion {
    pub(crate) fn example() -> Self {
        let text = String::new;
        Self {
            user: User { personal_number: text(), name: text(), given_name: text(), surname: text() },
            device: Device { ip_address: text(), uhi: text() },
            bank_id_issue_date: text(),
            step_up: None,
            signature: text(),
            ocsp_response: text(),
            risk: None,
        }
    }
}

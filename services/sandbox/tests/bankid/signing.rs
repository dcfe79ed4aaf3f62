//! Bevaka's own client and its verification, against the sandbox: what must hold holds, everything else does not.

use crate::{RelyingParty as Rig, app::page_of};
use bevaka_eid::{
    bankid::{
        BankIdError, Collected, Completion, Config, ErrorCode, Hint, Method, RelyingParty, Request, Started,
    },
    profile::{Profile, Trust},
    signature::{self, Check, Expected, Purpose, Signatory},
};
use std::{fs, time::Duration};

const ANNA: &str = "191212121212";
const TEXT: &str = "Avtal om Bevaka ärenden för Exempelbolaget AB";
const DATA: &[u8] = b"sha256:0123";

/// The client as an operator configures it: by the files that the sandbox gives away.
fn client(rig: &Rig) -> (RelyingParty, Profile) {
    let directory = rig.directory.path().join("bankid");
    let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    let config = Config {
        url: rig.url("").trim_end_matches('/').to_owned(),
        identity_pem: read("relying-party.pem").into(),
        ca_pem: read("server-ca.pem"),
        timeout: Duration::from_secs(10),
    };
    let profile = Profile::load(&directory.join("profile.toml")).unwrap();
    (RelyingParty::new(&config).unwrap(), profile)
}

fn request(profile: &Profile, method: Method) -> Request {
    Request {
        end_user_ip: "192.0.2.1".parse().unwrap(),
        visible: Some(TEXT.to_owned()),
        non_visible: Some(DATA.to_vec()),
        method,
        policies: profile.policies(method).to_vec(),
        personal_number: None,
        return_url: None,
    }
}

fn expected(method: Method) -> Expected<'static> {
    Expected {
        purpose: Purpose::Signing,
        method,
        signatory: Signatory::Person(ANNA),
        visible: Some(TEXT),
        non_visible: Some(DATA),
    }
}

/// What the person does in the app.
async fn sign_as(rig: &Rig, started: &Started, bankid: &str) {
    let page = page_of(&started.order_ref);
    rig.form(&format!("{page}/choose"), &format!("bankid={bankid}")).await;
    rig.form(&format!("{page}/code"), "code=123456").await;
}

async fn completion(client: &RelyingParty, started: &Started) -> Completion {
    match client.collect(&started.order_ref).await.unwrap() {
        Collected::Complete(completion) => *completion,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn r09_a_signature_holds_for_its_kind_its_person_and_its_text_alone() {
    let rig = Rig::start().await;
    let (client, profile) = client(&rig);
    assert_eq!(profile.trust, Trust::Sandbox);
    for (method, other, bankid) in
        [(Method::OnCard, Method::Mobile, "anna/on_card"), (Method::Mobile, Method::OnCard, "anna/mobile")]
    {
        let started = client.sign(&request(&profile, method)).await.unwrap();
        assert_eq!(
            client.collect(&started.order_ref).await.unwrap(),
            Collected::Pending(Hint::OutstandingTransaction)
        );
        sign_as(&rig, &started, bankid).await;
        let completion = completion(&client, &started).await;
        let verified = signature::verify(&completion, &expected(method), &profile).unwrap();
        assert_eq!(verified.personal_number, ANNA);

        let refused = |expected: Expected<'_>| {
            signature::verify(&completion, &expected, &profile).err().map(|fault| fault.check())
        };
        let right = expected(method);
        assert_eq!(refused(Expected { method: other, ..right }), Some(Check::Policy));
        let erik = Signatory::Person("198504129811");
        assert_eq!(refused(Expected { signatory: erik, ..right }), Some(Check::Signatory));
        for altered in [
            Expected { visible: Some("Avtal om Bevaka ärenden för Exempelbolaget AC"), ..right },
            Expected { visible: None, ..right },
            Expected { non_visible: None, ..right },
            Expected { purpose: Purpose::Identification, ..right },
        ] {
            assert_eq!(refused(altered), Some(Check::Content));
        }
    }
    rig.rig.stop().await;
}

#[tokio::test]
async fn r09_the_other_kind_and_another_person_do_not_complete_an_order() {
    let rig = Rig::start().await;
    let (client, profile) = client(&rig);
    let order = Request { personal_number: Some(ANNA.to_owned()), ..request(&profile, Method::OnCard) };
    let started = client.sign(&order).await.unwrap();
    for bankid in ["anna/mobile", "erik/on_card", "erik/mobile"] {
        sign_as(&rig, &started, bankid).await;
        assert_eq!(
            client.collect(&started.order_ref).await.unwrap(),
            Collected::Pending(Hint::Started),
            "{bankid}"
        );
    }
    sign_as(&rig, &started, "anna/on_card").await;
    let completion = completion(&client, &started).await;
    signature::verify(&completion, &expected(Method::OnCard), &profile).unwrap();
    rig.rig.stop().await;
}

#[tokio::test]
async fn a_signature_of_another_sandbox_does_not_count() {
    let (rig, elsewhere) = (Rig::start().await, Rig::start().await);
    let ((party, _), (_, others)) = (client(&rig), client(&elsewhere));
    let started = party.sign(&request(&others, Method::Mobile)).await.unwrap();
    sign_as(&rig, &started, "anna/mobile").await;
    let completion = completion(&party, &started).await;
    let fault = signature::verify(&completion, &expected(Method::Mobile), &others).err().unwrap();
    assert_eq!(fault.check(), Check::Chain);
    rig.rig.stop().await;
    elsewhere.rig.stop().await;
}

#[tokio::test]
async fn a_signature_survives_a_restart_of_the_sandbox() {
    let rig = Rig::start().await;
    let (party, profile) = client(&rig);
    let started = party.sign(&request(&profile, Method::Mobile)).await.unwrap();
    sign_as(&rig, &started, "anna/mobile").await;
    let completion = completion(&party, &started).await;
    let Rig { rig, clock, directory, .. } = rig;
    rig.stop().await;
    crate::rig::start_at(directory.path(), clock).await.stop().await;
    let profile = Profile::load(&directory.path().join("bankid/profile.toml")).unwrap();
    signature::verify(&completion, &expected(Method::Mobile), &profile).unwrap();
}

#[tokio::test]
async fn failures_and_refusals_reach_the_client_by_their_names() {
    let rig = Rig::start().await;
    let (client, profile) = client(&rig);
    let of = |number: &str| Request {
        personal_number: Some(number.to_owned()),
        ..request(&profile, Method::Mobile)
    };
    let started = client.auth(&of("198605019812")).await.unwrap();
    for pending in [Hint::OutstandingTransaction, Hint::UserSign] {
        assert_eq!(client.collect(&started.order_ref).await.unwrap(), Collected::Pending(pending));
    }
    assert_eq!(client.collect(&started.order_ref).await.unwrap(), Collected::Failed(Hint::UserCancel));

    let started = client.auth(&of(ANNA)).await.unwrap();
    let refused = client.auth(&of(ANNA)).await.err().unwrap();
    assert_eq!(refused, BankIdError::Refused(ErrorCode::AlreadyInProgress));
    assert_eq!(client.collect(&started.order_ref).await.unwrap(), Collected::Failed(Hint::Cancelled));

    let started = client.auth(&of(ANNA)).await.unwrap();
    client.cancel(&started.order_ref).await.unwrap();
    let refused = client.collect(&started.order_ref).await.err().unwrap();
    assert_eq!(refused, BankIdError::Refused(ErrorCode::InvalidParameters));
    rig.rig.stop().await;
}

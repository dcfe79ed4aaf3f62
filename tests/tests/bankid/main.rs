//! Signing in and signing with BankID: the agreements service and the sandbox's BankID, over mutual TLS with real
//! signatures. What must fail, fails; what a person has completed counts once, whatever ends meanwhile.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

mod bank;

use bank::{
    ANNA, Asked, Bank, ERIK, asking, attempt_of, change, evidence, order, order_ref, sign, smuggle, state,
    version,
};
use bevaka_agreements::{
    commands::place::{self, Wish},
    fault::Fault,
    identity::{
        attempt::{self, Failure, SignedOutcome, State, Way},
        bankid as way, collector, token,
    },
};
use bevaka_domain::{
    ids::AttemptId,
    language::Language,
    signing::{Method as SignedBy, OrderState, Refusal},
};
use bevaka_eid::{
    bankid::Method,
    evidence::{Bundle, Verdict},
    ocra::{Inputs, Suite},
};
use bevaka_store::attempts;
use std::time::Duration;

const COMPLETED: State = State::Signed { outcome: SignedOutcome::Completed };
const NOT_ACCEPTED: State = State::Failed { why: Failure::NotAccepted };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r09_card_mobile_and_token_sign_and_the_evidence_says_which() {
    for method in [SignedBy::OnCard, SignedBy::Mobile, SignedBy::Token] {
        let bank = Bank::open(None).await;
        let app = bank.service().await;
        let anna = bank.sign_in(&app, "anna", ANNA).await;
        let placed = change(&app, anna).await;
        let attempt = if let Some(kind) = way::kind(method) {
            let attempt = sign(&app, anna, kind, placed).await.unwrap();
            let bankid = if kind == Method::OnCard { "anna/on_card" } else { "anna/mobile" };
            bank.use_bankid(&order_ref(&app, attempt).await, bankid).await;
            bank.collect(&app).await;
            attempt
        } else {
            let attempt = token::sign_order(&app, asking(), (anna, placed)).await.unwrap();
            let begun = attempt::find(&app, attempt, bank::SECRET).await.unwrap();
            let Way::Token(asked) = begun.way else { panic!("not by token") };
            let answer = token_of_anna(&asked.challenge);
            token::answer(&app, attempt, bank::SECRET, &answer).await.unwrap();
            attempt
        };
        assert_eq!(state(&app, attempt).await, COMPLETED, "{method:?}");
        let signed = order(&app, placed).await;
        assert_eq!((signed.signatures.len(), signed.signatures[0].method), (1, method));
        assert_eq!(version(&app, anna).await, Some(2));
        let bundle = Bundle::parse(&evidence(&app, signed.signatures[0].id).await).unwrap();
        assert_eq!((&bundle.text, bundle.signatory.as_str()), (&signed.text, ANNA));
        match bundle.verify(&bank.profile()).verdict {
            Verdict::Proved(verified) => assert_eq!(verified.personal_number, ANNA),
            verdict => assert_eq!((verdict, method), (Verdict::Recorded, SignedBy::Token)),
        }
        bank.close().await;
    }
}

/// What Anna's token answers, by the key in the demonstration's file.
fn token_of_anna(challenge: &str) -> String {
    let file = std::fs::read_to_string(bevaka_tests::config_dir().join("demonstration.jsonl")).unwrap();
    let line = file.lines().find(|line| line.contains("1002-0001")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let secret = line["secret"].as_str().unwrap();
    let byte = |n| u8::from_str_radix(&secret[n..n + 2], 16).unwrap();
    let key: Vec<u8> = (0..secret.len()).step_by(2).map(byte).collect();
    Suite::SIGN.respond(&key.into(), &Inputs { question: challenge, ..Inputs::default() }).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r09_an_order_for_one_kind_is_not_completed_by_the_other() {
    let bank = Bank::open(None).await;
    let app = bank.service().await;
    let anna = bank.sign_in(&app, "anna", ANNA).await;
    for (asked, other, bankid) in
        [(Method::OnCard, Method::Mobile, "anna/mobile"), (Method::Mobile, Method::OnCard, "anna/on_card")]
    {
        let placed = change(&app, anna).await;
        // BankID itself refuses the other kind, and the order waits.
        let attempt = sign(&app, anna, asked, placed).await.unwrap();
        bank.use_bankid(&order_ref(&app, attempt).await, bankid).await;
        bank.collect(&app).await;
        assert!(matches!(state(&app, attempt).await, State::Pending { .. }));
        way::cancel(&app, attempt, bank::SECRET).await.unwrap();
        // If it did not, the signature's policy would tell.
        let text = order(&app, placed).await.text;
        let asked_of_bankid = Asked { method: other, number: ANNA, text: &text };
        let attempt = smuggle(&app, (placed, anna), asked, asked_of_bankid).await;
        bank.use_bankid(&order_ref(&app, attempt).await, bankid).await;
        bank.collect(&app).await;
        assert_eq!(state(&app, attempt).await, NOT_ACCEPTED, "{bankid}");
        assert!(order(&app, placed).await.signatures.is_empty());
        place::cancel(&app, anna, placed).await.unwrap();
    }
    assert_eq!(version(&app, anna).await, Some(1));
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r10_another_persons_signature_and_one_of_another_text_do_not_count() {
    let bank = Bank::open(None).await;
    let app = bank.service().await;
    let anna = bank.sign_in(&app, "anna", ANNA).await;
    let placed = change(&app, anna).await;
    let text = order(&app, placed).await.text;
    let altered = text.replace("Exempelbolaget AB", "Exempelbolaget AC");
    assert_ne!(altered, text);
    for (number, text, bankid) in [(ERIK, &text, "erik/mobile"), (ANNA, &altered, "anna/mobile")] {
        let asked = Asked { method: Method::Mobile, number, text };
        let attempt = smuggle(&app, (placed, anna), Method::Mobile, asked).await;
        bank.use_bankid(&order_ref(&app, attempt).await, bankid).await;
        bank.collect(&app).await;
        assert_eq!(state(&app, attempt).await, NOT_ACCEPTED, "{bankid}");
    }
    assert!(order(&app, placed).await.signatures.is_empty());
    assert_eq!(version(&app, anna).await, Some(1));
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r10_a_replayed_completion_counts_neither_for_another_order_nor_twice_for_its_own() {
    let bank = Bank::open(None).await;
    let app = bank.service().await;
    let anna = bank.sign_in(&app, "anna", ANNA).await;
    let first = change(&app, anna).await;
    let attempt = sign(&app, anna, Method::Mobile, first).await.unwrap();
    let reference = order_ref(&app, attempt).await;
    bank.use_bankid(&reference, "anna/mobile").await;
    bank.collect(&app).await;
    assert_eq!(state(&app, attempt).await, COMPLETED);

    let wish = Wish::Change { kinds: vec!["message.received".to_owned()], seen: 2 };
    let second = place::place(&app, anna, wish, Language::Swedish).await.unwrap();
    let elsewhere = attempt_of(&app, (second, anna), Method::Mobile, reference.clone(), String::new()).await;
    let again = attempt_of(&app, (first, anna), Method::Mobile, reference, String::new()).await;
    bank.collect(&app).await;
    assert_eq!(state(&app, elsewhere).await, NOT_ACCEPTED);
    assert!(matches!(state(&app, again).await, State::Failed { why: Failure::Refused(_) }));
    assert!(order(&app, second).await.signatures.is_empty());
    assert_eq!((order(&app, first).await.signatures.len(), version(&app, anna).await), (1, Some(2)));
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_what_is_cancelled_expired_or_failed_changes_nothing_and_says_why() {
    let bank = Bank::open(None).await;
    let app = bank.service().await;
    let anna = bank.sign_in(&app, "anna", ANNA).await;
    let mut outcomes = Vec::new();
    for reference in ["bo", "sixten", "sven"] {
        let caller = bank.caller(&app, reference).await;
        let own = change(&app, caller).await;
        let attempt = sign(&app, caller, Method::Mobile, own).await.unwrap();
        for _ in 0..3 {
            assert!(matches!(state(&app, attempt).await, State::Pending { .. }), "{reference}");
            bank.collect(&app).await;
        }
        if reference == "sixten" {
            // He has opened the app and does nothing more; BankID ends the order after three minutes.
            bank.wait(Duration::from_secs(180));
            bank.collect(&app).await;
        }
        outcomes.push(state(&app, attempt).await);
        let own = order(&app, own).await;
        assert!(own.signatures.is_empty() && own.state == OrderState::Open, "{reference}");
        place::cancel(&app, caller, own.id).await.unwrap();
    }
    let failed = |key: &str| State::Failed { why: Failure::BankId(key.to_owned()) };
    assert_eq!(outcomes, [failed("bankid-rfa6"), failed("bankid-rfa8"), failed("bankid-rfa16")]);

    let placed = change(&app, anna).await;
    let attempt = sign(&app, anna, Method::Mobile, placed).await.unwrap();
    let reference = order_ref(&app, attempt).await;
    way::cancel(&app, attempt, bank::SECRET).await.unwrap();
    assert_eq!(state(&app, attempt).await, State::Failed { why: Failure::Cancelled });
    let attempt_at_bankid = app.bankid.as_ref().unwrap().client.collect(&reference).await;
    assert!(attempt_at_bankid.is_err(), "it is taken back at BankID too");
    // Nobody opens the app.
    let attempt = sign(&app, anna, Method::Mobile, placed).await.unwrap();
    bank.wait(Duration::from_secs(31));
    bank.collect(&app).await;
    assert_eq!(state(&app, attempt).await, failed("bankid-rfa17b"));
    assert_eq!((order(&app, placed).await.state, version(&app, anna).await), (OrderState::Open, Some(1)));
    bank.close().await;
}

/// BankID has the signature, and the process that should have asked for it is gone.
async fn a_crash_before_our_commit_loses_nothing(postgres: Option<String>) {
    let bank = Bank::open(postgres).await;
    let crashing = bank.service().await;
    let anna = bank.sign_in(&crashing, "anna", ANNA).await;
    let placed = change(&crashing, anna).await;
    let attempt = sign(&crashing, anna, Method::Mobile, placed).await.unwrap();
    bank.use_bankid(&order_ref(&crashing, attempt).await, "anna/mobile").await;
    drop(crashing);

    let (one, other) = (bank.service().await, bank.service().await);
    assert!(order(&one, placed).await.signatures.is_empty());
    bank.wait(Duration::from_secs(60));
    let counts = tokio::join!(collector::collect(&one), collector::collect(&other));
    assert_eq!(counts.0.unwrap() + counts.1.unwrap(), 1, "one of two asks");
    assert_eq!(state(&one, attempt).await, COMPLETED);
    assert_eq!((bank.collect(&one).await, bank.collect(&other).await), (0, 0));
    assert_eq!((order(&other, placed).await.signatures.len(), version(&other, anna).await), (1, Some(2)));
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_a_crash_between_bankids_completion_and_ours_loses_nothing_on_sqlite() {
    a_crash_before_our_commit_loses_nothing(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_a_crash_between_bankids_completion_and_ours_loses_nothing_on_postgres() {
    a_crash_before_our_commit_loses_nothing(Some(bevaka_rig::postgres_database("bankid"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_two_jointly_are_two_persons_and_the_second_completes() {
    let bank = Bank::open(None).await;
    let app = bank.service().await;
    let astrid = bank.sign_in(&app, "astrid", "196302219867").await;
    let gustav = bank.sign_in(&app, "gustav", "197706089872").await;
    let wish = Wish::Connect { kinds: vec!["payment.rejected".to_owned()], channel: None };
    let placed = place::place(&app, astrid, wish, Language::Swedish).await.unwrap();
    for (caller, bankid, outcome) in
        [(astrid, "astrid/mobile", SignedOutcome::Waits), (gustav, "gustav/mobile", SignedOutcome::Completed)]
    {
        assert_eq!(version(&app, caller).await, None);
        let attempt = sign(&app, caller, Method::Mobile, placed).await.unwrap();
        bank.use_bankid(&order_ref(&app, attempt).await, bankid).await;
        bank.collect(&app).await;
        assert_eq!(state(&app, attempt).await, State::Signed { outcome });
        if outcome == SignedOutcome::Waits {
            let again = sign(&app, astrid, Method::OnCard, placed).await;
            assert!(matches!(again, Err(Fault::Refused(Refusal::AlreadySigned))), "{again:?}");
        }
    }
    assert_eq!(version(&app, gustav).await, Some(1));
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r10_evidence_verifies_without_bevaka_until_one_character_changes() {
    let bank = Bank::open(None).await;
    let app = bank.service().await;
    let anna = bank.sign_in(&app, "anna", ANNA).await;
    let placed = change(&app, anna).await;
    let attempt = sign(&app, anna, Method::OnCard, placed).await.unwrap();
    bank.use_bankid(&order_ref(&app, attempt).await, "anna/on_card").await;
    bank.collect(&app).await;
    let signed = order(&app, placed).await;
    let document = evidence(&app, signed.signatures[0].id).await;
    let profile = bank.profile();
    bank.close().await;
    drop(app);

    let bundle = Bundle::parse(&document).unwrap();
    assert!(matches!(bundle.verify(&profile).verdict, Verdict::Proved(_)));
    for (n, character) in bundle.text.char_indices() {
        let mut altered = bundle.clone();
        let other = if character == 'x' { "y" } else { "x" };
        altered.text.replace_range(n..n + character.len_utf8(), other);
        assert_eq!(altered.verify(&profile).verdict, Verdict::Refuted, "character {n} of the text");
    }
    // Within BankID's answer: the signature, the answer about revocation, and whom it names.
    for (field, every) in [("signature", 997), ("ocspResponse", 97), ("personalNumber", 1)] {
        let start = document.find(&format!("\\\"{field}\\\":\\\"")).unwrap() + field.len() + 7;
        let length = document[start..].find("\\\"").unwrap();
        for at in (start..start + length).step_by(every) {
            let other = if document.as_bytes()[at] == b'7' { "8" } else { "7" };
            let mut altered = document.clone();
            altered.replace_range(at..=at, other);
            let proved = Bundle::parse(&altered)
                .is_ok_and(|bundle| matches!(bundle.verify(&profile).verdict, Verdict::Proved(_)));
            assert!(!proved, "character {} of {field}", at - start);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_cannot_be_read_stops_no_other() {
    let bank = Bank::open(None).await;
    let app = bank.service().await;
    let anna = bank.sign_in(&app, "anna", ANNA).await;
    let placed = change(&app, anna).await;
    let attempt = sign(&app, anna, Method::Mobile, placed).await.unwrap();
    let mut tx = app.chassis.db.begin().await.unwrap();
    let sound = attempts::find(&mut tx, attempt).await.unwrap().unwrap();
    let id = AttemptId(app.chassis.entropy.id(app.now()));
    // As one is after a restore with another key, and due before all others.
    let unreadable =
        attempts::Attempt { id, way_sealed: vec![0; 64], due_at: Some(sound.started_at), ..sound };
    attempts::insert(&mut tx, &unreadable).await.unwrap();
    tx.commit().await.unwrap();

    bank.use_bankid(&order_ref(&app, attempt).await, "anna/mobile").await;
    bank.collect(&app).await;
    assert_eq!(state(&app, attempt).await, COMPLETED);
    let mut tx = app.chassis.db.begin_read().await.unwrap();
    let closed = attempts::find(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((closed.open, closed.due_at), (false, None));
    drop(tx);
    bank.close().await;
}

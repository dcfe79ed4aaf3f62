use super::*;
use crate::{
    bankid::{
        order::{Status, Tokens},
        request::Ask,
    },
    persons::{Behaviour, Method},
};
use bevaka_eid::signature::Purpose;
use std::{sync::Arc, time::Duration};
use strum::VariantArray;

const TOKEN: &str = "67df3917-fa0d-44e5-b327-edcc928297f8";
const SECRET: &str = "d28db9a7-4cde-429e-a983-359be676944c";

fn after(seconds: u64) -> Timestamp {
    Timestamp::parse("2026-11-21T13:02:00Z").unwrap().plus(Duration::from_secs(seconds))
}

fn order(reference: &str, requirement: &str) -> Order {
    let body = format!(r#"{{"endUserIp": "192.0.2.1", "requirement": {requirement}}}"#);
    let ask = Ask::parse(Purpose::Identification, body.as_bytes()).unwrap();
    let tokens = Tokens {
        reference: reference.into(),
        auto_start: format!("start-{reference}"),
        qr_start: TOKEN.into(),
        qr_secret: SECRET.into(),
    };
    Order::new(ask, tokens, after(0))
}

fn anna() -> Holder {
    let person = Person {
        id: "anna".into(),
        given_name: "Anna".into(),
        surname: "Lind".into(),
        personal_number: PersonalNumber::parse("191212121212").unwrap(),
        bankid: Method::VARIANTS.to_vec(),
        behaviour: Behaviour::Manual,
        token: None,
    };
    Holder { person: Arc::new(person), method: Method::Mobile }
}

const FOR_ANNA: &str = r#"{"personalNumber": "191212121212"}"#;

fn is_cancelled(orders: &mut Orders, reference: &str) -> bool {
    matches!(orders.find(reference, after(3)).unwrap().status(after(3)), Status::Failed(Failure::Cancelled))
}

#[test]
fn a_second_order_for_the_same_person_ends_both() {
    let mut orders = Orders::default();
    orders.add(order("a", FOR_ANNA), after(0)).unwrap();
    let fault = orders.add(order("b", FOR_ANNA), after(1)).unwrap_err();
    assert_eq!(fault.error_code, ErrorCode::AlreadyInProgress);
    assert!(is_cancelled(&mut orders, "a") && orders.find("b", after(2)).is_none());
    orders.add(order("c", FOR_ANNA), after(2)).unwrap();
}

#[test]
fn who_takes_an_order_leaves_the_one_before() {
    let mut orders = Orders::default();
    for reference in ["a", "b"] {
        orders.add(order(reference, "{}"), after(0)).unwrap();
        orders.choose(reference, anna(), after(1)).unwrap();
    }
    assert!(is_cancelled(&mut orders, "a") && !is_cancelled(&mut orders, "b"));
    assert_eq!(orders.pending(after(2)).len(), 1);
}

#[test]
fn a_cancelled_order_is_gone_and_an_ended_one_cannot_be_cancelled() {
    let mut orders = Orders::default();
    orders.add(order("a", "{}"), after(0)).unwrap();
    orders.cancel("a", after(1)).unwrap();
    assert_eq!(orders.cancel("a", after(1)).unwrap_err(), ApiError::no_such_order());
    orders.add(order("b", "{}"), after(0)).unwrap();
    assert_eq!(orders.cancel("b", after(31)).unwrap_err(), ApiError::no_such_order());
    // Its end can still be collected, for a while.
    assert!(matches!(
        orders.find("b", after(329)).unwrap().status(after(329)),
        Status::Failed(Failure::StartFailed)
    ));
    assert!(orders.find("b", after(330)).is_none());
}

#[test]
fn a_qr_code_leads_to_its_order_while_it_is_fresh_and_the_order_waits() {
    let mut orders = Orders::default();
    orders.add(order("a", "{}"), after(0)).unwrap();
    let text = |seconds| bankid::qr(TOKEN, &SECRET.into(), seconds);
    for (scanned, seconds, leads) in
        [(5, 5, true), (20, 0, true), (0, 1, true), (0, 2, false), (29, 29, true)]
    {
        assert_eq!(orders.by_qr(&text(seconds), after(scanned)).is_some(), leads, "{scanned} {seconds}");
    }
    let forged = text(5).replace(".5.", ".4.");
    for text in ["", "bankid", "bankid.x.1.y", "bankid.x", &forged] {
        assert!(orders.by_qr(text, after(5)).is_none(), "{text}");
    }
    assert!(orders.by_qr(&text(0), after(31)).is_none());
    orders.find("a", after(6)).unwrap().open(after(6)).unwrap();
    assert!(orders.by_qr(&text(7), after(7)).is_none());
}

#[test]
fn a_start_link_leads_to_its_order_alone() {
    let mut orders = Orders::default();
    orders.add(order("a", "{}"), after(0)).unwrap();
    orders.add(order("b", "{}"), after(0)).unwrap();
    assert_eq!(orders.by_auto_start("start-b").unwrap().tokens.reference, "b");
    assert!(orders.by_auto_start("start-c").is_none());
}

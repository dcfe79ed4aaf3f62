use super::*;
use crate::persons::{Behaviour, PersonalNumber};
use bevaka_eid::signature::Purpose;
use proptest::prelude::*;
use strum::VariantArray;

fn start() -> Timestamp {
    Timestamp::parse("2026-11-21T13:02:00Z").unwrap()
}

fn after(seconds: u64) -> Timestamp {
    start().plus(Duration::from_secs(seconds))
}

fn person(number: &str, bankid: &[Method]) -> Arc<Person> {
    Arc::new(Person {
        id: "anna".into(),
        given_name: "Anna".into(),
        surname: "Lind".into(),
        personal_number: PersonalNumber::parse(number).unwrap(),
        bankid: bankid.to_vec(),
        behaviour: Behaviour::Manual,
        token: None,
    })
}

fn anna(method: Method) -> Holder {
    Holder { person: person("191212121212", Method::VARIANTS), method }
}

fn order(requirement: &str) -> Order {
    let body = format!(r#"{{"endUserIp": "192.0.2.1", "requirement": {requirement}}}"#);
    let ask = Ask::parse(Purpose::Identification, body.as_bytes()).unwrap();
    let text = || "x".to_owned();
    let tokens = Tokens { reference: text(), auto_start: text(), qr_start: text(), qr_secret: text().into() };
    Order::new(ask, tokens, start())
}

fn hint(order: &mut Order, now: Timestamp) -> Hint {
    match order.status(now) {
        Status::Pending(hint) => hint,
        other => panic!("{other:?}"),
    }
}

fn failure(order: &mut Order, now: Timestamp) -> Failure {
    match order.status(now) {
        Status::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_is_opened_taken_and_signed() {
    let mut order = order("{}");
    assert_eq!(hint(&mut order, after(1)), Hint::OutstandingTransaction);
    order.open(after(2)).unwrap();
    assert_eq!((hint(&mut order, after(3)), order.is_waiting()), (Hint::Started, false));
    assert_eq!(order.enter_code(true, after(3)).unwrap_err(), Refused::NothingChosen);
    order.choose(anna(Method::Mobile), after(4)).unwrap();
    assert_eq!(hint(&mut order, after(5)), Hint::UserSign);
    assert_eq!(order.enter_code(true, after(6)).unwrap().method, Method::Mobile);
    assert_eq!(hint(&mut order, after(7)), Hint::Processing);
    // One code makes one signature.
    assert_eq!(order.enter_code(true, after(7)).unwrap_err(), Refused::Over);
    order.complete(Completion::example(), after(7)).unwrap();
    assert!(matches!(order.status(after(8)), Status::Complete(_)));
    assert_eq!(order.complete(Completion::example(), after(7)).unwrap_err(), Refused::Over);
    // What is signed stays signed, whatever comes later.
    assert_eq!(order.fail(Failure::UserCancel, after(9)).unwrap_err(), Refused::Over);
    assert!(matches!(order.status(after(1_000)), Status::Complete(_)));
}

#[test]
fn an_end_can_be_collected_for_some_minutes() {
    let mut signed = order("{}");
    signed.choose(anna(Method::Mobile), after(1)).unwrap();
    signed.enter_code(true, after(100)).unwrap();
    signed.complete(Completion::example(), after(100)).unwrap();
    assert!(!signed.is_forgotten(after(279)) && signed.is_forgotten(after(280)));
    let mut unopened = order("{}");
    assert!(!unopened.is_forgotten(after(10_000)));
    unopened.status(after(200));
    assert!(!unopened.is_forgotten(after(329)) && unopened.is_forgotten(after(330)));
}

#[test]
fn an_order_that_nobody_opens_within_thirty_seconds_fails() {
    let mut unopened = order("{}");
    assert_eq!(hint(&mut unopened, after(29)), Hint::OutstandingTransaction);
    assert_eq!(failure(&mut unopened, after(30)), Failure::StartFailed);
    assert_eq!(order("{}").open(after(30)).unwrap_err(), Refused::Over);
}

#[test]
fn an_open_order_fails_after_three_minutes() {
    let mut order = order("{}");
    order.choose(anna(Method::OnCard), after(29)).unwrap();
    assert_eq!(hint(&mut order, after(179)), Hint::UserSign);
    assert_eq!(order.enter_code(true, after(180)).unwrap_err(), Refused::Over);
    assert_eq!(failure(&mut order, after(180)), Failure::ExpiredTransaction);
}

#[test]
fn the_third_wrong_code_blocks_the_bankid() {
    let mut order = order("{}");
    order.choose(anna(Method::Mobile), after(1)).unwrap();
    assert_eq!(order.enter_code(false, after(2)).unwrap_err(), Refused::WrongCode { left: 2 });
    // Choosing again gives no new tries.
    order.choose(anna(Method::Mobile), after(3)).unwrap();
    assert_eq!(order.enter_code(false, after(4)).unwrap_err(), Refused::WrongCode { left: 1 });
    assert_eq!(hint(&mut order, after(5)), Hint::UserSign);
    assert_eq!(order.enter_code(false, after(6)).unwrap_err(), Refused::WrongCode { left: 0 });
    assert_eq!(failure(&mut order, after(7)), Failure::CertificateErr);
}

#[test]
fn r09_a_bankid_of_the_other_kind_leaves_the_order_pending() {
    for (policy, right, wrong) in
        [("1.2.3.4.10", Method::OnCard, Method::Mobile), ("1.2.3.4.25", Method::Mobile, Method::OnCard)]
    {
        let mut order = order(&format!(r#"{{"certificatePolicies": ["{policy}"]}}"#));
        assert_eq!(order.choose(anna(wrong), after(1)).unwrap_err(), Refused::OtherKind);
        assert_eq!(order.enter_code(true, after(2)).unwrap_err(), Refused::NothingChosen);
        assert_eq!(hint(&mut order, after(3)), Hint::Started);
        order.choose(anna(right), after(4)).unwrap();
        // Nor does a wrong choice afterwards take the place of the right one.
        assert_eq!(order.choose(anna(wrong), after(5)).unwrap_err(), Refused::OtherKind);
        assert_eq!(order.enter_code(true, after(6)).unwrap().method, right);
    }
}

#[test]
fn an_order_for_another_person_is_not_taken() {
    let mut order = order(r#"{"personalNumber": "198504129811"}"#);
    assert_eq!(order.choose(anna(Method::Mobile), after(1)).unwrap_err(), Refused::OtherPerson);
    let erik = person("198504129811", &[Method::Mobile]);
    let with = |method| Holder { person: Arc::clone(&erik), method };
    assert_eq!(order.choose(with(Method::OnCard), after(2)).unwrap_err(), Refused::NotHeld);
    order.choose(with(Method::Mobile), after(3)).unwrap();
}

#[test]
fn every_hint_can_be_shown_and_a_passport_is_asked_for() {
    let mut order = order(r#"{"mrtd": true}"#);
    order.show(Hint::NoClient, after(1)).unwrap();
    assert!(order.is_waiting());
    order.choose(anna(Method::Mobile), after(2)).unwrap();
    assert_eq!(hint(&mut order, after(3)), Hint::UserMrtd);
    for shown in [Hint::UserCallConfirm, Hint::UserFace, Hint::UserStepUp, Hint::Processing] {
        order.show(shown, after(4)).unwrap();
        assert_eq!(hint(&mut order, after(5)), shown);
    }
}

#[test]
fn a_script_opens_at_the_second_collect_and_ends_at_the_third() {
    let mut completes = order("{}");
    assert_eq!(completes.next_step(Script::Complete), Step::Rest);
    assert_eq!(completes.next_step(Script::Complete), Step::Open);
    // Without a BankID that fits nothing more happens.
    assert_eq!(completes.next_step(Script::Complete), Step::Rest);
    completes.choose(anna(Method::Mobile), after(1)).unwrap();
    assert_eq!(completes.next_step(Script::Complete), Step::Complete);

    let fails = Script::Fail(Failure::UserCancel);
    let mut cancels = order("{}");
    let steps = [(); 3].map(|()| cancels.next_step(fails));
    assert_eq!(steps, [Step::Rest, Step::Open, Step::Fail(Failure::UserCancel)]);
}

#[derive(Clone, Debug)]
enum Act {
    Open,
    Choose(Method),
    Code(bool),
    Complete,
    Fail,
    Show,
}

fn acts() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let act = prop_oneof![
        Just(Act::Open),
        prop_oneof![Just(Method::OnCard), Just(Method::Mobile)].prop_map(Act::Choose),
        any::<bool>().prop_map(Act::Code),
        Just(Act::Complete),
        Just(Act::Fail),
        Just(Act::Show),
    ];
    prop::collection::vec((0_u64..40, act), 0..30)
}

proptest! {
    /// Whatever is done in whatever order: what is over stays as it is, and only a right code leads to a signature.
    #[test]
    fn what_is_over_stays_over(acts in acts()) {
        let mut order = order(r#"{"certificatePolicies": ["1.2.3.4.25"]}"#);
        let mut seconds = 0;
        let mut signs = false;
        for (pause, act) in acts {
            seconds += pause;
            let now = after(seconds);
            let before = format!("{:?}", order.status(now));
            let was_over = order.is_over();
            let done = match act {
                Act::Open => order.open(now),
                Act::Choose(method) => order.choose(anna(method), now),
                Act::Code(is_right) => order.enter_code(is_right, now).map(|holder| {
                    assert_eq!(holder.method, Method::Mobile);
                    signs = true;
                }),
                Act::Complete => order.complete(Completion::example(), now),
                Act::Fail => order.fail(Failure::UserCancel, now),
                Act::Show => order.show(Hint::UserCallConfirm, now),
            };
            if was_over {
                prop_assert!(done.is_err());
                prop_assert_eq!(before, format!("{:?}", order.status(now)));
            }
            prop_assert!(signs || !matches!(order.status(now), Status::Complete(_)));
        }
        order.status(after(seconds).plus(FINISH_WITHIN));
        prop_assert!(signs || order.is_over());
    }
}

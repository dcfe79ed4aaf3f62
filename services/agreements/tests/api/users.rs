//! Users and permissions: R19–R23.

use crate::{
    changing::{verdict, watch},
    house::{DAY, House, NUMBERS, PAYMENT, ids, told},
};
use bevaka_agreements::identity::collector;
use bevaka_domain::{
    entitlement::{Reason, Verdict},
    user::{Access, Permission, UserState},
};
use serde_json::{Value, json};

const COMPANY: &str = "5560160680";

fn add_user(n: usize, access: &str) -> Value {
    json!({"kind": "add_user", "name": "Robin Ny", "personal_number": NUMBERS[n], "access": access})
}

#[tokio::test]
async fn r10_the_signed_text_says_which_person_joins_or_leaves() {
    let house = House::open().await;
    let company = house.limited().await;
    let administrator = house.administrator(company, 0).await;
    let session = house.sign_in(&administrator).await;
    let restricted = house.restricted(company, 1).await;
    let leaves =
        session.post("/orders", &json!({"kind": "remove_user", "user": restricted.id})).await.is(201);
    let joins = session.post("/orders", &add_user(2, "restricted")).await.is(201);
    for (order, n) in [(joins, 2), (leaves, 1)] {
        let text = order["text"].as_str().unwrap();
        let masked = format!("{}-••••", &NUMBERS[n][..8]);
        let user = order["user"]["user"].as_str().unwrap();
        assert!(text.contains(&masked) && text.contains(user), "{text}");
        assert!(!text.contains(NUMBERS[n]), "{text}");
    }
}

#[tokio::test]
async fn r10_a_name_is_one_line_without_anything_hidden() {
    let house = House::open().await;
    let company = house.limited().await;
    let session = house.sign_in(&house.administrator(company, 0).await).await;
    let named = |name: &str| json!({"kind": "add_user", "name": name, "personal_number": NUMBERS[2], "access": "restricted"});
    for hidden in ['\n', '\u{2028}', '\u{2029}', '\u{202e}', '\u{200b}', '\u{feff}', '\u{7}'] {
        let answer = session.post("/orders", &named(&format!("Robin{hidden}Ny"))).await;
        answer.refuses(422, "invalid_field");
    }
    let placed = session.post("/orders", &named("  A\u{30a}sa  \u{a0}Ny ")).await.is(201);
    assert_eq!(placed["user"]["name"], "Åsa Ny");
}

#[tokio::test]
async fn r19_unrestricted_users_get_access_by_the_agreement_alone_new_ones_too() {
    let house = House::open().await;
    let company = house.limited().await;
    let (signatory, administrator) =
        (house.signatory(company, 0).await, house.administrator(company, 1).await);
    let session = house.sign_in(&signatory).await;
    session.connect_and_sign(&[PAYMENT]).await;
    let placed =
        house.sign_in(&administrator).await.post("/orders", &add_user(2, "unrestricted")).await.is(201);
    let order = placed["order"].as_str().unwrap();
    assert_eq!(session.sign(order).await["outcome"], "completed");
    let user = placed["user"]["user"].as_str().unwrap().parse().unwrap();
    let person = house.person(2).await;
    let new = crate::house::User { id: user, person };
    let company_view = house.sign_in(&new).await.get("/company").await.is(200);
    assert_eq!(company_view["rights"]["has_access"], true);
    watch(&house, &new, PAYMENT).await;
    assert!(matches!(verdict(&house, COMPANY, PAYMENT, &new).await, Verdict::Deliver(_)));
}

#[tokio::test]
async fn r20_restricted_users_need_the_permission_and_learn_who_grants_it() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let administrator = house.administrator(company, 1).await;
    let restricted = house.restricted(company, 2).await;
    house.sign_in(&signatory).await.connect_and_sign(&[PAYMENT]).await;
    watch(&house, &restricted, PAYMENT).await;
    let session = house.sign_in(&restricted).await;
    let seen = session.get("/company").await.is(200);
    assert_eq!((&seen["rights"]["has_access"], &seen["administrators"]), (&json!(false), &json!(["Kim 1"])));
    assert_eq!(verdict(&house, COMPANY, PAYMENT, &restricted).await, Verdict::Suppressed(Reason::NoAccess));

    let path = format!("/users/{}/permission", restricted.id);
    let granted = house.sign_in(&administrator).await.command(&path).await.is(200);
    assert_eq!(granted["has_access"], true);
    assert_eq!(session.get("/company").await.is(200)["rights"]["has_access"], true);
    assert!(matches!(verdict(&house, COMPANY, PAYMENT, &restricted).await, Verdict::Deliver(_)));
}

#[tokio::test]
async fn r21_only_an_administrator_grants_and_lists() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let restricted = house.restricted(company, 1).await;
    let session = house.sign_in(&signatory).await;
    let path = format!("/users/{}", restricted.id);
    for command in ["permission", "block", "unblock"] {
        session.command(&format!("{path}/{command}")).await.refuses(403, "not_administrator");
    }
    session.delete(&format!("{path}/permission")).await.refuses(403, "not_administrator");
    session.get("/users").await.refuses(403, "not_administrator");
    session.post("/orders", &add_user(2, "restricted")).await.refuses(403, "not_administrator");
    let order = json!({"kind": "remove_user", "user": restricted.id});
    session.post("/orders", &order).await.refuses(403, "not_administrator");
    let member = house.member(company, restricted.id).await.unwrap();
    assert_eq!((member.permissions.len(), member.state), (0, UserState::Active));
}

#[tokio::test]
async fn r21_never_oneself() {
    let house = House::open().await;
    let company = house.limited().await;
    let person = house.person(0).await;
    let permissions = [Permission::AdministerPermissions];
    let me = house.join(company, &person, Access::Restricted, None, &permissions).await;
    let session = house.sign_in(&me).await;
    let path = format!("/users/{}", me.id);
    for command in ["permission", "block", "unblock"] {
        session.command(&format!("{path}/{command}")).await.refuses(403, "own_permissions");
    }
    session.delete(&format!("{path}/permission")).await.refuses(403, "own_permissions");
    let order = json!({"kind": "remove_user", "user": me.id});
    session.post("/orders", &order).await.refuses(403, "own_permissions");
    assert_eq!(house.member(company, me.id).await.unwrap().permissions, permissions);
}

#[tokio::test]
async fn r21_another_companys_user_is_not_there() {
    let house = House::open().await;
    let (company, other) = (house.limited().await, house.other_company().await);
    let administrator = house.administrator(company, 0).await;
    let stranger = house.restricted(other, 1).await;
    let session = house.sign_in(&administrator).await;
    let answers = [
        session.command(&format!("/users/{}/permission", stranger.id)).await,
        session.command(&format!("/users/{}/block", stranger.id)).await,
        session.command("/users/01990000-0000-7000-8000-000000000000/block").await,
        session.command("/users/nobody/block").await,
        session.post("/orders", &json!({"kind": "remove_user", "user": stranger.id})).await,
    ];
    let texts: Vec<_> = answers.into_iter().map(|answer| answer.refuses(404, "not_found")).collect();
    assert!(texts.iter().all(|text| *text == texts[0]), "nothing tells them apart");
    assert_eq!(house.member(other, stranger.id).await.unwrap().state, UserState::Active);
}

#[tokio::test]
async fn r22_withdrawal_block_and_removal_count_at_once() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let administrator = house.administrator(company, 1).await;
    let restricted = house.restricted(company, 2).await;
    let signing = house.sign_in(&signatory).await;
    signing.connect_and_sign(&[PAYMENT]).await;
    watch(&house, &restricted, PAYMENT).await;
    let session = house.sign_in(&administrator).await;
    let path = format!("/users/{}", restricted.id);
    let now = async || verdict(&house, COMPANY, PAYMENT, &restricted).await;

    session.command(&format!("{path}/permission")).await.is(200);
    assert!(matches!(now().await, Verdict::Deliver(_)));
    session.delete(&format!("{path}/permission")).await.is(200);
    assert_eq!(now().await, Verdict::Suppressed(Reason::NoAccess));
    session.command(&format!("{path}/permission")).await.is(200);
    assert_eq!(session.command(&format!("{path}/block")).await.is(200)["state"], "blocked");
    assert!(matches!(now().await, Verdict::Suppressed(_)));
    assert_eq!(session.command(&format!("{path}/unblock")).await.is(200)["state"], "active");
    assert!(matches!(now().await, Verdict::Deliver(_)));

    let order = json!({"kind": "remove_user", "user": restricted.id});
    let placed = session.post("/orders", &order).await.is(201);
    assert!(matches!(now().await, Verdict::Deliver(_)), "not before it is signed");
    assert_eq!(signing.sign(placed["order"].as_str().unwrap()).await["outcome"], "completed");
    let found = house.standing(COMPANY, PAYMENT).await;
    assert!(found.standing.users.iter().all(|user| user.id != restricted.id));
}

#[tokio::test]
async fn r22_a_blocked_user_is_signed_out_at_the_next_request() {
    let house = House::open().await;
    let company = house.limited().await;
    let administrator = house.administrator(company, 0).await;
    let restricted = house.restricted(company, 1).await;
    let theirs = house.sign_in(&restricted).await;
    theirs.get("/session").await.is(200);
    let session = house.sign_in(&administrator).await;
    session.command(&format!("/users/{}/block", restricted.id)).await.is(200);
    theirs.get("/session").await.refuses(401, "session_over");
    let begun = house.begin_sign_in(restricted.person.number, "corporate").await;
    let answer = restricted.person.responds(begun["token"]["challenge"].as_str().unwrap());
    house.answer_sign_in(&begun, &answer).await.is(200);
    house.start_session(&begun).await.refuses(403, "access_closed");
}

#[tokio::test]
async fn r23_unapproved_for_30_days_means_denied() {
    let house = House::open().await;
    let company = house.limited().await;
    let (signatory, administrator) =
        (house.signatory(company, 0).await, house.administrator(company, 1).await);
    let session = house.sign_in(&administrator).await;
    let placed = session.post("/orders", &add_user(2, "unrestricted")).await.is(201);
    let (order, user) = (placed["order"].as_str().unwrap(), placed["user"]["user"].as_str().unwrap());
    assert!(house.member(company, user.parse().unwrap()).await.is_none());
    house.clock.advance(30 * DAY);
    collector::sweep(&house.app).await;
    let session = house.sign_in(&administrator).await;
    let users = session.get("/users").await.is(200);
    let denied = users.as_array().unwrap().iter().find(|one| one["user"] == *user).unwrap();
    assert_eq!((&denied["state"], &denied["has_access"]), (&json!("denied"), &json!(false)));
    session.command(&format!("/users/{user}/unblock")).await.refuses(409, "not_active");
    house.sign_in(&signatory).await.begin_signing(order).await.refuses(409, "order_over");
    assert!(house.trail().await.contains(&"user_denied".to_owned()));
}

#[tokio::test]
async fn r23_an_unneeded_permission_and_a_known_user_are_refused() {
    let house = House::open().await;
    let company = house.limited().await;
    let (signatory, administrator) =
        (house.signatory(company, 0).await, house.administrator(company, 1).await);
    let session = house.sign_in(&administrator).await;
    session.command(&format!("/users/{}/permission", signatory.id)).await.refuses(409, "not_needed");
    session.post("/orders", &add_user(0, "restricted")).await.refuses(409, "user_exists");
    for (field, order) in [
        (
            "name",
            json!({"kind": "add_user", "name": " ", "personal_number": NUMBERS[2], "access": "restricted"}),
        ),
        (
            "personal_number",
            json!({"kind": "add_user", "name": "Robin", "personal_number": "191212121213", "access": "restricted"}),
        ),
    ] {
        let refused = session.post("/orders", &order).await.refuses(422, "invalid_field");
        assert_eq!(refused["field"], field);
        assert!(!refused.to_string().contains("191212121213"));
    }
}

#[tokio::test]
async fn r23_a_denied_user_is_let_in_by_a_new_order() {
    let house = House::open().await;
    let company = house.limited().await;
    let (signatory, administrator) =
        (house.signatory(company, 0).await, house.administrator(company, 1).await);
    let placed =
        house.sign_in(&administrator).await.post("/orders", &add_user(2, "restricted")).await.is(201);
    let user = placed["user"]["user"].as_str().unwrap().parse().unwrap();
    house.clock.advance(30 * DAY);
    collector::sweep(&house.app).await;
    assert_eq!(house.member(company, user).await.unwrap().state, UserState::Denied);

    let session = house.sign_in(&administrator).await;
    let again = session.post("/orders", &add_user(2, "unrestricted")).await.is(201);
    assert_eq!(
        house.sign_in(&signatory).await.sign(again["order"].as_str().unwrap()).await["outcome"],
        "completed"
    );
    let member = house.member(company, user).await.unwrap();
    assert_eq!((member.state, member.has_access()), (UserState::Active, true));
}

#[tokio::test]
async fn r11_signatories_hear_of_orders_about_users_and_of_what_came_of_them() {
    let house = House::open().await;
    let company = house.limited().await;
    let (signatory, administrator) =
        (house.signatory(company, 0).await, house.administrator(company, 1).await);
    let session = house.sign_in(&administrator).await;
    let placed = session.post("/orders", &add_user(2, "unrestricted")).await.is(201);
    let notices = house.notices().await;
    assert_eq!((&notices[0]["type"], told(&notices[0])), (&json!("order.pending"), ids(&[&signatory])));
    house.sign_in(&signatory).await.sign(placed["order"].as_str().unwrap()).await;
    let notices = house.notices().await;
    assert_eq!((&notices[0]["type"], told(&notices[0])), (&json!("user.added"), ids(&[&signatory])));
}

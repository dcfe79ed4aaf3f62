use crate::world::*;
use bevaka_domain::{
    agreement::HeldThrough,
    clock::Timestamp,
    ids::OrganisationId,
    signing::{Content, Method, Order, OrderState, Overtaken, Signature, order::LIFETIME},
    user::Access,
};
use bevaka_store::{Db, Tx, agreements, orders};

crate::on_both_engines! {
    an_order_comes_back_as_it_was_stored_with_its_signatures
    r13_a_person_signs_an_order_once
    r10_evidence_is_kept_byte_for_byte_and_belongs_to_one_company
    r10_what_was_signed_is_neither_changed_nor_removed
    open_orders_are_the_oldest_first_and_the_history_the_newest_first
    overdue_orders_are_those_whose_time_has_run_out
    r18_a_version_names_the_order_by_which_it_came
}

/// A company with the users and persons 1 and 2.
async fn inhabited(tx: &mut Tx) -> OrganisationId {
    let organisation = company(tx, 1).await;
    for n in [1, 2] {
        user(tx, organisation, n).await;
        person(tx, n).await;
    }
    organisation
}

fn order(n: u128, organisation: OrganisationId, placed_at: Timestamp) -> Order {
    Order {
        id: id(n),
        organisation,
        content: Content::Connect { scope: scope(&["payment.rejected"]), held_through: HeldThrough::Private },
        text: "Anslutning\n\n- Avvisad betalning “å”".to_owned(),
        placed_by: id(1),
        placed_at,
        state: OrderState::Open,
        signatures: Vec::new(),
    }
}

fn signature(n: u128, by: u128, method: Method) -> Signature {
    let seconds = u64::try_from(n).unwrap();
    Signature { id: id(n), user: id(by), person: id(by), method, at: after(seconds) }
}

async fn an_order_comes_back_as_it_was_stored_with_its_signatures(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = inhabited(&mut tx).await;
    let contents = [
        Content::Connect { scope: scope(&["payment.rejected"]), held_through: HeldThrough::Corporate },
        Content::Change { agreement: id(7), from_version: 3, scope: scope(&["a.b", "c.d"]) },
        Content::AddUser {
            user: id(8),
            person: id(9),
            name: "Åke".to_owned(),
            number_masked: Some("19121212-••••".to_owned()),
            access: Access::Restricted,
        },
        Content::RemoveUser { user: id(8), name: "Åke".to_owned(), number_masked: None },
    ];
    for (n, content) in (1_u128..).zip(contents) {
        let mut expected = Order { content, ..order(n, organisation, NOW) };
        orders::insert(&mut tx, &expected).await.unwrap();
        for (at, by, method) in [(n * 10 + 1, 2, Method::OnCard), (n * 10 + 2, 1, Method::Token)] {
            let signature = signature(at, by, method);
            orders::add_signature(&mut tx, expected.id, &signature, b"{}").await.unwrap();
            expected.signatures.push(signature);
        }
        assert_eq!(orders::find(&mut tx, expected.id).await.unwrap().as_ref(), Some(&expected));
        for state in [
            OrderState::Completed { at: after(1) },
            OrderState::Cancelled { at: after(2) },
            OrderState::Expired { at: after(3) },
            OrderState::Refused { why: Overtaken::MandateRevoked, at: after(4) },
        ] {
            expected.state = state;
            orders::save(&mut tx, &expected).await.unwrap();
            let stored = orders::find_for_update(&mut tx, expected.id).await.unwrap();
            assert_eq!(stored.as_ref(), Some(&expected));
        }
    }
    assert_eq!(orders::find(&mut tx, id(99)).await.unwrap(), None);
}

async fn r13_a_person_signs_an_order_once(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = inhabited(&mut tx).await;
    for n in [1, 2] {
        orders::insert(&mut tx, &order(n, organisation, NOW)).await.unwrap();
        let signature = signature(10 + n, 1, Method::Mobile);
        orders::add_signature(&mut tx, id(n), &signature, b"{}").await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let other = signature(20, 2, Method::Mobile);
    orders::add_signature(&mut tx, id(1), &other, b"{}").await.unwrap();
    // The same person as another user of the company, too.
    let again = Signature { user: id(2), ..signature(21, 1, Method::OnCard) };
    assert!(orders::add_signature(&mut tx, id(1), &again, b"{}").await.is_err());
}

async fn r10_evidence_is_kept_byte_for_byte_and_belongs_to_one_company(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = inhabited(&mut tx).await;
    orders::insert(&mut tx, &order(1, organisation, NOW)).await.unwrap();
    let text = "{\n  \"text\": \"å\\u00e5 \u{a0}\r\n\t\" }\n";
    orders::add_signature(&mut tx, id(1), &signature(11, 1, Method::Mobile), text.as_bytes()).await.unwrap();
    let found = orders::evidence(&mut tx, id(11)).await.unwrap();
    assert_eq!(found, Some((organisation, text.as_bytes().to_vec())));
    assert_eq!(orders::evidence(&mut tx, id(12)).await.unwrap(), None);
}

async fn r10_what_was_signed_is_neither_changed_nor_removed(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = inhabited(&mut tx).await;
    let mut expected = order(1, organisation, NOW);
    orders::insert(&mut tx, &expected).await.unwrap();
    let signature = signature(11, 1, Method::Mobile);
    orders::add_signature(&mut tx, id(1), &signature, b"sealed").await.unwrap();
    tx.commit().await.unwrap();
    expected.signatures.push(signature);
    for statement in [
        "UPDATE order_signatures SET evidence_sealed = ''",
        "UPDATE order_signatures SET method = 'token'",
        "DELETE FROM order_signatures",
        "UPDATE orders SET signed_text = 'x'",
        "UPDATE orders SET content = replace(content, 'private', 'corporate')",
        "UPDATE orders SET placed_by = (SELECT id FROM users WHERE id <> placed_by)",
        "DELETE FROM orders",
    ] {
        assert!(!by_hand(db, &[statement]).await, "{statement}");
    }
    let replacing: &[&str] = match db {
        Db::Pg(_) => &["TRUNCATE order_signatures", "TRUNCATE orders CASCADE"],
        Db::Lite { .. } => &[
            "REPLACE INTO order_signatures SELECT * FROM order_signatures",
            "REPLACE INTO order_signatures SELECT randomblob(16), order_id, user_id, person_id, method, signed_at,
             zeroblob(1) FROM order_signatures",
            "REPLACE INTO orders SELECT * FROM orders",
        ],
    };
    for statement in replacing {
        assert!(!by_hand(db, &[statement]).await, "{statement}");
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(orders::find(&mut tx, id(1)).await.unwrap().as_ref(), Some(&expected));
    expected.state = OrderState::Completed { at: after(1) };
    orders::save(&mut tx, &expected).await.unwrap();
    assert_eq!(orders::evidence(&mut tx, id(11)).await.unwrap().unwrap().1, b"sealed");
}

async fn open_orders_are_the_oldest_first_and_the_history_the_newest_first(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = inhabited(&mut tx).await;
    let other = company(&mut tx, 2).await;
    for n in 1..=3 {
        orders::insert(&mut tx, &order(n, organisation, NOW)).await.unwrap();
    }
    orders::insert(&mut tx, &order(4, other, NOW)).await.unwrap();
    let over = Order { state: OrderState::Cancelled { at: NOW }, ..order(2, organisation, NOW) };
    orders::save(&mut tx, &over).await.unwrap();
    let ids = |orders: Vec<Order>| orders.into_iter().map(|order| order.id.0.as_u128()).collect::<Vec<_>>();
    assert_eq!(ids(orders::open(&mut tx, organisation).await.unwrap()), [1, 3]);
    assert_eq!(ids(orders::of_organisation(&mut tx, organisation).await.unwrap()), [3, 2, 1]);
}

async fn overdue_orders_are_those_whose_time_has_run_out(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = inhabited(&mut tx).await;
    for (n, placed_at) in [(1, after(1)), (2, NOW), (3, NOW)] {
        orders::insert(&mut tx, &order(n, organisation, placed_at)).await.unwrap();
    }
    let over = Order { state: OrderState::Completed { at: NOW }, ..order(3, organisation, NOW) };
    orders::save(&mut tx, &over).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let due = NOW.plus(LIFETIME);
    let early = Timestamp::from_micros(due.as_micros() - 1);
    assert!(orders::overdue(&mut tx, early, 10).await.unwrap().is_empty());
    assert_eq!(orders::overdue(&mut tx, due, 10).await.unwrap(), [(id(2), organisation)]);
    let all = orders::overdue(&mut tx, after(1).plus(LIFETIME), 1).await.unwrap();
    assert_eq!(all, [(id(2), organisation)], "the longest due first, and no more than asked for");
}

async fn r18_a_version_names_the_order_by_which_it_came(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = inhabited(&mut tx).await;
    orders::insert(&mut tx, &order(1, organisation, NOW)).await.unwrap();
    let agreement = agreement(&mut tx, organisation, &["payment.rejected"]).await;
    agreements::change_scope(&mut tx, agreement, 2, &scope(&["a.b"]), after(1)).await.unwrap();
    agreements::attribute(&mut tx, agreement, 2, id(1)).await.unwrap();
    assert!(agreements::end(&mut tx, organisation, after(2)).await.unwrap());
    agreements::ended_by(&mut tx, agreement, id(2)).await.unwrap();
    let history = agreements::history(&mut tx, organisation).await.unwrap();
    let told: Vec<_> = history.iter().map(|version| (version.version, version.order)).collect();
    assert_eq!(told, [(2, Some(id(1))), (1, None)]);
    assert_eq!(history[0].scope, scope(&["a.b"]));
    assert_eq!((history[0].ended_at, history[0].ended_by.as_deref()), (Some(after(2)), Some("Kim 2")));
}

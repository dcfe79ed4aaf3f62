//! Since when things are as they are (R38).

use crate::{
    on_both_engines,
    world::{
        NOW, after, agreement, company, contact, id, kind, mobile, number, rejected, scope, user, watch,
    },
};
use bevaka_domain::{
    ids::{AgreementId, ContactId, UserId},
    trail::{Action, Actor, Entry, Writer},
    user::Permission,
    watch::Channel,
};
use bevaka_store::{Db, agreements, deliveries, explained, trail};
use serde_json::json;

on_both_engines! {
    r38_what_counts_for_a_user_is_known_with_its_times
    r38_what_is_gone_is_known_by_the_trail
    r38_since_when_a_kind_is_covered_looks_through_all_versions
    r32_an_alert_is_made_where_there_is_none
}

async fn r38_what_counts_for_a_user_is_known_with_its_times(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    agreement(&mut tx, company, &["payment.rejected"]).await;
    let anna = user(&mut tx, company, 1).await;
    agreements::grant(&mut tx, anna, Permission::ManageWatches, after(5)).await.unwrap();
    let number_of_anna = contact(&mut tx, anna, 11, &mobile(), true).await;
    watch(&mut tx, anna, rejected(), &[(Channel::Sms, number_of_anna)]).await;
    let other = user(&mut tx, company, 2).await;
    let past = explained::past(&mut tx, &number(1), &rejected()).await.unwrap().unwrap();
    assert_eq!((past.organisation, past.people.len()), (company, 2));
    let known = &past.people[&anna];
    assert_eq!((known.granted_at, known.watch_changed_at), (Some(after(5)), Some(NOW)));
    assert_eq!((known.off_at, known.removed_at, known.created_at), (None, None, NOW));
    let contacts: Vec<(&ContactId, _)> =
        known.contacts.iter().map(|(id, contact)| (id, contact.verified_at)).collect();
    assert_eq!(contacts, [(&number_of_anna, Some(NOW))]);
    let silent = &past.people[&other];
    assert_eq!((silent.granted_at, silent.watch_changed_at, silent.contacts.len()), (None, None, 0));
    let messages = explained::past(&mut tx, &number(1), &kind("message.received")).await.unwrap().unwrap();
    assert_eq!(messages.people[&anna].watch_changed_at, None, "the watch is of another kind");
    assert!(explained::past(&mut tx, &number(2), &rejected()).await.unwrap().is_none());
    let name = explained::company_name(&mut tx, &number(1)).await.unwrap();
    assert_eq!(name.as_deref(), Some(past.name.as_str()));
}

async fn r38_what_is_gone_is_known_by_the_trail(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    let anna = user(&mut tx, company, 1).await;
    let entry = |subject: UserId, action, detail, seconds| Entry {
        at: after(seconds),
        actor: Actor::System,
        action,
        organisation: Some(company),
        subject: subject.to_string(),
        detail,
    };
    let watching = json!({"permission": "manage_watches"});
    let entries = [
        entry(anna, Action::PermissionRevoked, watching.clone(), 1),
        entry(anna, Action::PermissionRevoked, watching, 2),
        entry(anna, Action::PermissionRevoked, json!({"permission": "administer_permissions"}), 3),
        entry(anna, Action::WatchRemoved, json!({"kind": "payment.rejected"}), 4),
        entry(anna, Action::WatchRemoved, json!({"kind": "message.received"}), 5),
        entry(anna, Action::UserBlocked, json!({}), 6),
        entry(id(9), Action::UserBlocked, json!({}), 7),
    ];
    trail::append_all(&mut tx, Writer::Operators, &entries).await.unwrap();
    let past = explained::past(&mut tx, &number(1), &rejected()).await.unwrap().unwrap();
    let last = |action| past.people[&anna].last(action);
    assert_eq!(last(Action::PermissionRevoked), Some(after(2)), "the last, of this permission");
    assert_eq!(last(Action::WatchRemoved), Some(after(4)), "of this kind");
    assert_eq!((last(Action::UserBlocked), last(Action::UserUnblocked)), (Some(after(6)), None));
}

async fn r38_since_when_a_kind_is_covered_looks_through_all_versions(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    let past = explained::past(&mut tx, &number(1), &rejected()).await.unwrap().unwrap();
    assert!(past.agreement.is_none(), "it never had one");
    let agreement: AgreementId = agreement(&mut tx, company, &["payment.rejected"]).await;
    let both = ["payment.rejected", "message.received"];
    agreements::change_scope(&mut tx, agreement, 2, &scope(&both), after(10)).await.unwrap();
    agreements::change_scope(&mut tx, agreement, 3, &scope(&["message.received"]), after(20)).await.unwrap();
    agreements::change_scope(&mut tx, agreement, 4, &scope(&both), after(30)).await.unwrap();
    let last = explained::past(&mut tx, &number(1), &rejected()).await.unwrap().unwrap().agreement.unwrap();
    assert_eq!((last.current().unwrap().version, last.ended_at), (4, None));
    assert_eq!(last.answer_since(&rejected()), Some(after(30)), "it was left out meanwhile");
    assert_eq!(last.answer_since(&kind("message.received")), Some(after(10)));
    assert_eq!(last.answer_since(&kind("einvoice.received")), Some(NOW), "it never was covered");
    agreements::end(&mut tx, company, after(40)).await.unwrap();
    let ended = explained::past(&mut tx, &number(1), &rejected()).await.unwrap().unwrap().agreement.unwrap();
    assert_eq!(ended.ended_at, Some(after(40)));
}

async fn r32_an_alert_is_made_where_there_is_none(db: &Db) {
    let event = crate::world::stored_event(db, 1).await;
    let mut tx = db.begin().await.unwrap();
    let alert = crate::world::alert(1, event, after(30));
    assert!(deliveries::insert_if_absent(&mut tx, &alert, NOW).await.unwrap());
    let same = bevaka_domain::delivery::Delivery { id: id(2), ..alert.clone() };
    assert!(!deliveries::insert_if_absent(&mut tx, &same, NOW).await.unwrap(), "the contact point has one");
    assert_eq!(deliveries::of_event(&mut tx, event).await.unwrap(), [alert]);
}

use crate::world::*;
use bevaka_domain::{
    agreement::{Agreement, AgreementState, HeldThrough, Scope},
    ids::{AgreementId, ContactId, WatchId},
    language::Language,
    organisation::CompanyForm,
    user::{Access, Permission, UserState},
    watch::{Channel, Settings, Watch},
};
use bevaka_store::{
    Db, StoreError, agreements,
    agreements::{NewOrganisation, NewUser},
    people, standing, watches,
};
use std::collections::{BTreeMap, HashSet};

crate::on_both_engines! {
    an_organisation_stored_again_keeps_its_first_id
    a_user_stored_again_keeps_the_first_id_and_takes_the_new_facts
    the_same_reference_in_another_company_is_another_user
    a_contact_point_stored_again_keeps_its_first_id_and_may_lose_its_confirmation
    a_watch_stored_again_keeps_its_first_id_and_takes_the_new_channels
    a_company_has_one_agreement_in_force
    an_ended_agreement_makes_room_for_a_new_one
    a_changed_scope_is_a_new_version_and_a_version_is_never_written_twice
    permissions_are_exactly_those_last_set
}

async fn an_organisation_stored_again_keeps_its_first_id(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let first = company(&mut tx, 1).await;
    let number = number(1);
    let again =
        NewOrganisation { id: id(99), number: &number, name: "Nya namnet AB", form: CompanyForm::Other };
    assert_eq!(agreements::upsert_organisation(&mut tx, &again, NOW).await.unwrap(), first);
    assert_eq!(agreements::find_organisation(&mut tx, &number).await.unwrap(), Some(first));
    assert_eq!(agreements::count_organisations(&mut tx).await.unwrap(), 1);
}

async fn a_user_stored_again_keeps_the_first_id_and_takes_the_new_facts(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let first = user(&mut tx, organisation, 1).await;
    let again = NewUser {
        id: id(99),
        organisation,
        reference: "user-1",
        name: "Kim Ny",
        language: Language::Swedish,
        access: Access::Restricted,
        state: UserState::Blocked,
    };
    assert_eq!(agreements::upsert_user(&mut tx, &again, NOW).await.unwrap(), first);
    assert_eq!(agreements::find_user(&mut tx, organisation, "user-1").await.unwrap(), Some(first));
    let users = people::users(&mut tx, [first].into_iter()).await.unwrap();
    assert_eq!(users[&first], ("user-1".to_owned(), "Kim Ny".to_owned()));
}

async fn the_same_reference_in_another_company_is_another_user(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (one, two) = (company(&mut tx, 1).await, company(&mut tx, 2).await);
    let first = user(&mut tx, one, 1).await;
    let new = NewUser {
        id: id(2),
        organisation: two,
        reference: "user-1",
        name: "Kim",
        language: Language::Swedish,
        access: Access::Unrestricted,
        state: UserState::Active,
    };
    assert_ne!(agreements::upsert_user(&mut tx, &new, NOW).await.unwrap(), first);
    assert_eq!(agreements::find_user(&mut tx, two, "user-1").await.unwrap(), Some(id(2)));
}

async fn a_contact_point_stored_again_keeps_its_first_id_and_may_lose_its_confirmation(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    let user = user(&mut tx, company, 1).await;
    agreement(&mut tx, company, &["payment.rejected"]).await;
    let first = contact(&mut tx, user, 10, &mobile(), true).await;
    watch(&mut tx, user, rejected(), &[(Channel::Sms, first)]).await;
    assert_eq!(contact(&mut tx, user, 11, &mobile(), false).await, first);
    assert_eq!(watches::find_contact(&mut tx, user, &mobile()).await.unwrap(), Some(first));
    assert_eq!(watches::find_contact(&mut tx, user, &mailbox()).await.unwrap(), None);

    let asked = HashSet::from([(number(1), rejected())]);
    let companies = standing::load(&mut tx, &asked).await.unwrap();
    let chosen = companies[&(number(1), rejected())].standing.users[0].channels[0];
    assert!(!chosen.contact.unwrap().verified);
}

async fn a_watch_stored_again_keeps_its_first_id_and_takes_the_new_channels(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    let user = user(&mut tx, company, 1).await;
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    let email = contact(&mut tx, user, 11, &mailbox(), true).await;
    let first = watch(&mut tx, user, rejected(), &[(Channel::Sms, sms)]).await;
    let channels: BTreeMap<Channel, Option<ContactId>> = [(Channel::Email, Some(email))].into();
    let again = Watch {
        id: WatchId(id(99)),
        user,
        kind: rejected(),
        channels,
        settings: Settings::default(),
        off_at: None,
    };
    assert_eq!(watches::upsert_watch(&mut tx, &again, NOW).await.unwrap(), first);

    let asked = HashSet::from([(number(1), rejected())]);
    let companies = standing::load(&mut tx, &asked).await.unwrap();
    let chosen = &companies[&(number(1), rejected())].standing.users[0].channels;
    assert_eq!(chosen.iter().map(|c| c.channel).collect::<Vec<_>>(), [Channel::Email]);
}

fn held(id: AgreementId, version: u32, scope: Scope) -> Agreement {
    let state = AgreementState::Active { since: NOW };
    Agreement { id, organisation: self::id(1), version, scope, held_through: HeldThrough::Corporate, state }
}

async fn a_company_has_one_agreement_in_force(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    agreement(&mut tx, organisation, &["payment.rejected"]).await;
    tx.commit().await.unwrap();

    let mut tx = db.begin().await.unwrap();
    let kinds = scope(&["loan.due"]);
    let second = agreements::connect(&mut tx, id(2), organisation, &kinds, HeldThrough::Private, NOW).await;
    assert!(matches!(second, Err(StoreError::Database(_))), "{second:?}");
    assert!(!second.unwrap_err().is_transient(), "trying again cannot help");
    drop(tx);

    let mut tx = db.begin().await.unwrap();
    let in_force = agreements::agreement_in_force(&mut tx, organisation).await.unwrap();
    assert_eq!(in_force, Some(held(id(1), 1, scope(&["payment.rejected"]))));
}

async fn an_ended_agreement_makes_room_for_a_new_one(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    agreement(&mut tx, organisation, &["payment.rejected"]).await;
    assert!(agreements::end(&mut tx, organisation, NOW).await.unwrap());
    assert!(!agreements::end(&mut tx, organisation, NOW).await.unwrap(), "nothing is left to end");
    assert_eq!(agreements::agreement_in_force(&mut tx, organisation).await.unwrap(), None);
    let (new, kinds) = (AgreementId(id(2)), scope(&["loan.due"]));
    agreements::connect(&mut tx, new, organisation, &kinds, HeldThrough::Corporate, NOW).await.unwrap();
    let in_force = agreements::agreement_in_force(&mut tx, organisation).await.unwrap();
    assert_eq!(in_force, Some(held(new, 1, kinds)));
}

async fn a_changed_scope_is_a_new_version_and_a_version_is_never_written_twice(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let agreement = agreement(&mut tx, organisation, &["payment.rejected"]).await;
    let wider = scope(&["payment.rejected", "loan.due"]);
    agreements::change_scope(&mut tx, agreement, 2, &wider, NOW).await.unwrap();
    let in_force = agreements::agreement_in_force(&mut tx, organisation).await.unwrap();
    assert_eq!(in_force, Some(held(agreement, 2, wider.clone())));
    tx.commit().await.unwrap();

    let mut tx = db.begin().await.unwrap();
    let again = agreements::change_scope(&mut tx, agreement, 2, &scope(&[]), NOW).await;
    assert!(matches!(again, Err(StoreError::Database(_))), "{again:?}");
    drop(tx);

    let mut tx = db.begin().await.unwrap();
    let in_force = agreements::agreement_in_force(&mut tx, organisation).await.unwrap();
    assert_eq!(in_force, Some(held(agreement, 2, wider)));
}

async fn permissions_are_exactly_those_last_set(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    let user = user(&mut tx, company, 1).await;
    let asked = HashSet::from([(number(1), rejected())]);
    let both = [Permission::ManageWatches, Permission::AdministerPermissions];
    for (set, may_watch) in [
        (&both[..], true),
        (&[Permission::ManageWatches, Permission::ManageWatches], true),
        (&[Permission::AdministerPermissions], false),
        (&[], false),
    ] {
        agreements::set_permissions(&mut tx, user, set, NOW).await.unwrap();
        let companies = standing::load(&mut tx, &asked).await.unwrap();
        assert_eq!(companies[&(number(1), rejected())].standing.users[0].may_watch, may_watch, "{set:?}");
    }
    agreements::set_permissions(&mut tx, user, &both, NOW).await.unwrap();
    agreements::revoke(&mut tx, user, Permission::ManageWatches).await.unwrap();
    let companies = standing::load(&mut tx, &asked).await.unwrap();
    assert!(!companies[&(number(1), rejected())].standing.users[0].may_watch);
}

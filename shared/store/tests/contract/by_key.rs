use crate::world::*;
use bevaka_domain::{
    organisation::CompanyForm,
    user::{Access, Permission, UserState},
    watch::Channel,
};
use bevaka_store::{Db, agreements, by_key, watch_sets, watches};

crate::on_both_engines! {
    what_is_not_there_is_none
    everything_comes_back_as_it_was_stored
    a_watch_whose_contact_point_is_gone_keeps_its_channel
}

async fn what_is_not_there_is_none(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    assert_eq!(by_key::organisation(&mut tx, &number(1)).await.unwrap(), None);
    assert_eq!(by_key::user(&mut tx, id(1), "user-1").await.unwrap(), None);
    assert_eq!(by_key::contact(&mut tx, id(1), &mobile()).await.unwrap(), None);
    assert_eq!(watch_sets::find(&mut tx, id(1), &rejected()).await.unwrap(), None);
}

async fn everything_comes_back_as_it_was_stored(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let user = user_with(&mut tx, organisation, 1, Access::Restricted, UserState::Blocked).await;
    let permissions = [Permission::AdministerPermissions, Permission::ManageWatches];
    agreements::set_permissions(&mut tx, user, &permissions, NOW).await.unwrap();
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    let email = contact(&mut tx, user, 11, &mailbox(), false).await;
    watch(&mut tx, user, rejected(), &[(Channel::Sms, sms)]).await;

    let found = by_key::organisation(&mut tx, &number(1)).await.unwrap().unwrap();
    assert_eq!(
        (found.id, found.name.as_str(), found.form),
        (organisation, "Exempelbolaget 1", CompanyForm::LimitedCompany)
    );
    let found = by_key::user(&mut tx, organisation, "user-1").await.unwrap().unwrap();
    assert_eq!((found.id, found.name.as_str(), found.permissions), (user, "Kim 1", permissions.to_vec()));
    assert_eq!((found.access, found.state), (Access::Restricted, UserState::Blocked));
    assert_eq!(by_key::contact(&mut tx, user, &mobile()).await.unwrap(), Some((sms, true)));
    assert_eq!(by_key::contact(&mut tx, user, &mailbox()).await.unwrap(), Some((email, false)));
    let found = watch_sets::find(&mut tx, user, &rejected()).await.unwrap().unwrap();
    assert_eq!(found.channels, [(Channel::Sms, Some(sms))].into());
}

async fn a_watch_whose_contact_point_is_gone_keeps_its_channel(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let user = user(&mut tx, organisation, 1).await;
    let email = contact(&mut tx, user, 11, &mailbox(), true).await;
    watch(&mut tx, user, rejected(), &[(Channel::Email, email)]).await;
    watches::remove_contact(&mut tx, email).await.unwrap();
    let found = watch_sets::find(&mut tx, user, &rejected()).await.unwrap().unwrap();
    assert_eq!(found.channels, [(Channel::Email, None)].into());
}

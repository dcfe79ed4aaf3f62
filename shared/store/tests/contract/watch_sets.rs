use crate::world::*;
use bevaka_domain::{
    event::{Account, Amount},
    ids::{OrganisationId, UserId},
    watch::{Channel, Settings, Watch},
};
use bevaka_store::{
    Db, Tx, coverage,
    watch_sets::{self, Version},
    watches,
};

crate::on_both_engines! {
    watches_come_back_by_kind_with_all_that_was_chosen
    a_version_begins_at_none_and_grows_with_each_change
    two_who_lock_the_same_watches_come_one_after_the_other
    a_watch_is_switched_off_once_and_on_again
    what_a_company_watches_is_that_of_its_users_and_its_last_review_counts
}

async fn of_a_company(tx: &mut Tx) -> (OrganisationId, UserId) {
    let organisation = company(tx, 1).await;
    (organisation, user(tx, organisation, 1).await)
}

async fn watches_come_back_by_kind_with_all_that_was_chosen(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (_, user) = of_a_company(&mut tx).await;
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    let settings = Settings {
        least_amount: Some(Amount::parse("10000.00").unwrap()),
        accounts: [Account::parse("8327-9, 123").unwrap()].into(),
        ..Settings::default()
    };
    let chosen = Watch {
        id: id(7),
        user,
        kind: rejected(),
        channels: [(Channel::Sms, Some(sms)), (Channel::Email, None)].into(),
        settings,
        off_at: Some(after(5)),
    };
    watches::upsert_watch(&mut tx, &chosen, NOW).await.unwrap();
    watch(&mut tx, user, kind("einvoice.received"), &[(Channel::Sms, sms)]).await;
    let all = watch_sets::of(&mut tx, user).await.unwrap();
    let kinds: Vec<_> = all.iter().map(|watch| watch.kind.as_str()).collect();
    assert_eq!(kinds, ["einvoice.received", "payment.rejected"]);
    assert_eq!(all[1], chosen);
    assert_eq!(watch_sets::find(&mut tx, user, &rejected()).await.unwrap(), Some(chosen));
    assert_eq!(watch_sets::find(&mut tx, user, &kind("message.received")).await.unwrap(), None);
    assert_eq!(watch_sets::of(&mut tx, id(2)).await.unwrap(), []);
}

async fn a_version_begins_at_none_and_grows_with_each_change(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (_, user) = of_a_company(&mut tx).await;
    assert_eq!(watch_sets::version(&mut tx, user).await.unwrap(), Version::default());
    assert_eq!(watch_sets::lock(&mut tx, user, NOW).await.unwrap(), Version::default());
    for (number, at) in [(1, after(1)), (2, after(2))] {
        let version = Version { number, changed_at: Some(at) };
        assert_eq!(watch_sets::grow(&mut tx, user, at).await.unwrap(), version);
        assert_eq!(watch_sets::lock(&mut tx, user, after(9)).await.unwrap(), version);
        assert_eq!(watch_sets::version(&mut tx, user).await.unwrap(), version);
    }
}

async fn two_who_lock_the_same_watches_come_one_after_the_other(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (_, user) = of_a_company(&mut tx).await;
    tx.commit().await.unwrap();
    let change = async || {
        let mut tx = db.begin().await.unwrap();
        let seen = watch_sets::lock(&mut tx, user, NOW).await.unwrap();
        let grown = watch_sets::grow(&mut tx, user, NOW).await.unwrap();
        tx.commit().await.unwrap();
        (seen.number, grown.number)
    };
    let (one, other, third) = tokio::join!(change(), change(), change());
    let mut seen = [one, other, third];
    seen.sort_unstable();
    assert_eq!(seen, [(0, 1), (1, 2), (2, 3)]);
}

async fn a_watch_is_switched_off_once_and_on_again(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (_, user) = of_a_company(&mut tx).await;
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    watch(&mut tx, user, rejected(), &[(Channel::Sms, sms)]).await;
    let off_at = async |tx: &mut Tx| watch_sets::of(tx, user).await.unwrap()[0].off_at;
    let off = Some(after(1));
    assert!(watch_sets::switch(&mut tx, user, &rejected(), off, after(1)).await.unwrap());
    assert!(!watch_sets::switch(&mut tx, user, &rejected(), Some(after(2)), after(2)).await.unwrap());
    assert_eq!(off_at(&mut tx).await, off);
    assert!(watch_sets::switch(&mut tx, user, &rejected(), None, after(3)).await.unwrap());
    assert!(!watch_sets::switch(&mut tx, user, &rejected(), None, after(3)).await.unwrap());
    assert_eq!(off_at(&mut tx).await, None);
    let unwatched = kind("message.received");
    assert!(!watch_sets::switch(&mut tx, user, &unwatched, off, after(1)).await.unwrap());
}

async fn what_a_company_watches_is_that_of_its_users_and_its_last_review_counts(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (organisation, kim) = of_a_company(&mut tx).await;
    let other = company(&mut tx, 2).await;
    let stranger = user(&mut tx, other, 2).await;
    let sms = contact(&mut tx, kim, 10, &mobile(), true).await;
    let email = contact(&mut tx, kim, 11, &mailbox(), false).await;
    let strange = contact(&mut tx, stranger, 12, &mobile(), true).await;
    watch(&mut tx, kim, rejected(), &[(Channel::Sms, sms), (Channel::Email, email)]).await;
    watch(&mut tx, stranger, rejected(), &[(Channel::Sms, strange)]).await;
    let watched = coverage::watches(&mut tx, organisation).await.unwrap();
    assert_eq!(watched.iter().map(|watch| watch.user).collect::<Vec<_>>(), [kim]);
    assert_eq!(coverage::confirmed(&mut tx, organisation).await.unwrap(), [sms].into());

    assert_eq!(coverage::last_review(&mut tx, organisation).await.unwrap(), None);
    for (n, at) in [(20, after(2)), (21, after(1))] {
        coverage::add_review(&mut tx, id(n), organisation, kim, at).await.unwrap();
    }
    let last = coverage::last_review(&mut tx, organisation).await.unwrap().unwrap();
    assert_eq!((last.by, last.name.as_str(), last.at), (kim, "Kim 1", after(2)));
    assert_eq!(coverage::last_review(&mut tx, other).await.unwrap(), None);
}

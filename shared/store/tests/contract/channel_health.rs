use crate::world::*;
use bevaka_domain::{
    channel::{Failure, Lately},
    watch::Channel,
};
use bevaka_store::{Db, channel_health};

crate::on_both_engines! {
    what_any_dispatcher_saw_last_is_how_a_channel_stands
}

async fn what_any_dispatcher_saw_last_is_how_a_channel_stands(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    assert!(channel_health::all(&mut tx).await.unwrap().is_empty());
    let failed = |at, cause: &str| Failure { at, cause: cause.to_owned(), channel_down: true };
    let one = Lately { success_at: Some(after(5)), failure: Some(failed(after(1), "smtp_451")) };
    let other = Lately { success_at: Some(after(3)), failure: Some(failed(after(7), "refused")) };
    channel_health::note(&mut tx, Channel::Email, &one).await.unwrap();
    channel_health::note(&mut tx, Channel::Email, &other).await.unwrap();
    channel_health::note(&mut tx, Channel::Sms, &Lately::default()).await.unwrap();
    let all = channel_health::all(&mut tx).await.unwrap();
    let joined = Lately { success_at: one.success_at, failure: other.failure.clone() };
    assert_eq!(all, [(Channel::Email, joined.clone())].into());
    assert_eq!(one.or_later(other), joined);
}

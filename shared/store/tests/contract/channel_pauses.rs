use crate::world::*;
use bevaka_domain::{channel::Pause, watch::Channel};
use bevaka_store::{Db, channel_pauses};
use std::time::Duration;

crate::on_both_engines! {
    a_channel_is_stopped_once_and_the_first_pause_stands
}

async fn a_channel_is_stopped_once_and_the_first_pause_stands(db: &Db) {
    let first = Pause { at: NOW, by: "karin".to_owned(), because: "INC-1, åäö".to_owned() };
    let later =
        Pause { at: NOW.plus(Duration::from_secs(1)), by: "erik".to_owned(), because: "x".to_owned() };
    let mut tx = db.begin().await.unwrap();
    assert_eq!(channel_pauses::remove(&mut tx, Channel::Sms).await.unwrap(), None);
    assert!(channel_pauses::insert(&mut tx, Channel::Sms, &first).await.unwrap());
    assert!(!channel_pauses::insert(&mut tx, Channel::Sms, &later).await.unwrap());
    assert_eq!(channel_pauses::all(&mut tx).await.unwrap(), [(Channel::Sms, first.clone())]);
    assert!(channel_pauses::insert(&mut tx, Channel::Email, &later).await.unwrap());
    assert_eq!(channel_pauses::remove(&mut tx, Channel::Sms).await.unwrap(), Some(first));
    assert_eq!(channel_pauses::all(&mut tx).await.unwrap(), [(Channel::Email, later)]);
}

use crate::house::*;
use bevaka_domain::{
    event::{Account, Amount},
    watch::{Channel, Settings},
};
use bevaka_watches::{choice::Choice, commands::save::save, fault::Fault};
use std::collections::BTreeMap;

#[tokio::test]
async fn r24_before_any_choice_nothing_is_watched() {
    let house = House::open().await;
    let mine = house.mine(house.anna).await;
    assert_eq!((mine.version.number, mine.version.changed_at), (0, None));
    assert!(mine.kinds.iter().all(|kind| kind.watch.is_none()));
    let included: BTreeMap<_, _> = mine.kinds.iter().map(|k| (k.kind.as_str(), k.is_included)).collect();
    assert_eq!(included, [(INVOICE, true), (MESSAGE, false), (PAYMENT, true)].into());
    assert_eq!(mine.signatories, ["Karin"]);
    let colleagues: Vec<_> = mine.colleagues.iter().map(|colleague| colleague.name.as_str()).collect();
    assert_eq!(colleagues, ["Karin", "Maja"], "active, with access, and not oneself");
}

#[tokio::test]
async fn r27_exactly_the_chosen_channels_and_contact_points_are_used() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", false).await;
    for (sms, email) in [(Some(sms), None), (None, Some(email)), (Some(sms), Some(email))] {
        house.saves(house.anna, &[choice(PAYMENT, sms, email)]).await;
        let mine = house.mine(house.anna).await;
        let watch = mine.kinds.iter().find_map(|kind| kind.watch.as_ref()).unwrap();
        let chosen = [(Channel::Sms, sms), (Channel::Email, email)];
        assert_eq!(watch.channels, chosen.into_iter().filter(|(_, at)| at.is_some()).collect());
    }
    assert_eq!(house.trail().await, ["watch_changed"; 3]);
}

#[tokio::test]
async fn r25_only_saving_changes_anything_and_saving_the_same_again_does_not() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let chosen = [choice(PAYMENT, None, Some(email))];
    assert_eq!(house.saves(house.anna, &chosen).await, 1);
    let before = house.mine(house.anna).await;
    house.clock.advance(hours(1));
    assert_eq!(house.saves(house.anna, &chosen).await, 1);
    assert_eq!(house.mine(house.anna).await.version, before.version);
    assert_eq!(house.trail().await, ["watch_changed"]);
    let (actor, detail) = house.trail_detail("watch_changed").await;
    assert_eq!(actor, format!("user:{}", house.anna.user));
    assert_eq!(detail, serde_json::json!({"kind": PAYMENT, "channels": {"email": email}, "settings": {}}));
}

#[tokio::test]
async fn r26_a_kind_outside_the_agreement_or_the_catalogue_is_refused_and_nothing_is_saved() {
    let house = House::open().await;
    let email = Some(house.contact(house.anna, "anna@exempelbolaget.se", true).await);
    let choices = [
        choice(PAYMENT, None, email),
        choice(MESSAGE, None, email),
        choice("loan.due", None, email),
        choice(PAYMENT, None, None),
    ];
    let faults = broken(save(&house.app, house.anna, 0, &choices).await);
    let named = |field: &str, code| (field.to_owned(), code);
    assert_eq!(
        faults,
        [
            named("choices[message.received]", "out_of_scope"),
            named("choices[loan.due]", "unknown_kind"),
            named("choices[payment.rejected]", "twice"),
        ]
    );
    assert_eq!(house.mine(house.anna).await.version.number, 0);
}

#[tokio::test]
async fn r15_what_was_chosen_for_a_kind_that_left_is_kept_and_works_again() {
    let house = House::open().await;
    let email = Some(house.contact(house.anna, "anna@exempelbolaget.se", true).await);
    house.saves(house.anna, &[choice(PAYMENT, None, email), choice(INVOICE, None, email)]).await;
    house.set_scope(&[PAYMENT]).await;
    house.saves(house.anna, &[choice(PAYMENT, None, None)]).await;
    let mine = house.mine(house.anna).await;
    let invoice = mine.kinds.iter().find(|view| view.kind.as_str() == INVOICE).unwrap();
    assert!(!invoice.is_included && invoice.watch.is_some(), "shown as not included, with what was chosen");
    let removed = save(&house.app, house.anna, mine.version.number, &[choice(INVOICE, None, None)]).await;
    assert_eq!(broken(removed), [("choices[einvoice.received]".to_owned(), "out_of_scope")]);
    house.set_scope(&[PAYMENT, INVOICE]).await;
    let mine = house.mine(house.anna).await;
    let watched: Vec<_> = mine.kinds.iter().filter(|view| view.watch.is_some() && view.is_included).collect();
    assert_eq!(watched.iter().map(|view| view.kind.as_str()).collect::<Vec<_>>(), [INVOICE]);
}

#[tokio::test]
async fn a_kind_that_is_not_named_stays_and_one_without_a_channel_is_removed() {
    let house = House::open().await;
    let email = Some(house.contact(house.anna, "anna@exempelbolaget.se", true).await);
    house.saves(house.anna, &[choice(PAYMENT, None, email), choice(INVOICE, None, email)]).await;
    let mut without = choice(PAYMENT, None, None);
    without.settings.weekdays_only = true;
    assert_eq!(house.saves(house.anna, &[without]).await, 2, "what is removed needs no sound settings");
    let mine = house.mine(house.anna).await;
    let watched: Vec<_> = mine.kinds.iter().filter_map(|view| view.watch.as_ref()).collect();
    assert_eq!(watched.iter().map(|watch| watch.kind.as_str()).collect::<Vec<_>>(), [INVOICE]);
    assert_eq!(house.trail().await, ["watch_changed", "watch_changed", "watch_removed"]);
}

#[tokio::test]
async fn the_second_saver_is_told_what_stands_and_overwrites_nothing() {
    let house = House::open().await;
    let email = Some(house.contact(house.anna, "anna@exempelbolaget.se", true).await);
    save(&house.app, house.anna, 0, &[choice(PAYMENT, None, email)]).await.unwrap();
    let second = save(&house.app, house.anna, 0, &[choice(PAYMENT, None, None)]).await;
    let Err(Fault::Stale(stale)) = second else { panic!("{second:?}") };
    assert_eq!((stale.version.number, stale.version.changed_at), (1, Some(house.now())));
    assert_eq!(stale.watches.len(), 1);
    save(&house.app, house.anna, stale.version.number, &[choice(PAYMENT, None, None)]).await.unwrap();
    let ahead = save(&house.app, house.anna, 7, &[]).await;
    assert!(matches!(ahead, Err(Fault::Stale(_))), "{ahead:?}");
}

async fn of_two_savers_at_once_one_is_told(house: House) {
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let (by_email, by_sms) = ([choice(PAYMENT, None, Some(email))], [choice(PAYMENT, Some(sms), None)]);
    for round in 0..5 {
        let version = house.mine(house.anna).await.version.number;
        let (one, other) = tokio::join!(
            save(&house.app, house.anna, version, &by_email),
            save(&house.app, house.anna, version, &by_sms),
        );
        let saved = if one.is_ok() { Channel::Email } else { Channel::Sms };
        let told =
            [&one, &other].into_iter().filter(|outcome| matches!(outcome, Err(Fault::Stale(_)))).count();
        assert_eq!(told, 1, "round {round}: {one:?} {other:?}");
        let mine = house.mine(house.anna).await;
        let watch = mine.kinds.iter().find_map(|view| view.watch.as_ref()).unwrap();
        assert_eq!(watch.channels.keys().collect::<Vec<_>>(), [&saved]);
        house.saves(house.anna, &[choice(PAYMENT, None, None)]).await;
    }
}

#[tokio::test]
async fn of_two_savers_at_once_one_is_told_on_sqlite() {
    of_two_savers_at_once_one_is_told(House::open().await).await;
}

#[tokio::test]
async fn of_two_savers_at_once_one_is_told_on_postgres() {
    of_two_savers_at_once_one_is_told(House::open_on_postgres().await).await;
}

#[tokio::test]
async fn only_own_contact_points_of_the_right_channel_can_be_chosen() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let strange = house.contact(house.maja, "maja@exempelbolaget.se", true).await;
    let saved = save(&house.app, house.anna, 0, &[choice(PAYMENT, Some(email), Some(strange))]).await;
    let faults = [
        ("choices[payment.rejected].sms".to_owned(), "other_channel"),
        ("choices[payment.rejected].email".to_owned(), "not_yours"),
    ];
    assert_eq!(broken(saved), faults);
    house.saves(house.anna, &[choice(PAYMENT, Some(sms), Some(email))]).await;
}

#[tokio::test]
async fn r41_the_trail_holds_what_was_set_and_neither_accounts_nor_addresses() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let settings = Settings {
        least_amount: Some(Amount::parse("10000").unwrap()),
        accounts: [Account::parse("8327-9, 123 456 789-0").unwrap()].into(),
        ..Settings::default()
    };
    house.saves(house.anna, &[Choice { settings, ..choice(PAYMENT, None, Some(email)) }]).await;
    let text = house.trail_text().await;
    assert!(!text.contains("832791234567890") && !text.contains("anna@"), "{text}");
    let (_, detail) = house.trail_detail("watch_changed").await;
    assert_eq!(detail["settings"]["least_amount"], "10000.00");
    assert_eq!(detail["settings"]["accounts"].as_array().unwrap().len(), 1);
}

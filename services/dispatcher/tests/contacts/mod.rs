//! Notices to contact points that they name, and the links and codes in what leaves.

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use bevaka_catalogue::AlertText;
use bevaka_channels::Alert;
use bevaka_chassis::{proof::Proofs, vault::Vault};
use bevaka_domain::{
    clock::LocalDate,
    entitlement::{Reason, Verdict},
    event::Kind,
    ids::{ContactId, UserId},
    notice::{Content, Notice, SOURCE, Topic},
    organisation::OrganisationNumber,
    user::Access,
    watch::{Settings, StandIn},
};
use bevaka_store::watches;
use bevaka_support::house::{
    COMPANY, House, PAGES, TOKEN, VAULT_KEY, bytes, on_both_engines, payment, start_of_test,
};
use secrecy::ExposeSecret;
use tower::ServiceExt;
use uuid::Uuid;

on_both_engines! {
    r28_the_code_of_a_contact_point_reaches_it_unconfirmed_and_nothing_else_does
    a_test_goes_to_the_confirmed_contact_point_that_asked_for_it
}

fn proofs() -> Proofs {
    Proofs::new(Vault::new(&VAULT_KEY.to_owned().into()).unwrap())
}

fn notice(
    topic: Topic,
    user: UserId,
    contacts: impl IntoIterator<Item = ContactId>,
    code: Option<Uuid>,
) -> Notice {
    let (kinds, receipt) = ([].into(), String::new());
    Notice {
        topic,
        organisation: OrganisationNumber::parse(COMPANY).unwrap(),
        at: start_of_test(),
        content: Content {
            users: [user].into(),
            kinds,
            receipt,
            contacts: contacts.into_iter().collect(),
            code,
        },
    }
}

fn words(alert: &Alert) -> String {
    match &alert.text {
        AlertText::Sms(sms) => sms.text.clone(),
        AlertText::Mail { text, .. } => format!("{}\n{}\n{}", text.subject, text.text, text.html),
    }
}

async fn r28_the_code_of_a_contact_point_reaches_it_unconfirmed_and_nothing_else_does(house: House) {
    let company = house.company().await;
    let (anna, confirmed) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let phone = house.unconfirmed(anna, "0701740606").await;
    let mailbox = house.unconfirmed(anna, "anna@x.example").await;
    let (erik, _) = house.user(company, "erik", Access::Unrestricted, &["0701740607"]).await;
    let [code, mail_code, test] = [1, 2, 3].map(Uuid::from_u128);
    house
        .publish([
            notice(Topic::ContactCode, anna, [phone], Some(code)).body(code),
            notice(Topic::ContactCode, anna, [mailbox], Some(mail_code)).body(mail_code),
            notice(Topic::WatchTest, anna, [phone, mailbox], None).body(test),
        ])
        .await;
    let (decided, deliveries) = house.settled_from(SOURCE, &code.to_string()).await;
    assert_eq!(deliveries.iter().map(|d| d.contact).collect::<Vec<_>>(), [phone]);
    let of_erik = decided.decisions.iter().find(|d| d.user == erik).unwrap();
    assert_eq!(of_erik.verdict, Verdict::Suppressed(Reason::NotAddressed));
    house.settled_from(SOURCE, &mail_code.to_string()).await;
    let (decided, deliveries) = house.settled_from(SOURCE, &test.to_string()).await;
    let of_anna = decided.decisions.iter().find(|d| d.user == anna).unwrap();
    assert_eq!(of_anna.verdict, Verdict::Suppressed(Reason::ContactNotVerified));
    assert!(deliveries.is_empty() && !confirmed.contains(&phone));

    let (sms, mail) = (house.sms.sent(), house.email.sent());
    assert_eq!((sms.len(), mail.len()), (1, 1));
    for (alert, id, to) in [(&sms[0], code, "+46701740606"), (&mail[0], mail_code, "anna@x.example")] {
        let secret = proofs().contact_code(id);
        assert_eq!(alert.to.reveal(), to);
        assert!(words(alert).contains(secret.expose_secret()));
        assert!(!format!("{alert:?}").contains(secret.expose_secret()));
        assert!(!words(alert).contains(&proofs().alert_code(alert.key)), "two codes would be confused");
        let stored = house.settled_from(SOURCE, &id.to_string()).await;
        let request = Request::get(format!("/dispatcher/api/events/{}", stored.0.event.id))
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .body(Body::empty())
            .unwrap();
        let answer = house.router.clone().oneshot(request).await.unwrap();
        assert!(answer.status().is_success());
        let shown = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        for told in [String::from_utf8_lossy(&shown).into_owned(), stored.0.event.data.clone()] {
            assert!(!told.contains(secret.expose_secret()), "{told}");
        }
    }
    let AlertText::Mail { text, unsubscribe } = &mail[0].text else { panic!("no mail") };
    assert!(!text.subject.contains(proofs().contact_code(mail_code).expose_secret()));
    assert_eq!(*unsubscribe, None);
    house.close().await;
}

async fn a_test_goes_to_the_confirmed_contact_point_that_asked_for_it(house: House) {
    let company = house.company().await;
    let addresses = ["0701740605", "anna@x.example"];
    let (anna, contacts) = house.user(company, "anna", Access::Unrestricted, &addresses).await;
    let id = Uuid::from_u128(1);
    house.publish([notice(Topic::WatchTest, anna, [contacts[0]], None).body(id)]).await;
    let (_, deliveries) = house.settled_from(SOURCE, &id.to_string()).await;
    assert_eq!(deliveries.len(), 1);
    let sent = house.sms.sent();
    let code = proofs().alert_code(deliveries[0].id.0);
    let text = words(&sent[0]);
    assert!(text.starts_with("TEST ") && text.ends_with(&format!("Kod {code}.")), "{text}");
    assert!(house.email.sent().is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_mail_to_a_stand_in_turns_no_watch_off() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["anna@x.example"]).await;
    let (erik, _) = house.user(company, "erik", Access::Unrestricted, &["erik@x.example"]).await;
    let mut tx = house.chassis.db.begin().await.unwrap();
    watches::remove_watch(&mut tx, erik, &Kind::parse("payment.rejected").unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    let day = LocalDate::parse("2026-11-21").unwrap();
    let stand_in = Some(StandIn { user: erik, from: day, to: day });
    house.narrow(anna, "payment.rejected", Settings { stand_in, ..Settings::default() }).await;
    house.publish([bytes(&payment("p1"))]).await;
    let (_, deliveries) = house.settled("p1").await;
    assert_eq!(deliveries.iter().map(|delivery| delivery.user).collect::<Vec<_>>(), [erik]);
    let AlertText::Mail { text, unsubscribe } = house.email.sent()[0].text.clone() else { panic!("no mail") };
    assert_eq!(unsubscribe, None);
    assert!(!text.text.contains("/sluta/"), "{}", text.text);
    house.close().await;
}

#[tokio::test]
async fn a_mail_about_a_watch_says_how_to_turn_it_off_and_every_alert_has_its_code() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) =
        house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    house.publish([bytes(&payment("p1"))]).await;
    let (_, deliveries) = house.settled("p1").await;
    for alert in house.sms.sent().iter().chain(&house.email.sent()) {
        assert!(deliveries.iter().any(|delivery| delivery.id.0 == alert.key));
        assert!(words(alert).contains(&proofs().alert_code(alert.key)), "{}", words(alert));
    }
    let AlertText::Mail { text, unsubscribe } = house.email.sent()[0].text.clone() else { panic!("no mail") };
    let link = unsubscribe.unwrap();
    let token = link.strip_prefix(&format!("{PAGES}/sluta/")).unwrap();
    let kinds = [Kind::parse("payment.rejected").unwrap()].into();
    assert_eq!(proofs().read_unsubscribe(token), Some((anna, kinds)));
    assert!(text.text.contains(&link) && text.html.contains(&link));
    house.close().await;
}

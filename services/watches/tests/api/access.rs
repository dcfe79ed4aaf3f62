//! Who is let in (R19, R20), and what is nobody else's.

use crate::house::{House, PAYMENT};
use bevaka_domain::{
    agreement::HeldThrough,
    organisation::{CompanyForm, OrganisationNumber},
    user::{Access, UserState},
};
use bevaka_portal::Caller;
use bevaka_store::agreements::{self, NewOrganisation};
use serde_json::json;

const READS: [&str; 3] = ["/watches", "/contacts", "/alerts"];

impl House {
    /// A user of another company with an agreement.
    async fn stranger(&mut self) -> Caller {
        let (now, own) = (self.now(), self.organisation);
        let number = OrganisationNumber::parse("2021005489").unwrap();
        let id = self.app.chassis.entropy.id(now).into();
        let new = NewOrganisation {
            id,
            number: &number,
            name: "Grannbolaget AB",
            form: CompanyForm::LimitedCompany,
        };
        let mut tx = self.db.begin().await.unwrap();
        self.organisation = agreements::upsert_organisation(&mut tx, &new, now).await.unwrap();
        let (id, scope) = (self.app.chassis.entropy.id(now).into(), [crate::house::kind(PAYMENT)].into());
        agreements::connect(&mut tx, id, self.organisation, &scope, HeldThrough::Corporate, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let stranger = self.user("Olle", Access::Unrestricted, &[]).await;
        self.organisation = own;
        stranger
    }
}

#[tokio::test]
async fn r20_only_who_has_access_comes_to_watches_and_is_told_whom_to_ask() {
    let house = House::open().await;
    let erik = house.sign_in(house.erik).await;
    for path in READS {
        let refusal = erik.get(path).await.refuses(403, "no_access");
        assert!(refusal["action"].as_str().unwrap().contains("Karin"), "{refusal}");
    }
    erik.save_over("\"0\"", &json!([])).await.refuses(403, "no_access");
    erik.add("email", "erik@exempelbolaget.se").await.refuses(403, "no_access");
    let maja = house.sign_in(house.maja).await;
    for path in READS {
        maja.get(path).await.is(200);
    }
}

#[tokio::test]
async fn nobody_is_let_in_without_a_session_or_an_agreement() {
    let house = House::open().await;
    for (token, code) in [("", "not_signed_in"), ("x", "not_signed_in")] {
        house.with_token(token).get("/watches").await.refuses(401, code);
    }
    let (anna, maja) = (house.sign_in(house.anna).await, house.sign_in(house.maja).await);
    house.set_state(house.maja, UserState::Blocked).await;
    maja.get("/watches").await.refuses(401, "session_over");
    house.end_agreement().await;
    for path in READS {
        let refusal = anna.get(path).await.refuses(409, "not_connected");
        assert!(refusal["action"].as_str().unwrap().contains("Karin"), "{refusal}");
    }
    anna.post("/watches/preview", &json!({"choices": []})).await.refuses(409, "not_connected");
}

#[tokio::test]
async fn what_the_company_watches_is_for_administrators_and_shows_no_address() {
    let house = House::open().await;
    let (anna, karin) = (house.sign_in(house.anna).await, house.sign_in(house.karin).await);
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    anna.save(&json!([{"kind": PAYMENT, "email": email}])).await.is(200);
    for refused in [anna.get("/coverage").await, anna.command("/coverage/review").await] {
        refused.refuses(403, "not_administrator");
    }
    let seen = karin.get("/coverage").await;
    assert!(!seen.text.contains("anna@"), "{}", seen.text);
    let seen = seen.is(200);
    let gaps: Vec<_> = seen["kinds"].as_array().unwrap().iter().map(|kind| &kind["is_gap"]).collect();
    assert_eq!((gaps, &seen["is_due"]), (vec![&json!(true), &json!(false)], &json!(true)));
    let watcher = &seen["kinds"][1]["watchers"][0];
    assert_eq!((&watcher["name"], &watcher["channels"][0]["reached"]), (&json!("Anna"), &json!("confirmed")));
    let reviewed = karin.command("/coverage/review").await.is(200);
    assert_eq!((&reviewed["is_due"], &reviewed["review"]["name"]), (&json!(false), &json!("Karin")));
}

#[tokio::test]
async fn the_ids_of_others_are_not_there() {
    let mut house = House::open().await;
    let stranger = house.stranger().await;
    let theirs = [
        house.contact(house.maja, "maja@exempelbolaget.se", false).await,
        house.contact(stranger, "olle@grannbolaget.se", true).await,
    ];
    let anna = house.sign_in(house.anna).await;
    for id in theirs.iter().map(ToString::to_string).chain(["x".to_owned()]) {
        for command in ["code", "test"] {
            anna.command(&format!("/contacts/{id}/{command}")).await.refuses(404, "not_found");
        }
        let code = json!({"code": "123456"});
        anna.post(&format!("/contacts/{id}/confirm"), &code).await.refuses(404, "not_found");
        let new = json!({"address": "ny@exempelbolaget.se"});
        anna.post(&format!("/contacts/{id}/replace"), &new).await.refuses(404, "not_found");
        anna.get(&format!("/contacts/{id}/losses")).await.refuses(404, "not_found");
        anna.delete(&format!("/contacts/{id}")).await.refuses(404, "not_found");
    }
    let refusal =
        anna.save(&json!([{"kind": PAYMENT, "email": theirs[1]}])).await.refuses(422, "invalid_field");
    assert_eq!(refusal["faults"][0]["code"], "not_yours");
    let away = json!({"user": stranger.user, "from": "2026-11-20", "to": "2026-11-21"});
    let own = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let choice = json!([{"kind": PAYMENT, "email": own, "settings": {"stand_in": away}}]);
    let refusal = anna.save(&choice).await.refuses(422, "invalid_field");
    assert_eq!(refusal["faults"][0]["code"], "not_a_colleague");
    assert_eq!(house.mine(house.maja).await.contacts.len(), 1, "nothing of theirs has changed");
}

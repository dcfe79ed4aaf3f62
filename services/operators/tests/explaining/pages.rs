//! The same on the pages: "was the customer told?" is answered, and mended, in a browser.

use super::{again::confirmed, trail_of};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use bevaka_domain::{
    entitlement::Reason,
    ids::EventId,
    operator::{Operator, Role},
    user::Access,
};
use bevaka_store::{events, operator_sessions};
use bevaka_support::house::{House, bytes, payment};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tower::ServiceExt;

/// A browser in which somebody with these roles is signed in.
struct Desk<'a>(&'a House, &'static str);

/// What it got.
struct Shown {
    status: StatusCode,
    to: String,
    news: String,
    page: String,
}

impl<'a> Desk<'a> {
    async fn of(house: &'a House, cookie: &'static str, roles: &[Role]) -> Self {
        let operator = Operator {
            person: "karin".to_owned(),
            client: None,
            name: "Karin Ek".to_owned(),
            roles: roles.iter().copied().collect(),
        };
        let mut tx = house.chassis.db.begin().await.unwrap();
        operator_sessions::insert(&mut tx, &Sha256::digest(cookie), &operator, house.chassis.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self(house, cookie)
    }

    async fn send(&self, method: Method, path: &str, form: &str, more: &str) -> Shown {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, format!("__Host-bevaka-drift={}; {more}", self.1))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = self.0.router.clone().oneshot(request).await.unwrap();
        let of = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let (status, to, news) = (response.status(), of(header::LOCATION), of(header::SET_COOKIE));
        let body = to_bytes(response.into_body(), 8 << 20).await.unwrap();
        Shown { status, to, news, page: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str) -> Shown {
        self.send(Method::GET, path, "", "").await
    }

    async fn post(&self, path: &str, form: &str) -> Shown {
        self.send(Method::POST, path, form, "").await
    }
}

/// A company with one who was told, one whose number is not confirmed and one without the permission.
async fn stage(house: &House) -> (EventId, bevaka_domain::ids::UserId) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let (sara, _) = house.user(company, "sara", Access::Unrestricted, &["0735550102"]).await;
    house.user(company, "erik", Access::Restricted, &["0701740606"]).await;
    confirmed(house, sara, "0735550102", false).await;
    let mut event = payment("p1");
    event["data"]["account"] = serde_json::json!("83279900000000");
    house.publish([bytes(&event)]).await;
    (house.settled("p1").await.0.event.id, sara)
}

#[tokio::test]
async fn r38_an_operator_finds_why_nothing_came_and_sends_it_again() {
    let house = House::open().await;
    let (id, sara) = stage(&house).await;
    let desk = Desk::of(&house, "operator", &[Role::Operator]).await;
    let event = format!("/drift/handelser/{id}");
    let shown = desk.get(&event).await;
    assert_eq!(shown.status, StatusCode::OK);
    for words in [
        "Avvisad betalning",
        "Exempelbolaget AB",
        "Vem fick veta, och varför",
        "Kom in 14.02.00,000 från /payments.",
        "Skickad 14.02.00",
        "Avtal version 1 sedan 14.02.00",
        "Skickades inte",
        "är inte bekräftat",
        "Saknar behörigheten Hantera Bevaka ärenden",
        "1 segment",
        "Vad skulle hända om den kom nu?",
        "XXXX-XXXX",
    ] {
        assert!(shown.page.contains(words), "{words}: {}", shown.page);
    }
    for hidden in ["83279900000000", "0735550102", "+46735550102", "Skicka igen till"] {
        assert!(!shown.page.contains(hidden), "{hidden}");
    }
    let nothing = desk.get(&format!("{event}/skicka-igen")).await;
    assert_eq!(nothing.status, StatusCode::CONFLICT);
    assert!(nothing.page.contains("Ingen är kvar att skicka till"));

    house.clock.advance(Duration::from_secs(60));
    confirmed(&house, sara, "0735550102", true).await;
    let shown = desk.get(&event).await;
    for words in ["Då gällde:", "Ändrat sedan dess:", "är bekräftat sedan 14.03.00", "Skicka igen till 1"]
    {
        assert!(shown.page.contains(words), "{words}: {}", shown.page);
    }
    let preview = desk.get(&format!("{event}/skicka-igen")).await;
    assert!(
        preview.page.contains("sara") && preview.page.contains("genast") && !preview.page.contains("anna")
    );
    let wrong = desk.post(&format!("{event}/skicka-igen"), "because=x").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.page.contains("Skriv skälet med 3 till 200 tecken.")
            && wrong.page.contains("href=\"#because\"")
    );
    assert!(trail_of(&house).await.is_empty() && house.sms.sent().len() == 1, "looking changes nothing");

    let sent = desk.post(&format!("{event}/skicka-igen"), "because=kunden+ringde").await;
    assert_eq!((sent.status, sent.to.as_str()), (StatusCode::SEE_OTHER, event.as_str()));
    house.event_when("p1", |all| all.len() == 2 && all.iter().all(|d| d.state.due_at().is_none())).await;
    assert_eq!(house.sms.sent().len(), 2);
    let told = desk.send(Method::GET, &event, "", sent.news.split(';').next().unwrap()).await;
    for words in ["Händelsen är skickad igen.", "Skickades igen", "Skäl: kunden ringde", "karin"] {
        assert!(told.page.contains(words), "{words}: {}", told.page);
    }
    house.close().await;
}

#[tokio::test]
async fn r41_what_an_event_holds_is_shown_to_who_may_and_asked_for_it_and_that_is_in_the_trail() {
    let house = House::open().await;
    let (id, _) = stage(&house).await;
    let (event, content) = (format!("/drift/handelser/{id}"), format!("/drift/handelser/{id}/innehall"));
    let viewer = Desk::of(&house, "viewer", &[Role::Viewer]).await;
    let shown = viewer.get(&event).await;
    assert!(shown.status == StatusCode::OK && !shown.page.contains("innehall"), "it is not offered");
    assert_eq!(viewer.post(&content, "").await.status, StatusCode::FORBIDDEN);
    assert!(trail_of(&house).await.is_empty());
    let auditor = Desk::of(&house, "auditor", &[Role::Auditor]).await;
    let shown = auditor.post(&content, "").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.page.contains("83279900000000") && shown.page.contains("Innehållet lästes"));
    let entries = trail_of(&house).await;
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].action.as_str(), entries[0].actor.as_str()), ("event_read", "operator:karin"));
    assert!(!auditor.get(&event).await.page.contains("83279900000000"), "only where it was asked for");
    house.close().await;
}

#[tokio::test]
async fn r38_an_event_is_tried_out_on_a_page_and_nothing_comes_of_it() {
    let house = House::open().await;
    let (id, _) = stage(&house).await;
    let desk = Desk::of(&house, "viewer", &[Role::Viewer]).await;
    let page = desk.get("/drift/prova").await;
    assert!(page.status == StatusCode::OK && !page.page.contains("Det här är ett prov"));
    let form = "kind=payment.rejected&company=556016-0680&data=%7B%22payment_id%22%3A%22p9%22%2C%22reason%22%3A%22other%22%7D";
    let shown = desk.post("/drift/prova", form).await;
    for words in ["Det här är ett prov", "Skulle få veta", "Skulle inte få veta", "Saknar behörigheten"]
    {
        assert!(shown.page.contains(words), "{words}: {}", shown.page);
    }
    let stored = desk.get(&format!("/drift/prova?handelse={id}")).await;
    assert!(stored.page.contains("Händelsen finns redan") && stored.page.contains("Skulle få veta"));
    for (form, field) in [
        ("kind=payment.rejected&company=1", "company"),
        ("kind=nothing&company=5560160680", "kind"),
        ("kind=payment.rejected&company=5560160680&data=%7B", "data"),
        ("kind=payment.rejected&company=5560160680&data=%7B%7D", "data"),
        ("kind=payment.rejected&company=5560160680&when=soon", "when"),
        ("kind=payment.rejected&company=5560160680&recipient=anna", "recipient"),
        ("event=p1", "event"),
        ("event=0190a0a0-0000-7000-8000-000000000001", "event"),
    ] {
        let wrong = desk.post("/drift/prova", form).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(wrong.page.contains(&format!("href=\"#{field}\"")), "{form} {field}");
    }
    let mut tx = house.chassis.db.begin_read().await.unwrap();
    assert_eq!(events::latest(&mut tx, 10).await.unwrap().len(), 1, "the one of before");
    drop(tx);
    assert_eq!(house.sms.sent().len(), 1);
    assert!(trail_of(&house).await.is_empty());
    house.close().await;
}

#[test]
fn r38_every_reason_has_words_in_both_languages() {
    let pages = bevaka_operators::pages::pages().unwrap();
    for language in [bevaka_domain::language::Language::Swedish, bevaka_domain::language::Language::English] {
        let words: std::collections::BTreeSet<_> = Reason::ALL
            .iter()
            .map(|reason| {
                pages
                    .text(language, &format!("explain-reason-{}", reason.as_str().replace('_', "-")))
                    .unwrap()
            })
            .collect();
        assert_eq!(words.len(), Reason::ALL.len(), "each has its own");
    }
}

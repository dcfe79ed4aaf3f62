//! The page of what happens now, and the stream that renews it.

use super::{ask, pause, resume};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use bevaka_domain::{
    operator::{Operator, Role},
    user::Access,
};
use bevaka_store::operator_sessions;
use bevaka_support::house::{DEADLINE, House, bytes, payment};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::timeout;
use tower::ServiceExt;

const COOKIE: &str = "looking-on";

async fn begin_session(house: &House, roles: &[Role]) {
    let operator = Operator {
        person: "karin.ek".to_owned(),
        client: None,
        name: "Karin Ek".to_owned(),
        roles: roles.iter().copied().collect(),
    };
    let mut tx = house.chassis.db.begin().await.unwrap();
    operator_sessions::insert(&mut tx, &Sha256::digest(COOKIE), &operator, house.chassis.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn visit(house: &House, path: &str, form: Option<&str>) -> (StatusCode, String) {
    let request = if form.is_some() { Request::post(path) } else { Request::get(path) };
    let request = request
        .header(header::COOKIE, format!("__Host-bevaka-drift={COOKIE}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.unwrap_or_default().to_owned()))
        .unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// What a stream tells.
struct Stream(Body);

impl Stream {
    async fn open(house: &House) -> Self {
        let request = Request::get("/drift/nu/strom")
            .header(header::COOKIE, format!("__Host-bevaka-drift={COOKIE}"))
            .body(Body::empty())
            .unwrap();
        let response = house.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self(response.into_body())
    }

    /// The next event, or none when the stream has ended.
    async fn next(&mut self) -> Option<String> {
        let frame = timeout(DEADLINE, self.0.frame()).await.expect("an event in time")?;
        Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
    }
}

#[tokio::test]
async fn the_page_shows_what_happens_in_both_languages_without_a_script() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    begin_session(&house, &[Role::Viewer]).await;
    pause(&house, "sms").await;
    house.publish([bytes(&payment("p1"))]).await;
    let (_, waiting) = house.event_when("p1", |all| all.len() == 1).await;
    let (status, page) = visit(&house, "/drift", None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("<svg class=\"plot\"") && page.contains("Stoppad"), "{page}");
    assert!(page.contains(&format!("/drift/aviseringar/{}", waiting[0].id)), "what waits longest is a link");
    assert!(page.contains("21 november 2026") && page.contains("14.02</p>"), "it says when it was read");
    assert!(!page.contains("style=") && !page.contains("<script>"));
    let (_, page) = visit(&house, "/drift?lang=en", None).await;
    assert!(page.contains("Waiting longest") && page.contains("Paused"), "{page}");
    resume(&house, "sms").await;
    house.settled("p1").await;
    house.close().await;
}

#[tokio::test]
async fn those_who_look_on_see_what_changes_and_nothing_is_read_when_nobody_does() {
    let house = House::open().await;
    begin_session(&house, &[Role::Viewer]).await;
    let mut streams = [Stream::open(&house).await, Stream::open(&house).await];
    for stream in &mut streams {
        let first = stream.next().await.unwrap();
        assert!(first.starts_with("event: now\n") && first.contains("Inget försök än"), "{first}");
    }
    pause(&house, "email").await;
    for stream in &mut streams {
        let mut event = String::new();
        while !event.contains("Stoppad") {
            event = stream.next().await.unwrap();
        }
        assert!(!event.contains("<html"), "only the inside of the page");
    }
    house.close().await;
}

#[tokio::test]
async fn r44_looking_on_is_no_use_of_a_session_and_its_end_is_told() {
    let house = House::open().await;
    begin_session(&house, &[Role::Viewer]).await;
    let mut stream = Stream::open(&house).await;
    house.clock.advance(Duration::from_secs(200));
    stream.next().await.unwrap();
    house.clock.advance(Duration::from_secs(101));
    let mut last = String::new();
    while let Some(event) = stream.next().await {
        last = event;
    }
    assert!(last.starts_with("event: ended\n"), "{last}");
    let (status, _) = visit(&house, "/drift", None).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "the session has ended");
    house.close().await;
}

#[tokio::test]
async fn the_stream_ends_at_once_when_the_process_stops() {
    let house = House::open().await;
    begin_session(&house, &[Role::Viewer]).await;
    let mut stream = Stream::open(&house).await;
    stream.next().await.unwrap();
    house.chassis.shutdown.cancel();
    while stream.next().await.is_some() {}
    house.close().await;
}

#[tokio::test]
async fn a_channel_is_stopped_tested_and_resumed_on_its_page() {
    let house = House::open().await;
    begin_session(&house, &[Role::Operator]).await;
    let (_, page) = visit(&house, "/drift/kanaler", None).await;
    assert!(page.contains("Stoppa sms") && page.contains("Skicka ett testmejl"), "{page}");
    let (status, page) = visit(&house, "/drift/kanaler/sms/stoppa", Some("because=x")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("href=\"#because-sms\"") && page.contains("3 till 200 tecken"), "{page}");
    let (status, _) = visit(&house, "/drift/kanaler/sms/stoppa", Some("because=INC-1")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, page) = visit(&house, "/drift/kanaler", None).await;
    assert!(page.contains("karin.ek: INC-1") && page.contains("Låt sms fortsätta"), "{page}");
    let (status, _) = visit(&house, "/drift/kanaler/sms/test", Some("address=0701740605")).await;
    assert_eq!((status, house.sms.sent().len()), (StatusCode::SEE_OTHER, 1));
    let (status, page) = visit(&house, "/drift/kanaler/sms/test", Some("address=0812345678")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("href=\"#address-sms\"") && !page.contains("0812345678"), "{page}");
    let (status, _) = visit(&house, "/drift/kanaler/sms/fortsatt", Some("because=solved")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, channels) = ask(&house, "channels", None).await;
    assert_eq!(channels[0]["standing"], "runs", "the test got through");
    house.close().await;
}

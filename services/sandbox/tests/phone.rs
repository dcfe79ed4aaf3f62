//! The gateway as a client of 46elks sees it, and the page that shows what it took.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rig;

use axum::{Form, Router, body::Body, extract::State, http::StatusCode, routing::post};
use std::{collections::HashMap, sync::Arc, sync::atomic::AtomicU32, sync::atomic::Ordering, time::Duration};
use tokio::sync::mpsc;

type Report = HashMap<String, String>;

/// Takes reports, after it has refused so many.
async fn listener(refusals: u32) -> (String, mpsc::UnboundedReceiver<Report>) {
    let (sender, reports) = mpsc::unbounded_channel();
    let left = Arc::new(AtomicU32::new(refusals));
    let take = move |State(left): State<Arc<AtomicU32>>, Form(report): Form<Report>| async move {
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        sender.send(report).unwrap();
        StatusCode::NO_CONTENT
    };
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http%3A%2F%2F{}%2Freport%3Fid%3D1", socket.local_addr().unwrap());
    let router = Router::new().route("/report", post(take)).with_state(left);
    tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
    (address, reports)
}

async fn next(reports: &mut mpsc::UnboundedReceiver<Report>) -> Report {
    tokio::time::timeout(Duration::from_secs(10), reports.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_sms_is_taken_as_46elks_does_and_reported() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let (address, mut reports) = listener(0).await;
    let form =
        format!("from=Bevaka&to=%2B46701740605&message=Avvisad+betalning+%C3%A5&whendelivered={address}");
    let (status, body) = rig.sms(&form).await;
    assert_eq!(status, StatusCode::OK);
    let receipt: serde_json::Value = serde_json::from_str(&body).unwrap();
    let expected = [
        ("status", "created"),
        ("from", "Bevaka"),
        ("to", "+46701740605"),
        ("message", "Avvisad betalning å"),
        ("created", "2026-11-21T13:02:00.000000"),
    ];
    for (key, value) in expected {
        assert_eq!(receipt[key], value, "{key}");
    }
    assert_eq!((&receipt["parts"], &receipt["cost"]), (&1.into(), &3500.into()));
    let report = next(&mut reports).await;
    assert_eq!(report["id"], receipt["id"].as_str().unwrap());
    assert_eq!(
        (report["status"].as_str(), report["delivered"].as_str()),
        ("delivered", "2026-11-21T13:02:00.000000")
    );

    for query in ["?to=%2B46701740605", "?to=+46701740605&channel=sms", ""] {
        let listed = rig.listed(query).await;
        assert_eq!(listed.len(), 1, "{query}");
        assert_eq!(listed[0]["reference"], receipt["id"]);
        assert_eq!((&listed[0]["segments"], &listed[0]["status"]), (&1.into(), &"delivered".into()));
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_number_that_ends_in_0000_is_reported_failed_until_the_report_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let (address, mut reports) = listener(1).await;
    rig.sms(&format!("from=Bevaka&to=%2B46700000000&message=Hej&whendelivered={address}")).await;
    let report = next(&mut reports).await;
    assert_eq!((report["status"].as_str(), report.contains_key("delivered")), ("failed", false));
    assert!(rig.page("/sandbox/messages").await.contains("Ej levererat</span>"));
    rig.stop().await;
}

#[tokio::test]
async fn credentials_are_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let form = "from=Bevaka&to=%2B46701740605&message=Hej";
    for given in [None, Some("Bearer x"), Some("Basic !"), Some("Basic OnNlY3JldA==")] {
        let mut request = rig::sms_request();
        if let Some(given) = given {
            request = request.header("authorization", given);
        }
        let response = rig.ask(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{given:?}");
        assert!(response.headers().contains_key("www-authenticate"));
    }
    assert!(rig.listed("").await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn what_46elks_would_refuse_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    for (form, status) in [
        ("from=Bevaka&to=0701740605&message=Hej", StatusCode::FORBIDDEN),
        ("from=Bevaka+AB+&to=%2B46701740605&message=Hej", StatusCode::FORBIDDEN),
        ("from=BevakaBevaka&to=%2B46701740605&message=Hej", StatusCode::FORBIDDEN),
        ("from=Bevaka&to=%2B46701740605&message=", StatusCode::FORBIDDEN),
        ("from=Bevaka&to=%2B46701740605&message=x&whendelivered=file:///x", StatusCode::FORBIDDEN),
        ("from=Bevaka&to=%2B46701740605", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(rig.sms(form).await.0, status, "{form}");
    }
    assert!(rig.listed("").await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn the_page_shows_messages_escaped_in_both_languages() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    for (language, words) in
        [("sv", ["Telefon", "Inget har kommit än."]), ("en", ["Phone", "Nothing has arrived yet."])]
    {
        let page = rig.page(&format!("/sandbox/?lang={language}")).await;
        for word in words {
            assert!(page.contains(word), "{word}: {page}");
        }
        assert!(page.contains("bevaka inject &lt;hint&gt;"), "{page}");
        assert!(page.contains("http-equiv=\"refresh\""), "{page}");
    }
    rig.sms("from=Bevaka&to=%2B46701740605&message=%3Cimg+src%3Dx%3E+%E2%82%AC").await;
    rig.sms("from=Bevaka&to=%2B46701740605&message=senare").await;
    for (uri, when) in [
        ("/sandbox/?lang=sv", "21 november 2026 kl.\u{a0}14.02"),
        ("/sandbox/messages?lang=en", "21 November 2026 14:02"),
    ] {
        let page = rig.page(uri).await;
        assert!(page.contains("&lt;img src") && !page.contains("<img"), "{page}");
        assert!(page.contains(when) && page.contains("GSM 03.38"), "{page}");
        assert!(page.find("senare") < page.find("&lt;img"), "newest first");
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_message_that_is_not_there_is_refused_with_the_way_on() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    rig.sms("from=Bevaka&to=%2B46701740605&message=Hej").await;
    for uri in ["/sandbox/mails/1", "/sandbox/mails/7", "/sandbox/mails/x/html", "/sandbox/mails/1/source"] {
        let (status, page) = rig.get(uri).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{uri}");
        assert!(page.contains("Mejlet finns inte") && page.contains("href=\"/sandbox/\""), "{page}");
    }
    for query in ["?channel=fax", "?to=a&to=b"] {
        let (status, body) = rig.get(&format!("/sandbox/api/messages{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(body.contains("\"field\""), "{body}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn live_tells_of_something_new_and_ends_with_the_sandbox() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let request = axum::http::Request::get("/sandbox/live").body(Body::empty()).unwrap();
    let mut told = rig.ask(request).await.into_body().into_data_stream();
    let mut next = async || {
        use futures_util::StreamExt;
        tokio::time::timeout(Duration::from_secs(10), told.next()).await.unwrap()
    };
    assert_eq!(next().await.unwrap().unwrap(), "event: newest\ndata: 0\n\n");
    rig.sms("from=Bevaka&to=%2B46701740605&message=Hej").await;
    assert_eq!(next().await.unwrap().unwrap(), "event: newest\ndata: 1\n\n");
    rig.stop().await;
    assert!(next().await.is_none());
}

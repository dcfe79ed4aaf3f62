//! The API as its document describes it, tried out by a program that others wrote.

use bevaka_domain::user::Access;
use bevaka_operators::api;
use bevaka_rig::schemathesis::{Api, try_out};
use bevaka_support::house::{House, TOKEN, bytes, payment};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// With something of each kind stored: an event with alerts, and a dead letter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_server_error_and_no_undocumented_status_on_schemathesis() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    house.publish([bytes(&payment("p1")), b"no event".to_vec()]).await;
    house.settled("p1").await;
    house.dead_letters(1).await;

    let described = serde_json::to_value(api::openapi()).unwrap();
    let operations: usize =
        described["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = house.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, service).await });
    let document = described.to_string();
    let tried = tokio::task::spawn_blocking(move || {
        let (document, url) = (document.as_str(), url.as_str());
        try_out(&Api { document, url, token: TOKEN, operations, without: &[] })
    });
    tried.await.unwrap().unwrap();
    serving.abort();
    house.stop().await;
}

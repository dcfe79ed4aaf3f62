//! The API as its document describes it, tried out by a program that others wrote.

use crate::house::{House, PAYMENT};
use bevaka_agreements::api;
use bevaka_domain::{
    signing::Mandate,
    user::{Access, Permission},
};
use bevaka_rig::schemathesis::{Api, try_out};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Statuses, content types and bodies are as the document says, and nothing is a fault of ours. Signing out is left
/// out, as it would end the only session.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_server_error_and_no_undocumented_status_on_schemathesis() {
    let house = House::open().await;
    let company = house.limited().await;
    let (person, permissions) = (house.person(0).await, [Permission::AdministerPermissions]);
    let user = house.join(company, &person, Access::Unrestricted, Some(Mandate::Alone), &permissions).await;
    house.restricted(company, 1).await;
    let session = house.sign_in(&user).await;
    session.connect_and_sign(&[PAYMENT]).await;

    let described = serde_json::to_value(api::openapi()).unwrap();
    let operations: usize =
        described["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = house.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, service).await });
    let (document, token) = (described.to_string(), session.token.clone());
    let tried = tokio::task::spawn_blocking(move || {
        let (document, url, token) = (document.as_str(), url.as_str(), token.as_str());
        try_out(&Api { document, url, token, operations, without: &["signOut"] })
    });
    tried.await.unwrap().unwrap();
    serving.abort();
    session.get("/session").await.is(200);
}

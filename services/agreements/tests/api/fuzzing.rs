//! The API as its document describes it, tried out by a program that others wrote.

use crate::house::{House, PAYMENT};
use bevaka_agreements::api;
use bevaka_domain::{
    signing::Mandate,
    user::{Access, Permission},
};
use bevaka_rig::{process::run, python::python};
use std::{net::SocketAddr, process::Command};
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

    let directory = tempfile::tempdir().unwrap();
    let document = directory.path().join("agreements.json");
    let described = serde_json::to_value(api::openapi()).unwrap();
    let operations: usize =
        described["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    std::fs::write(&document, described.to_string()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = house.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, service).await });
    let bearer = format!("Authorization: Bearer {}", session.token);
    let checks =
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let tried = tokio::task::spawn_blocking(move || {
        let python = python(&["schemathesis==4.32.5"])?;
        let mut command = Command::new(python);
        // Variables of this machine may name a proxy.
        command.env_clear().current_dir(directory.path()).args(["-m", "schemathesis.cli", "run"]);
        command.arg(&document).args(["--url", &url, "--header", &bearer, "--checks", checks]);
        command.args(["--seed", "7", "--max-examples", "50", "--generation-database", "none"]);
        command.args(["--exclude-operation-id", "signOut", "--warnings", "off", "--continue-on-failure"]);
        run(&mut command)
    });
    let said = tried.await.unwrap().unwrap();
    assert!(said.contains(&format!("Tested: {}", operations - 1)), "{said}");
    serving.abort();
    session.get("/session").await.is(200);
}

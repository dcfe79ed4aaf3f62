//! The API as its document describes it, tried out by a program that others wrote.

use crate::house::{House, PAYMENT, choice};
use bevaka_rig::{process::run, python::python};
use bevaka_watches::api;
use std::{net::SocketAddr, process::Command};
use tokio::net::TcpListener;

/// Statuses, content types and bodies are as the document says, and nothing is a fault of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_server_error_and_no_undocumented_status_on_schemathesis() {
    let house = House::open().await;
    let email = house.contact(house.karin, "karin@exempelbolaget.se", true).await;
    house.saves(house.karin, &[choice(PAYMENT, None, Some(email))]).await;
    house.happens(PAYMENT, house.now()).await;
    let session = house.sign_in(house.karin).await;

    let directory = tempfile::tempdir().unwrap();
    let document = directory.path().join("watches.json");
    let described = serde_json::to_value(api::openapi()).unwrap();
    let operations: usize =
        described["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    std::fs::write(&document, described.to_string()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = session.router().into_make_service_with_connect_info::<SocketAddr>();
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
        command.args(["--warnings", "off", "--continue-on-failure"]);
        run(&mut command)
    });
    let said = tried.await.unwrap().unwrap();
    assert!(said.contains(&format!("Tested: {operations}")), "{said}");
    serving.abort();
    session.get("/watches").await.is(200);
}

//! The security token's page.

use crate::rig::{self, Rig};
use axum::http::{Request, header};
use bevaka_eid::ocra::{Inputs, Suite};

async fn ask(rig: &Rig, form: &str) -> String {
    let request = Request::post("/sandbox/token?lang=sv")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.to_owned().into())
        .unwrap();
    rig::text(rig.ask(request).await).await
}

/// Anna's, as `config/sandbox/persons.toml` has it.
fn response(suite: &Suite, challenge: &str) -> String {
    let persons = include_str!("../../../../config/sandbox/persons.toml");
    let persons: toml::Table = persons.parse().unwrap();
    let anna = persons["person"].as_array().unwrap().iter().find(|one| one["id"].as_str() == Some("anna"));
    let secret = anna.unwrap()["token"]["secret"].as_str().unwrap();
    let secret: Vec<u8> = secret
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let code = suite.respond(&secret.into(), &Inputs { question: challenge, ..Inputs::default() }).unwrap();
    format!("{} {}", &code[..4], &code[4..])
}

#[tokio::test]
async fn a_token_answers_what_bevaka_computes() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let page = ask(&rig, "person=anna&challenge=1234+5678").await;
    assert!(page.contains(&response(&Suite::LOGIN, "12345678")) && page.contains("Inloggning"), "{page}");
    let page = ask(&rig, "person=anna&challenge=556016068012").await;
    assert!(page.contains(&response(&Suite::SIGN, "556016068012")) && page.contains("Underskrift"), "{page}");
    assert!(page.contains("<option value=\"anna\" selected>"), "{page}");
    rig.stop().await;
}

#[tokio::test]
async fn what_is_no_challenge_is_refused_with_its_limits() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    for form in
        ["person=anna&challenge=1234567", "person=anna&challenge=1234567x", "person=maja&challenge=12345678"]
    {
        let page = ask(&rig, form).await;
        assert!(page.contains("åtta siffror") && page.contains("aria-invalid"), "{form}: {page}");
        assert!(!page.contains("role=\"status\""), "{page}");
    }
    let page = rig.page("/sandbox/token").await;
    assert!(page.contains("Anna Lind") && !page.contains("Maja"), "she has no token: {page}");
    rig.stop().await;
}

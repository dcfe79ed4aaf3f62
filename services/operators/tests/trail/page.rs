//! The page *Spår*.

use super::world;
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use bevaka_domain::{
    clock::Clock,
    operator::{Operator, Role},
    trail::export::verify,
};
use bevaka_store::operator_sessions;
use bevaka_support::house::{Ground, House};
use sha2::{Digest, Sha256};
use std::process::Command;
use tower::ServiceExt;

async fn sign_in(house: &House, person: &str, roles: &[Role]) {
    let operator = Operator {
        person: person.to_owned(),
        client: None,
        name: person.to_owned(),
        roles: roles.iter().copied().collect(),
    };
    let mut tx = house.chassis.db.begin().await.unwrap();
    let hash = Sha256::digest(person).to_vec();
    operator_sessions::insert(&mut tx, &hash, &operator, house.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// As a browser in which somebody is signed in.
async fn browse(house: &House, person: &str, request: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let (method, path) = request.split_once(' ').unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, format!("__Host-bevaka-drift={person}"))
        .header(header::ACCEPT_LANGUAGE, "sv")
        .body(Body::empty())
        .unwrap();
    let answer = house.router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec())
}

/// Alters an entry past everything that guards it, as somebody with the file could.
fn alter(ground: &Ground) {
    // A transaction that only becomes a writer on its way fails at once where another one wrote meanwhile.
    let script = "import sqlite3, sys
trail = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
trail.execute('BEGIN IMMEDIATE')
trail.execute('DROP TRIGGER trail_is_not_updated')
trail.execute(\"UPDATE trail SET action = 'x', at = 'y' WHERE chain = 'watches'\")
trail.execute('COMMIT')";
    let url = ground.url();
    let altered = Command::new("python3").args(["-c", script, url.trim_start_matches("sqlite:")]).status();
    assert!(altered.unwrap().success());
}

async fn page(house: &House, person: &str, request: &str) -> (StatusCode, String) {
    let (status, _, body) = browse(house, person, request).await;
    (status, String::from_utf8(body).unwrap())
}

#[tokio::test]
async fn r41_an_auditor_reads_the_trail_and_downloads_it_with_its_proof() {
    let house = House::open().await;
    world(&house).await;
    sign_in(&house, "eva", &[Role::Auditor]).await;
    let (status, text) = page(&house, "eva", "GET /drift/spar").await;
    assert_eq!(status, StatusCode::OK);
    for words in
        ["Användare spärrad", "Bevakning ändrad", "Exempelbolaget AB", "anna", "karin", "INC-204711", "Skäl"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let (_, text) = page(&house, "eva", "GET /drift/spar?foretag=556016-0680&handling=watch_changed").await;
    assert!(text.contains("subject-2") && !text.contains("subject-1") && text.contains("selected"));
    let (status, text) = page(&house, "eva", "GET /drift/spar?foretag=1&fran=igår&vem=%01").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text.contains("tio siffror")
            && text.contains("id=\"fran-fault\"")
            && text.contains("högst 200 tecken")
    );
    let (status, _) = page(&house, "eva", "GET /drift/spar?fore=x").await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let (status, headers, file) = browse(&house, "eva", "GET /drift/spar/export").await;
    assert_eq!(status, StatusCode::OK);
    let name = headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(name, "attachment; filename=\"bevaka-trail-20261121130200.jsonl\"");
    let export = verify(&file, &[]).unwrap();
    let (_, text) = page(&house, "eva", "GET /drift/spar").await;
    assert!(text.contains("Spåret hämtat"));
    for head in export.heads {
        assert!(text.contains(&head.to_string()), "the heads to note");
    }
    house.close().await;
}

#[tokio::test]
async fn r41_a_page_tells_whether_the_trail_is_whole_and_which_entry_is_not() {
    let ground = Ground::sqlite();
    let house = House::open_on(ground.clone(), 64).await;
    world(&house).await;
    sign_in(&house, "karin", &[Role::Operator]).await;
    let (status, text) = page(&house, "karin", "POST /drift/spar/kontroll").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("Spåret är helt") && text.contains("Alla 3 poster"), "{text}");
    alter(&ground);
    let (_, text) = page(&house, "karin", "POST /drift/spar/kontroll").await;
    assert!(text.contains("Spåret är brutet") && text.contains("nummer 1 i kedjan watches"), "{text}");
    let (status, text) = page(&house, "karin", "GET /drift/spar").await;
    assert_eq!(status, StatusCode::OK, "what stands there is shown: {text}");
    house.close().await;
}

#[tokio::test]
async fn r41_who_lacks_the_role_sees_no_page_of_the_trail() {
    let house = House::open().await;
    world(&house).await;
    sign_in(&house, "vera", &[Role::Viewer]).await;
    sign_in(&house, "karin", &[Role::Operator]).await;
    for request in ["GET /drift/spar", "POST /drift/spar/kontroll", "GET /drift/spar/export"] {
        let (status, text) = page(&house, "vera", request).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{request}");
        assert!(text.contains("Din roll räcker inte") && !text.contains("subject-"), "{request}");
        let (status, _) = page(&house, "nobody", request).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{request}");
    }
    let (status, text) = page(&house, "karin", "GET /drift/spar/export").await;
    assert!(status == StatusCode::FORBIDDEN && text.contains("revisor"), "{text}");
    let (_, text) = page(&house, "karin", "GET /drift/spar").await;
    assert!(!text.contains("/drift/spar/export") && text.contains("hämtas av en revisor"));
    house.close().await;
}

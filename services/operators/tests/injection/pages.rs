//! The pages: a form of the kind's schema or CloudEvents as they are; first what would happen, then it happens.

use super::client::{actions, staffed, stored_and_waiting};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use bevaka_domain::{
    clock::Clock,
    operator::{Operator, Role},
};
use bevaka_operators::api::token_hash;
use bevaka_store::operator_sessions;
use bevaka_support::house::{House, payment};
use serde_json::json;
use tower::ServiceExt;
use url::form_urlencoded;

/// Signs somebody in; the name is the session's cookie as well.
async fn sign_in(house: &House, person: &str, roles: &[Role]) {
    let roles = roles.iter().copied().collect();
    let operator = Operator { person: person.to_owned(), client: None, name: person.to_owned(), roles };
    let mut tx = house.chassis.db.begin().await.unwrap();
    operator_sessions::insert(&mut tx, &token_hash(person), &operator, house.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// The status, where it leads, and the page.
async fn send(house: &House, who: &str, request: Request<Body>) -> (StatusCode, String, String) {
    let (mut parts, body) = request.into_parts();
    parts.headers.insert(header::COOKIE, format!("__Host-bevaka-drift={who}").parse().unwrap());
    let response = house.router.clone().oneshot(Request::from_parts(parts, body)).await.unwrap();
    let status = response.status();
    let to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
    let page = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    (status, to.unwrap_or_default(), String::from_utf8(page.to_vec()).unwrap())
}

async fn get(house: &House, who: &str, path: &str) -> (StatusCode, String, String) {
    send(house, who, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(house: &House, who: &str, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(house, who, request.body(Body::from(body)).unwrap()).await
}

async fn paste(house: &House, who: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
    let part = |(name, value): &(&str, &str)| {
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = fields.iter().map(part).collect::<String>() + "--x--\r\n";
    let request = Request::post("/drift/injicera/klistra")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body));
    send(house, who, request.unwrap()).await
}

/// The value of a hidden field.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    at.unwrap_or_else(|| panic!("no {name}: {page}")).split('"').next().unwrap()
}

const FORM: &str = "/drift/injicera/ny";

#[tokio::test]
async fn r37_the_form_of_a_kind_shows_what_happens_and_then_injects_once() {
    let house = House::open().await;
    staffed(&house).await;
    sign_in(&house, "olof", &[Role::Operator]).await;
    let (status, _, page) = get(&house, "olof", "/drift/injicera/ny?kind=payment.rejected").await;
    assert_eq!(status, StatusCode::OK);
    for part in ["id=\"data-payment_id\"", "maxlength=\"64\"", "<option>insufficient_funds</option>"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let fields = [
        ("kind", "payment.rejected"),
        ("id", hidden(&page, "id")),
        ("time", hidden(&page, "time")),
        ("companies", "556016-0680\n5560160680\n"),
        ("data-payment_id", "4711"),
        ("data-reason", "other"),
        ("because", "INC-1"),
        ("go", "look"),
    ];
    let (status, _, shown) = post(&house, "olof", FORM, &fields).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    assert!(shown.contains("1 ärende, 1 mottagare") && actions(&house).await.is_empty(), "{shown}");

    // What was not shown is not sent.
    let mut other = fields.to_vec();
    (other[4].1, other[7].1) = ("4712", "send");
    other.push(("seen", hidden(&shown, "seen")));
    assert_eq!(post(&house, "olof", FORM, &other).await.0, StatusCode::OK);
    assert!(actions(&house).await.is_empty());

    let mut sent = fields.to_vec();
    sent[7].1 = "send";
    sent.push(("seen", hidden(&shown, "seen")));
    let (first, second) = (post(&house, "olof", FORM, &sent).await, post(&house, "olof", FORM, &sent).await);
    assert_eq!((first.0, &first.1), (StatusCode::SEE_OTHER, &second.1));
    house.settled_from("/bevaka/drift", &format!("{}.5560160680", fields[1].1)).await;
    assert_eq!((house.sms.sent().len(), actions(&house).await.len()), (1, 1));
    let (_, _, one) = get(&house, "olof", &first.1).await;
    assert!(one.contains("INC-1") && one.contains("/drift/handelser/") && one.contains("olof"), "{one}");
    assert!(get(&house, "olof", "/drift/injicera").await.2.contains(&first.1));
    house.close().await;
}

#[tokio::test]
async fn r46_what_is_wrong_stands_at_its_field_and_nothing_is_injected() {
    let house = House::open().await;
    staffed(&house).await;
    sign_in(&house, "olof", &[Role::Operator]).await;
    let long = "x".repeat(65);
    let fields = |companies, payment, because| {
        [
            ("kind", "payment.rejected"),
            ("companies", companies),
            ("data-payment_id", payment),
            ("data-reason", "other"),
            ("because", because),
        ]
    };
    for (typed, field) in [
        (fields("", "1", "INC-1"), "companies"),
        (fields("556016-0680\n7", "1", "INC-1"), "companies"),
        (fields("556016-0680", "", "INC-1"), "data-payment_id"),
        (fields("556016-0680", &long, "INC-1"), "data-payment_id"),
        (fields("556016-0680", "1", ""), "because"),
        (fields("556016-0680", "1", "anna@bank.example"), "because"),
    ] {
        let (status, _, page) = post(&house, "olof", FORM, &typed).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(page.contains(&format!("href=\"#{field}\"")), "{field}: {page}");
        assert!(page.contains(&format!("id=\"{field}-fault\"")), "{field}: {page}");
    }
    assert!(actions(&house).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn r37_pasted_events_are_told_line_by_line_and_wait_for_another_operator() {
    let house = House::open().await;
    staffed(&house).await;
    sign_in(&house, "olof", &[Role::Operator, Role::Approver]).await;
    sign_in(&house, "erik", &[Role::Approver]).await;
    let mut lines: Vec<_> = (0..101).map(|n| payment(&format!("p{n}")).to_string()).collect();
    lines.insert(1, "no event".to_owned());
    let text = lines.join("\n");
    let (status, _, page) =
        paste(&house, "olof", &[("because", "INC-1"), ("text", "old"), ("file", &text)]).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("101 ärenden, 101 mottagare") && page.contains("Kräver godkännande"), "{page}");
    assert!(page.contains("not JSON at line 1"), "{page}");
    let (id, seen) = (hidden(&page, "id"), hidden(&page, "seen"));
    let sent = [("id", id), ("because", "INC-1"), ("text", text.as_str()), ("seen", seen), ("go", "send")];
    let (status, path, _) = paste(&house, "olof", &sent).await;
    assert_eq!((status, path.as_str()), (StatusCode::SEE_OTHER, format!("/drift/injicera/{id}").as_str()));

    let (_, _, own) = get(&house, "olof", &path).await;
    assert!(own.contains("Du har själv föreslagit") && !own.contains("/godkann"), "{own}");
    let (status, _, refused) = post(&house, "olof", &format!("{path}/godkann"), &[]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(refused.contains("En annan operatör måste godkänna"));
    assert!(get(&house, "erik", &path).await.2.contains("/godkann"));
    let (status, _, page) = post(&house, "erik", &format!("{path}/avsla"), &[("because", "")]).await;
    assert_eq!((status, page.contains("because-fault")), (StatusCode::UNPROCESSABLE_ENTITY, true));
    let (status, to, _) = post(&house, "erik", &format!("{path}/godkann"), &[]).await;
    assert_eq!((status, &to), (StatusCode::SEE_OTHER, &path));
    assert_eq!(post(&house, "erik", &format!("{path}/godkann"), &[]).await.0, StatusCode::CONFLICT);
    for n in 0..101 {
        house.settled(&format!("p{n}")).await;
    }
    assert_eq!(stored_and_waiting(&house, &json!(id)).await, (101, 0));
    house.close().await;
}

use super::*;
use bevaka_domain::delivery::Outcome;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

async fn answered(config: GatewayConfig, answer: ResponseTemplate) -> Outcome {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
    gateway(config, &server.uri()).send(&message("Hej")).await
}

async fn status(name: &str, status: u16, body: Value) -> Outcome {
    answered(ready(name), ResponseTemplate::new(status).set_body_json(body)).await
}

fn down(cause: &str) -> Outcome {
    Outcome::ChannelDown { cause: cause.into() }
}

fn retry(cause: &str) -> Outcome {
    Outcome::Retry { cause: cause.into(), after: None }
}

fn rejected(cause: &str) -> Outcome {
    Outcome::Rejected { cause: cause.into() }
}

fn unknown(cause: &str) -> Outcome {
    Outcome::Unknown { cause: cause.into() }
}

#[tokio::test]
async fn a_status_means_the_same_for_every_gateway_that_says_nothing_else() {
    for (code, expected) in [
        (204, unknown("http_204")),
        (302, down("http_302")),
        (400, down("http_400")),
        (401, down("http_401")),
        (402, down("http_402")),
        (403, down("http_403")),
        (404, down("http_404")),
        (408, retry("http_408")),
        (422, down("http_422")),
        (429, retry("http_429")),
        (500, retry("http_500")),
        (503, retry("http_503")),
    ] {
        assert_eq!(status("46elks", code, json!({})).await, expected, "{code}");
    }
}

#[tokio::test]
async fn a_pause_the_gateway_asks_for_is_kept() {
    for code in [429, 503] {
        let answer = ResponseTemplate::new(code).insert_header("retry-after", "17");
        let cause = format!("http_{code}");
        let expected = Outcome::Retry { cause, after: Some(Duration::from_secs(17)) };
        assert_eq!(answered(ready("46elks"), answer).await, expected);
    }
}

#[tokio::test]
async fn the_providers_codes_come_before_the_status() {
    for (code, number, expected) in [
        (400, 21211, rejected("http_400_21211")),
        (400, 21610, rejected("http_400_21610")),
        (400, 30008, retry("http_400_30008")),
        (429, 20429, retry("http_429_20429")),
        (401, 20003, down("http_401_20003")),
        (400, 30002, down("http_400_30002")),
        (400, 21614, rejected("http_400_21614")),
        (400, 21606, down("http_400_21606")),
        (400, 21212, down("http_400_21212")),
        (400, 21999, down("http_400_21999")),
    ] {
        let body = json!({"code": number, "message": "the number +46701740605 is wrong"});
        assert_eq!(status("twilio", code, body).await, expected, "{number}");
    }
}

#[tokio::test]
async fn a_cause_never_shows_what_could_be_a_number_or_a_text() {
    for code in [json!("46701740605"), json!(46_701_740_605_u64), json!("no such"), json!(null), json!([1])] {
        assert_eq!(status("twilio", 400, json!({"code": code})).await, down("http_400"));
    }
}

#[tokio::test]
async fn kannel_says_more_in_its_body_than_in_its_status() {
    for (code, body, expected) in [
        (202, "0: Accepted for delivery", Outcome::Accepted { reference: None }),
        (202, "3: Queued for later delivery", Outcome::Accepted { reference: None }),
        (202, "4: ?", retry("http_202")),
        (400, "Missing receiver", down("http_400")),
        (403, "Authorization failed for sendsms", down("http_403")),
        (503, "Temporal failure, try again later.", retry("http_503")),
    ] {
        let answer = ResponseTemplate::new(code).set_body_string(body);
        assert_eq!(answered(ready("kannel"), answer).await, expected, "{body}");
    }
}

#[tokio::test]
async fn a_success_may_be_told_by_the_body_alone() {
    let file = r#"
        base_url = "https://sms.example"
        text = { max_segments = 2 }
        request = { method = "POST", path = "/sms/json", encoding = "json", fields = { text = "{{text}}" } }
        [response]
        success_statuses = [200]
        success_pointer = "/messages/0/status"
        success_equals = "0"
        id = "/messages/0/message-id"
        code = "/messages/0/status"
        [errors]
        transient = { codes = [1, 5] }
        permanent = { codes = ["6"], statuses = [503] }
        channel_down = { codes = ["4"], statuses = [400] }
    "#;
    let answer = |body: Value| answered(written(file), ResponseTemplate::new(200).set_body_json(body));
    let with = |status: &str| json!({"messages": [{"status": status, "message-id": "0A00"}]});
    assert_eq!(answer(with("0")).await, Outcome::Accepted { reference: Some("0A00".into()) });
    assert_eq!(answer(with("1")).await, retry("http_200_1"));
    assert_eq!(answer(with("4")).await, down("http_200_4"));
    assert_eq!(answer(with("6")).await, rejected("http_200_6"));
    assert_eq!(answer(with("99")).await, retry("http_200_99"));
    assert_eq!(answer(json!({"messages": []})).await, unknown("http_200"));
    let plain = ResponseTemplate::new(200).set_body_string("<html>");
    assert_eq!(answered(written(file), plain).await, unknown("http_200"));
    assert_eq!(answered(written(file), ResponseTemplate::new(503)).await, rejected("http_503"));
    assert_eq!(answered(written(file), ResponseTemplate::new(400)).await, down("http_400"));
}

#[tokio::test]
async fn whose_fault_a_refusal_is_may_stand_in_words() {
    for (body, expected) in [
        ("Invalid to-number", rejected("http_400")),
        ("\"TO\" is not a valid phone number", rejected("http_400")),
        ("Invalid from: +46700000000 is not one of your numbers", down("http_400")),
        ("", down("http_400")),
    ] {
        let answer = ResponseTemplate::new(400).set_body_string(body);
        assert_eq!(answered(ready("46elks"), answer).await, expected, "{body}");
    }
}

#[tokio::test]
async fn a_success_without_the_id_that_the_provider_gives_may_not_have_been_one() {
    let answer = ResponseTemplate::new(200).set_body_string("?");
    assert_eq!(answered(ready("46elks"), answer).await, unknown("http_200"));
}

#[tokio::test]
async fn a_text_of_too_many_segments_is_never_sent() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    let outcome = gateway(ready("46elks"), &server.uri()).send(&message(&"a".repeat(153 * 8 + 1))).await;
    assert_eq!(outcome, rejected("text_too_long"));
}

#[tokio::test]
async fn nobody_there_means_the_channel_is_down() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let refused = gateway(ready("46elks"), &format!("http://127.0.0.1:{port}"));
    assert_eq!(refused.send(&message("Hej")).await, down("connect_failed"));
    let nameless = gateway(ready("46elks"), "http://gateway.invalid");
    assert!(matches!(nameless.send(&message("Hej")).await, Outcome::ChannelDown { .. }));
}

/// A listener that does this with its first connection.
async fn peer<F: Future<Output = ()> + Send>(
    act: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move { act(listener.accept().await.unwrap().0).await });
    (address, task)
}

async fn read_request(socket: &mut TcpStream) {
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("whendelivered=") {
        assert_ne!(socket.read_buf(&mut seen).await.unwrap(), 0, "closed early");
    }
}

#[tokio::test]
async fn a_gateway_without_proper_tls_gets_nothing() {
    let (address, task) = peer(async |mut socket| {
        let mut hello = [0; 5];
        socket.read_exact(&mut hello).await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    })
    .await;
    let outcome = gateway(ready("46elks"), &format!("https://{address}")).send(&message("Hej")).await;
    assert_eq!(outcome, down("connect_failed"));
    task.await.unwrap();
}

#[tokio::test]
async fn a_connection_lost_after_the_request_is_ambiguous() {
    for answer in ["", "HTTP/1.1 2"] {
        let (address, task) = peer(async move |mut socket| {
            read_request(&mut socket).await;
            socket.write_all(answer.as_bytes()).await.unwrap();
        })
        .await;
        let outcome = gateway(ready("46elks"), &format!("http://{address}")).send(&message("Hej")).await;
        assert_eq!(outcome, unknown("connection_lost"));
        task.await.unwrap();
    }
}

#[tokio::test]
async fn silence_after_the_request_is_ambiguous() {
    let (address, task) = peer(async |mut socket| {
        read_request(&mut socket).await;
        // Until the other side gives up.
        while socket.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    let settings = settings::Sms { timeout_ms: 300, ..settings(&format!("http://{address}")) };
    let gateway = SmsGateway::new(ready("46elks"), &settings, PUBLIC_URL).unwrap();
    assert_eq!(gateway.send(&message("Hej")).await, unknown("timeout"));
    task.await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_cut_off_before_the_id_may_have_been_a_success() {
    let (address, task) = peer(async |mut socket| {
        read_request(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\"").await.unwrap();
    })
    .await;
    let outcome = gateway(ready("46elks"), &format!("http://{address}")).send(&message("Hej")).await;
    assert_eq!(outcome, unknown("http_200"));
    task.await.unwrap();
}

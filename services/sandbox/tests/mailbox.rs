//! The mailbox over a real connection.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rig;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{MultiPart, header::ContentType},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn client(rig: &rig::Rig) -> AsyncSmtpTransport<Tokio1Executor> {
    let address = rig.sandbox.smtp_addr();
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
        .port(address.port())
        .build()
}

fn mail(to: &str, subject: &str, text: &str) -> Message {
    Message::builder()
        .from("Bevaka <bevaka@bank.example>".parse().unwrap())
        .to(to.parse().unwrap())
        .subject(subject)
        .message_id(Some("<1@bank.example>".to_owned()))
        .header(ContentType::TEXT_PLAIN)
        .body(text.to_owned())
        .unwrap()
}

/// Speaks until the server closes; gives all it said.
async fn speak(rig: &rig::Rig, input: &[u8]) -> String {
    let mut stream = TcpStream::connect(rig.sandbox.smtp_addr()).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut answers = String::new();
    let ((), said) =
        tokio::join!(async { write.write_all(input).await.unwrap() }, read.read_to_string(&mut answers));
    said.unwrap();
    answers
}

#[tokio::test]
async fn two_mails_over_one_connection_arrive_as_they_were_sent() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let client = client(&rig);
    let answer =
        client.send(mail("anna@exempelbolaget.se", "Avvisad betalning å", ".dot\r\n..två")).await.unwrap();
    client.send(mail("bo@exempelbolaget.se", "två", "Hej")).await.unwrap();

    let listed = rig.listed("?channel=email&to=Anna@exempelbolaget.se").await;
    assert_eq!(listed.len(), 1);
    let mail = &listed[0];
    assert_eq!(mail["subject"], "Avvisad betalning å");
    assert_eq!(mail["text"].as_str().unwrap().trim_end(), ".dot\r\n..två");
    assert_eq!(mail["from"], "bevaka@bank.example");
    assert_eq!(mail["message_id"], "<1@bank.example>");
    assert_eq!(mail["headers"]["Message-ID"], "<1@bank.example>");
    assert_eq!(mail["received_at"], "2026-11-21T13:02:00.000000Z");
    assert_eq!(mail["segments"], serde_json::Value::Null);
    let reference = mail["reference"].as_str().unwrap();
    assert!(answer.message().any(|line| line.ends_with(reference)), "{answer:?}");
    assert_eq!(rig.listed("").await.len(), 2);
    assert!(rig.listed("?channel=sms").await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let one = "MAIL FROM:<a@x.se>\r\nRCPT TO:<b@y.se>\r\nRCPT TO:<c@y.se>\r\nDATA\r\nSubject: x\r\n\r\nHej\r\n.\r\n";
    let answers = speak(&rig, format!("EHLO me\r\nRCPT TO:<b@y.se>\r\n{one}{one}QUIT\r\n").as_bytes()).await;
    let codes: Vec<_> = answers.lines().filter(|line| &line[3..4] == " ").map(|line| &line[..3]).collect();
    let mail = ["250", "250", "250", "354", "250"];
    assert_eq!(codes, [&["220", "250", "503"], &mail[..], &mail[..], &["221"]].concat());
    // Two mails of two recipients each: every mailbox has its own copy.
    assert_eq!(rig.listed("?to=c@y.se").await.len(), 2);
    rig.stop().await;
}

#[tokio::test]
async fn a_mail_over_ten_megabytes_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let line = format!("{}\r\n", "x".repeat(998)).repeat(10_001);
    let input = format!("EHLO me\r\nMAIL FROM:<a@x.se>\r\nRCPT TO:<b@y.se>\r\nDATA\r\n{line}.\r\nQUIT\r\n");
    let answers = speak(&rig, input.as_bytes()).await;
    assert!(answers.contains("\r\n552 ") && answers.ends_with("221 2.0.0 Bye\r\n"), "{answers}");
    assert!(rig.listed("").await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn stopping_tells_clients_that_are_connected() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let mut stream = TcpStream::connect(rig.sandbox.smtp_addr()).await.unwrap();
    let mut greeting = [0; 26];
    stream.read_exact(&mut greeting).await.unwrap();
    rig.stop().await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("421 "), "{rest}");
}

#[tokio::test]
async fn a_restart_keeps_what_was_received() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    client(&rig).send(mail("anna@exempelbolaget.se", "Kvar", "Hej")).await.unwrap();
    rig.sms("from=Bevaka&to=%2B46701740605&message=Hej").await;
    let before = rig.listed("").await;
    rig.stop().await;
    let rig = rig::start(directory.path()).await;
    assert_eq!(rig.listed("").await, before);
    assert_eq!(before.len(), 2);
    rig.stop().await;
}

#[tokio::test]
async fn both_versions_of_a_mail_are_shown_and_its_html_runs_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let rig = rig::start(directory.path()).await;
    let message = Message::builder()
        .from("bevaka@bank.example".parse().unwrap())
        .to("anna@exempelbolaget.se".parse().unwrap())
        .subject("<script>alert(1)</script>")
        .multipart(MultiPart::alternative_plain_html(
            "Hej <b>".to_owned(),
            "<p style=\"color:red\">Hej</p>".to_owned(),
        ))
        .unwrap();
    client(&rig).send(message).await.unwrap();
    let id = rig.listed("").await[0]["id"].to_string();
    for (language, word) in [("sv", "Brevhuvud"), ("en", "Headers")] {
        for uri in [format!("/sandbox/mails/{id}?lang={language}"), format!("/sandbox/?lang={language}")] {
            let page = rig.page(&uri).await;
            assert!(page.contains("&lt;script&gt;alert") && !page.contains("<script>alert"), "{page}");
            assert!(page.contains(&format!("<html lang=\"{language}\">")));
        }
        let page = rig.page(&format!("/sandbox/mails/{id}?lang={language}")).await;
        assert!(page.contains(word) && page.contains("Hej &lt;b&gt;") && page.contains("<iframe"), "{page}");
    }
    let request =
        axum::http::Request::get(format!("/sandbox/mails/{id}/html")).body(axum::body::Body::empty());
    let response = rig.ask(request.unwrap()).await;
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(rig::text(response).await.contains("color:red"));
    let source = rig.page(&format!("/sandbox/mails/{id}/source")).await;
    assert!(source.starts_with("From: bevaka@bank.example\r\n"), "{source}");
    rig.stop().await;
}

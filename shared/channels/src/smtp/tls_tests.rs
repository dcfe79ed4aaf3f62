use super::{
    Mailer,
    peer::{
        GREETING, MAIL,
        Step::{self, Hear, Say},
        follow,
    },
    tests::{mail, settings},
};
use bevaka_chassis::settings::{Smtp, SmtpTls};
use bevaka_domain::delivery::Outcome;
use std::sync::{Arc, Mutex};
use tempfile::NamedTempFile;
use tokio::{
    io::BufReader,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, pki_types::PrivateKeyDer},
};

/// A mail server with a certificate of its own, which only `ca_file` trusts.
struct Server {
    port: u16,
    ca_file: NamedTempFile,
    /// Whether the handshake succeeded.
    task: JoinHandle<bool>,
}

fn certificate() -> (TlsAcceptor, NamedTempFile) {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let ca_file = NamedTempFile::new().unwrap();
    std::fs::write(ca_file.path(), own.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), ca_file)
}

/// Follows `plain`, shakes hands, then follows `protected`.
async fn start(plain: Vec<Step>, protected: Vec<Step>) -> Server {
    let (acceptor, ca_file) = certificate();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let heard = Mutex::new(Vec::new());
        let mut socket: TcpStream = listener.accept().await.unwrap().0;
        follow(BufReader::new(&mut socket), &plain, &heard).await;
        let Ok(stream) = acceptor.accept(socket).await else { return false };
        follow(BufReader::new(stream), &protected, &heard).await;
        true
    });
    Server { port, ca_file, task }
}

fn with(server: &Server, tls: SmtpTls, trusted: bool) -> Mailer {
    let ca_file = if trusted { server.ca_file.path().to_str().unwrap() } else { "" };
    Mailer::new(&Smtp { tls, ca_file: ca_file.into(), ..settings(server.port) }).unwrap()
}

fn before_starttls(answer: &'static str) -> Vec<Step> {
    let offer = Say("250-peer\r\n250 STARTTLS\r\n");
    vec![Say("220 peer\r\n"), Hear("EHLO"), offer, Hear("STARTTLS"), Say(answer)]
}

fn accepted() -> Outcome {
    Outcome::Accepted { reference: Some("4XyZ12".into()) }
}

fn refused() -> Outcome {
    Outcome::ChannelDown { cause: "smtp_tls_failed".into() }
}

#[tokio::test]
async fn a_mail_passes_under_tls_from_the_first_byte() {
    let server = start(vec![], [&GREETING[..], &MAIL].concat()).await;
    assert_eq!(with(&server, SmtpTls::Implicit, true).send(&mail()).await, accepted());
    assert!(server.task.await.unwrap());
}

#[tokio::test]
async fn a_mail_passes_under_tls_after_starttls() {
    let server = start(before_starttls("220 go on\r\n"), [&GREETING[1..], &MAIL].concat()).await;
    assert_eq!(with(&server, SmtpTls::Starttls, true).send(&mail()).await, accepted());
    assert!(server.task.await.unwrap());
}

#[tokio::test]
async fn an_untrusted_certificate_means_the_channel_is_down() {
    let server = start(vec![], vec![]).await;
    assert_eq!(with(&server, SmtpTls::Implicit, false).send(&mail()).await, refused());
    assert!(!server.task.await.unwrap());
    let server = start(before_starttls("220 go on\r\n"), vec![]).await;
    assert_eq!(with(&server, SmtpTls::Starttls, false).send(&mail()).await, refused());
    assert!(!server.task.await.unwrap());
}

#[tokio::test]
async fn a_refused_starttls_means_the_channel_is_down() {
    let mut plain = before_starttls("454 4.7.0 no TLS now\r\n");
    plain.extend([Hear("QUIT"), Say("221 bye\r\n")]);
    let server = start(plain, vec![]).await;
    let outcome = with(&server, SmtpTls::Starttls, true).send(&mail()).await;
    assert_eq!(outcome, Outcome::ChannelDown { cause: "smtp_454_4.7.0".into() });
}

#[tokio::test]
async fn answers_slipped_in_before_the_handshake_are_not_believed() {
    let slipped_in = "220 go on\r\n250-peer\r\n250 AUTH PLAIN\r\n";
    let server = start(before_starttls(slipped_in), vec![]).await;
    assert_eq!(with(&server, SmtpTls::Starttls, true).send(&mail()).await, refused());
    assert!(!server.task.await.unwrap());
}

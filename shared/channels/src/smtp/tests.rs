use super::{
    Mailer, MailerError,
    peer::{
        GREETING, MAIL, Peer,
        Step::{self, Hear, Say, Wait},
        script,
    },
};
use crate::{Alert, Courier, MailCourier, mail::Mail};
use bevaka_catalogue::{AlertText, MailText};
use bevaka_chassis::settings::{Smtp, SmtpTls};
use bevaka_domain::{clock::Timestamp, contact::Address, delivery::Outcome, watch::Channel};
use uuid::Uuid;

pub(super) fn settings(port: u16) -> Smtp {
    Smtp {
        host: "127.0.0.1".into(),
        port,
        tls: SmtpTls::None,
        ca_file: String::new(),
        username: String::new(),
        password: String::new().into(),
        from_address: "bevaka@bank.example".into(),
        from_name: "Bevaka".into(),
        hello_name: "localhost".into(),
        connections: 2,
        connect_timeout_ms: 5_000,
        send_timeout_ms: 5_000,
    }
}

pub(super) fn mail() -> Mail {
    Mail {
        key: Uuid::from_u128(7),
        to: "anna@exempelbolaget.se".into(),
        subject: "Avvisad betalning".into(),
        text: "Hej\n.\n.punkt".into(),
        html: "<p>Hej</p>".into(),
        list_unsubscribe: None,
        sent_at: Timestamp::from_micros(1_800_000_000_000_000),
    }
}

fn accepted() -> Outcome {
    Outcome::Accepted { reference: Some("4XyZ12".into()) }
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

/// One mail to a peer with these scripts, all of which must be followed to their end.
async fn outcome(scripts: Vec<Vec<Step>>) -> Outcome {
    let peer = Peer::start(scripts).await;
    let outcome = Mailer::new(&settings(peer.port)).unwrap().send(&mail()).await;
    peer.finish().await;
    outcome
}

#[tokio::test]
async fn a_mail_is_handed_over_whole_and_dots_are_kept() {
    let peer = Peer::start(vec![script(8, &[])]).await;
    let mailer = Mailer::new(&settings(peer.port)).unwrap();
    assert_eq!(mailer.send(&mail()).await, accepted());
    let heard = peer.finish().await;
    assert!(heard.iter().any(|line| line == "..") && heard.iter().any(|line| line == "..punkt"), "{heard:?}");
    assert!(heard.contains(&"Auto-Submitted: auto-generated".to_owned()), "{heard:?}");
}

#[tokio::test]
async fn an_alert_about_a_watch_goes_out_with_the_way_to_turn_it_off_by_one_click() {
    let link = format!("https://foretag.bank.example/sluta/{}", "aB-9_".repeat(100));
    let text = || MailText { subject: "Hej".into(), text: "Hej".into(), html: "<p>Hej</p>".into() };
    for unsubscribe in [Some(link.clone()), None] {
        let peer = Peer::start(vec![script(8, &[])]).await;
        let settings = settings(peer.port);
        let courier = MailCourier::new(Mailer::new(&settings).unwrap(), &settings);
        let alert = Alert {
            key: Uuid::from_u128(7),
            to: Address::parse(Channel::Email, "anna@exempelbolaget.se").unwrap(),
            text: AlertText::Mail { text: text(), unsubscribe: unsubscribe.clone() },
            sent_at: Timestamp::from_micros(1_800_000_000_000_000),
        };
        assert_eq!(courier.send(&alert).await, accepted());
        let heard = peer.finish().await;
        let headers: Vec<_> = heard.iter().filter(|line| line.starts_with("List-Unsubscribe")).collect();
        let expected = unsubscribe.map(|link| {
            [
                format!("List-Unsubscribe: <{link}>"),
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned(),
            ]
        });
        assert_eq!(headers, expected.iter().flatten().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_next_mail_takes_the_same_connection_and_r32_keeps_its_message_id() {
    let peer = Peer::start(vec![[&GREETING[..], &MAIL, &MAIL].concat()]).await;
    let mailer = Mailer::new(&settings(peer.port)).unwrap();
    assert_eq!(mailer.send(&mail()).await, accepted());
    assert_eq!(mailer.send(&mail()).await, accepted());
    let heard = peer.finish().await;
    let ids: Vec<_> = heard.iter().filter(|line| line.starts_with("Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn what_fails_before_mail_means_the_channel_is_down() {
    for (text, cause) in [
        ("421 4.3.2 closing\r\n", "smtp_421_4.3.2"),
        ("451 later\r\n", "smtp_451"),
        ("554 5.7.1 you are listed\r\n", "smtp_554_5.7.1"),
        ("nonsense\r\n", "smtp_no_answer"),
        ("", "smtp_no_answer"),
    ] {
        assert_eq!(outcome(vec![vec![Say(text)]]).await, down(cause), "{text}");
    }
    let ehlo =
        vec![Say("220 peer\r\n"), Hear("EHLO"), Say("550 5.7.1 no\r\n"), Hear("QUIT"), Say("221 bye\r\n")];
    assert_eq!(outcome(vec![ehlo]).await, down("smtp_550_5.7.1"));
}

#[tokio::test]
async fn a_refused_connection_means_the_channel_is_down() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert_eq!(Mailer::new(&settings(port)).unwrap().send(&mail()).await, down("smtp_unreachable"));
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing() {
    let peer = Peer::start(vec![[&GREETING[..], &[Wait]].concat()]).await;
    let mailer = Mailer::new(&Smtp { tls: SmtpTls::Starttls, ..settings(peer.port) }).unwrap();
    assert_eq!(mailer.send(&mail()).await, down("smtp_tls_failed"));
    assert_eq!(peer.finish().await, ["EHLO localhost"]);
}

#[tokio::test]
async fn both_logins_work_and_a_refused_one_means_the_channel_is_down() {
    let greeting = |mechanisms| [Say("220 peer\r\n"), Hear("EHLO"), Say(mechanisms)];
    let plain = [Hear("AUTH PLAIN AGEAYg=="), Say("235 2.7.0 ok\r\n")];
    let login = [Hear("AUTH LOGIN"), Say("334 VXNlcm5hbWU6\r\n"), Hear("YQ=="), Say("334 UGFzc3dvcmQ6\r\n")];
    let password = [Hear("Yg=="), Say("235 2.7.0 ok\r\n")];
    let refused = [Hear("AUTH PLAIN"), Say("535 5.7.8 bad credentials\r\n")];
    for (script, expected) in [
        ([&greeting("250-peer\r\n250 AUTH PLAIN LOGIN\r\n")[..], &plain, &MAIL].concat(), accepted()),
        ([&greeting("250-peer\r\n250 AUTH LOGIN\r\n")[..], &login, &password, &MAIL].concat(), accepted()),
        (
            [&greeting("250-peer\r\n250 AUTH PLAIN\r\n")[..], &refused, &[Wait]].concat(),
            down("smtp_535_5.7.8"),
        ),
        ([&greeting("250 peer\r\n")[..], &[Wait]].concat(), down("smtp_login_failed")),
    ] {
        let peer = Peer::start(vec![script]).await;
        let login = Smtp { username: "a".into(), password: "b".to_owned().into(), ..settings(peer.port) };
        assert_eq!(Mailer::new(&login).unwrap().send(&mail()).await, expected);
        peer.finish().await;
    }
}

#[tokio::test]
async fn each_stage_has_its_own_meaning() {
    let (mail, rcpt, data, dot) = (1, 3, 5, 7);
    for (steps, answer, expected) in [
        (mail, "451 4.7.1 later\r\n", retry("smtp_451_4.7.1")),
        (mail, "550 5.7.1 sender refused\r\n", down("smtp_550_5.7.1")),
        (mail, "530 5.7.0 log in first\r\n", down("smtp_530_5.7.0")),
        (rcpt, "450 4.2.0 greylisted\r\n", retry("smtp_450_4.2.0")),
        (rcpt, "550 5.1.1 <anna@exempelbolaget.se>: no such user\r\n", rejected("smtp_550_5.1.1")),
        (rcpt, "550 anna@exempelbolaget.se unknown\r\n", rejected("smtp_550")),
        (rcpt, "550 5.1.8 sender's domain not found\r\n", down("smtp_550_5.1.8")),
        (rcpt, "530 5.7.0 log in first\r\n", down("smtp_530_5.7.0")),
        (data, "421 4.3.2 closing\r\n", retry("smtp_421_4.3.2")),
        (rcpt, "550 5.2.1 mailbox disabled\r\n", rejected("smtp_550_5.2.1")),
        (rcpt, "552 over quota\r\n", rejected("smtp_552")),
        (rcpt, "550 5.7.1 blocked, see our list\r\n", down("smtp_550_5.7.1")),
        (rcpt, "554 5.7.1 relay access denied\r\n", down("smtp_554_5.7.1")),
        (dot, "550 5.1.1 no such user after all\r\n", rejected("smtp_550_5.1.1")),
        (dot, "554 5.7.26 unauthenticated mail\r\n", down("smtp_554_5.7.26")),
        (dot, "550 no\r\n", down("smtp_550")),
        (data, "554 5.5.1 no\r\n", down("smtp_554_5.5.1")),
        (dot, "452 4.3.1 full\r\n", retry("smtp_452_4.3.1")),
        (dot, "554 5.7.1 content refused\r\n", down("smtp_554_5.7.1")),
    ] {
        assert_eq!(outcome(vec![script(steps, &[Say(answer)])]).await, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_lost_connection_is_ambiguous_only_after_the_final_dot() {
    for steps in [1, 3, 5] {
        assert_eq!(outcome(vec![script(steps, &[])]).await, retry("smtp_no_answer"), "{steps}");
    }
    assert_eq!(outcome(vec![script(7, &[])]).await, unknown("smtp_no_answer"));
}

#[tokio::test]
async fn a_connection_cut_within_a_large_body_was_never_a_mail() {
    let peer = Peer::start(vec![script(6, &[])]).await;
    let mailer = Mailer::new(&settings(peer.port)).unwrap();
    // Far more than the sockets hold, so that the peer is gone before the body is written.
    let mail = Mail { text: "0123456789abcdef\r\n".repeat(900_000), ..mail() };
    assert_eq!(mailer.send(&mail).await, retry("smtp_connection_lost"));
    peer.finish().await;
}

#[tokio::test]
async fn an_answer_of_the_wrong_kind_is_never_taken_for_success() {
    assert_eq!(outcome(vec![script(5, &[Say("250 ok\r\n"), Wait])]).await, retry("smtp_out_of_step"));
    assert_eq!(outcome(vec![script(7, &[Say("354 go on\r\n"), Wait])]).await, unknown("smtp_out_of_step"));
}

#[tokio::test]
async fn a_slow_server_runs_into_the_time_out_of_its_stage_and_loses_the_connection() {
    for (steps, expected) in
        [(1, retry("timeout")), (3, retry("timeout")), (5, retry("timeout")), (7, unknown("timeout"))]
    {
        let peer = Peer::start(vec![script(steps, &[Wait]), script(8, &[])]).await;
        let mailer = Mailer::new(&Smtp { send_timeout_ms: 300, ..settings(peer.port) }).unwrap();
        assert_eq!(mailer.send(&mail()).await, expected, "{steps}");
        // The second script is only reached over a new connection.
        assert_eq!(mailer.send(&mail()).await, accepted());
        peer.finish().await;
    }
    let peer = Peer::start(vec![vec![Wait]]).await;
    let mailer = Mailer::new(&Smtp { send_timeout_ms: 300, ..settings(peer.port) }).unwrap();
    assert_eq!(mailer.send(&mail()).await, down("timeout"));
    peer.finish().await;
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_replaced_without_a_word() {
    let farewells: [&[Step]; 2] = [&[], &[Say("421 4.4.2 idle too long\r\n")]];
    for farewell in farewells {
        let peer = Peer::start(vec![script(8, farewell), script(8, &[])]).await;
        let mailer = Mailer::new(&settings(peer.port)).unwrap();
        assert_eq!(mailer.send(&mail()).await, accepted());
        assert_eq!(mailer.send(&mail()).await, accepted());
        peer.finish().await;
    }
}

#[tokio::test]
async fn an_idle_connection_that_a_firewall_forgot_is_replaced_within_seconds() {
    let peer = Peer::start(vec![script(8, &[Wait]), script(8, &[])]).await;
    let mailer = Mailer::new(&Smtp { connect_timeout_ms: 300, ..settings(peer.port) }).unwrap();
    assert_eq!(mailer.send(&mail()).await, accepted());
    // The time of the whole mail would be lost to the silence otherwise.
    assert_eq!(mailer.send(&mail()).await, accepted());
    peer.finish().await;
}

#[tokio::test]
async fn an_idle_connection_is_replaced_only_once_and_never_after_mail_was_accepted() {
    let peer = Peer::start(vec![script(8, &[]), script(1, &[])]).await;
    let mailer = Mailer::new(&settings(peer.port)).unwrap();
    assert_eq!(mailer.send(&mail()).await, accepted());
    assert_eq!(mailer.send(&mail()).await, retry("smtp_no_answer"));
    peer.finish().await;

    let peer = Peer::start(vec![script(8, &MAIL[..3])]).await;
    let mailer = Mailer::new(&settings(peer.port)).unwrap();
    assert_eq!(mailer.send(&mail()).await, accepted());
    assert_eq!(mailer.send(&mail()).await, retry("smtp_no_answer"));
    peer.finish().await;
}

#[tokio::test]
async fn a_refused_recipient_does_not_spoil_the_next_mail() {
    let peer = Peer::start(vec![script(3, &[Say("550 5.1.1 no\r\n"), Wait]), script(8, &[])]).await;
    let mailer = Mailer::new(&settings(peer.port)).unwrap();
    assert_eq!(mailer.send(&mail()).await, rejected("smtp_550_5.1.1"));
    assert_eq!(mailer.send(&mail()).await, accepted());
    peer.finish().await;
}

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed() {
    // The peer serves one connection at a time and must finish it before the next: with one connection
    // allowed, all three mails pass over the first.
    let peer = Peer::start(vec![[&GREETING[..], &MAIL, &MAIL, &MAIL].concat()]).await;
    let mailer = Mailer::new(&Smtp { connections: 1, ..settings(peer.port) }).unwrap();
    let mail = mail();
    let outcomes = tokio::join!(mailer.send(&mail), mailer.send(&mail), mailer.send(&mail));
    assert_eq!(outcomes, (accepted(), accepted(), accepted()));
    peer.finish().await;
}

#[tokio::test]
async fn a_mail_without_a_usable_address_reaches_no_server() {
    let mail = Mail { to: "nobody".into(), ..mail() };
    assert_eq!(Mailer::new(&settings(1)).unwrap().send(&mail).await, rejected("mail_unsendable"));
}

#[test]
fn unusable_settings_are_named() {
    let fault = |settings| Mailer::new(&settings).err().map(|fault| fault.to_string()).unwrap_or_default();
    assert!(fault(Smtp { from_address: "bank".into(), ..settings(1) }).contains("smtp.from_address"));
    assert!(fault(Smtp { hello_name: "a\r\nb".into(), ..settings(1) }).contains("smtp.hello_name"));
    let tls = |ca_file: &str| Smtp { tls: SmtpTls::Starttls, ca_file: ca_file.into(), ..settings(1) };
    assert!(matches!(Mailer::new(&tls("no/such/file.pem")), Err(MailerError::CaFile { .. })));
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    assert!(matches!(Mailer::new(&tls(path)), Err(MailerError::NoCertificate { .. })));
    std::fs::write(path, "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n").unwrap();
    assert!(Mailer::new(&tls(path)).is_err());
}

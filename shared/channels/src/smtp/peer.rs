//! A mail server that follows a script, one script for each connection.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

/// One step of a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Writes this.
    Say(&'static str),
    /// Reads a line that begins so.
    Hear(&'static str),
    /// Reads lines up to the final dot.
    Body,
    /// Waits, silent, until the other side gives up.
    Wait,
}

use Step::{Body, Hear, Say, Wait};

/// Up to the moment where MAIL is awaited.
pub(super) const GREETING: [Step; 3] =
    [Say("220 peer ready\r\n"), Hear("EHLO"), Say("250-peer\r\n250 8BITMIME\r\n")];

/// One accepted mail.
pub(super) const MAIL: [Step; 8] = [
    Hear("MAIL FROM:<bevaka@bank.example>"),
    Say("250 2.1.0 ok\r\n"),
    Hear("RCPT TO:<anna@exempelbolaget.se>"),
    Say("250 2.1.5 ok\r\n"),
    Hear("DATA"),
    Say("354 go on\r\n"),
    Body,
    Say("250 2.0.0 Ok: queued as 4XyZ12\r\n"),
];

/// The first `steps` of an accepted mail after a greeting, then `rest`.
pub(super) fn script(steps: usize, rest: &[Step]) -> Vec<Step> {
    [&GREETING[..], &MAIL[..steps], rest].concat()
}

/// The listening peer.
pub(super) struct Peer {
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Serves as many connections as there are scripts, one after the other. A connection closes when its
    /// script ends.
    pub async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = heard.clone();
        let task = tokio::spawn(async move {
            for script in scripts {
                let (socket, _) = listener.accept().await.unwrap();
                follow(BufReader::new(socket), &script, &log).await;
            }
        });
        Self { port, heard, task }
    }

    /// Waits until every script has ended and gives all lines that were heard.
    pub async fn finish(self) -> Vec<String> {
        self.task.await.unwrap();
        self.heard.lock().unwrap().clone()
    }
}

/// Follows one script over any stream.
pub(super) async fn follow(
    mut stream: BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    script: &[Step],
    heard: &Mutex<Vec<String>>,
) {
    for step in script {
        match step {
            Say(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Hear(start) => {
                let line = read_line(&mut stream).await.unwrap_or_else(|| panic!("closed before {start}"));
                assert!(line.starts_with(start), "heard {line:?} instead of {start}");
                heard.lock().unwrap().push(line);
            }
            Body => loop {
                let line = read_line(&mut stream).await.expect("closed within the body");
                if line == "." {
                    break;
                }
                heard.lock().unwrap().push(line);
            },
            Wait => while read_line(&mut stream).await.is_some() {},
        }
    }
}

async fn read_line(stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.unwrap_or(0);
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

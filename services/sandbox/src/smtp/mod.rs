//! A mail server that takes everything and delivers nothing further.

mod session;

use crate::{
    message::{Content, Draft, Raw},
    store::Store,
};
use session::{Session, Step};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const MAX_CONNECTIONS: usize = 256;
const IDLE: Duration = Duration::from_mins(5);
/// How long a client may take to read an answer.
const WRITE: Duration = Duration::from_secs(10);

/// Serves until shutdown; then each client is told 421 and its connection closed.
pub(crate) async fn serve(listener: TcpListener, store: Arc<Store>, shutdown: CancellationToken) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let clients = TaskTracker::new();
    while let Some(Ok(place)) = shutdown.run_until_cancelled(Arc::clone(&places).acquire_owned()).await {
        let stream = match shutdown.run_until_cancelled(listener.accept()).await {
            Some(Ok((stream, _))) => stream,
            Some(Err(fault)) => {
                tracing::warn!(error = %fault, "the sandbox's mail server could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            None => break,
        };
        let (store, shutdown) = (Arc::clone(&store), shutdown.clone());
        clients.spawn(async move {
            if let Err(fault) = converse(stream, &store, &shutdown).await {
                tracing::debug!(error = %fault, "a mail client went away");
            }
            drop(place);
        });
    }
    clients.close();
    clients.wait().await;
}

async fn converse(mut stream: TcpStream, store: &Store, shutdown: &CancellationToken) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut session = Session::default();
    say(&mut stream, session::GREETING).await?;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::time::timeout(IDLE, stream.read(&mut buffer));
        let count = match shutdown.run_until_cancelled(read).await {
            Some(Ok(count)) => count?,
            Some(Err(_)) | None => return say(&mut stream, session::CLOSING).await,
        };
        if count == 0 {
            return Ok(());
        }
        let mut input = buffer[..count].iter();
        let mut output = Vec::new();
        let more = loop {
            match session.step(&mut input, &mut output) {
                Step::NeedsInput => break true,
                Step::Close => break false,
                Step::Mail(mail) => {
                    let stored = keep(store, mail).await;
                    session::answer_mail(stored, &mut output);
                }
            }
        };
        // Answers to pipelined commands leave together.
        say(&mut stream, &output).await?;
        if !more {
            return Ok(());
        }
    }
}

async fn say(stream: &mut TcpStream, answers: &[u8]) -> std::io::Result<()> {
    tokio::time::timeout(WRITE, stream.write_all(answers)).await?
}

/// Each recipient has a mailbox, so each gets the mail. The first one's reference names it in the answer.
async fn keep(store: &Store, mail: session::Mail) -> Option<String> {
    let mut reference = None;
    for to in mail.to {
        let draft =
            Draft { from: mail.from.clone(), to, content: Content::Email { raw: Raw(mail.raw.clone()) } };
        match store.add(draft).await {
            Ok(message) => reference = reference.or_else(|| Some(message.reference.clone())),
            Err(fault) => {
                tracing::error!(error = %fault, "a mail was not stored");
                return None;
            }
        }
    }
    reference
}

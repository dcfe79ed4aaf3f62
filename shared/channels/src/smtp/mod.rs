//! The mail server: a few connections of our own, each mail under one deadline.
//!
//! lettre's pool is not used: it has no way to drop a connection whose mail ran out of time, and the next mail
//! would then read the answer of the last.

mod server;
mod stage;
mod wire;

#[cfg(test)]
mod peer;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;

use super::mail::{Mail, Sender};
use bevaka_chassis::settings;
use bevaka_domain::delivery::Outcome;
use lettre::{
    Message,
    transport::smtp::{
        client::AsyncSmtpConnection,
        commands::{Data, Mail as MailFrom, Rcpt},
        response::{Response, Severity},
    },
};
use server::Server;
use stage::{Fault, Stage};
use std::{
    iter,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

/// Hands mails to one mail server.
pub struct Mailer {
    server: Server,
    sender: Sender,
    send_timeout: Duration,
    /// How long a connection that lay idle may take for its first answer.
    first_answer_timeout: Duration,
    permits: Semaphore,
    /// The connections kept open, each with when it was last used.
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

/// No connection is used again that lay idle for longer: firewalls forget it without a word.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// Why the settings of the mail server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The sender's address.
    #[error("settings: smtp.from_address: not an e-mail address")]
    FromAddress,
    /// The name to greet with.
    #[error("settings: smtp.hello_name: not a host name or an IP address")]
    HelloName,
    /// The file of authorities cannot be read.
    #[error("settings: smtp.ca_file: {file}: {source}")]
    CaFile {
        /// Its path.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file of authorities holds none.
    #[error("settings: smtp.ca_file: {file}: no PEM certificate in it")]
    NoCertificate {
        /// Its path.
        file: String,
    },
    /// TLS cannot be set up.
    #[error("settings: smtp.tls: TLS cannot be set up; look at smtp.ca_file and the system's authorities")]
    Tls,
}

/// A mail as the server gets it.
struct Letter {
    message: Message,
    bytes: Vec<u8>,
}

impl Mailer {
    /// Checks the settings; connects to nothing.
    ///
    /// # Errors
    /// [`MailerError`] names the setting that is unusable.
    pub fn new(settings: &settings::Smtp) -> Result<Self, MailerError> {
        Ok(Self {
            server: Server::new(settings)?,
            sender: Sender::new(&settings.from_address, &settings.from_name)
                .map_err(|_| MailerError::FromAddress)?,
            send_timeout: Duration::from_millis(settings.send_timeout_ms),
            first_answer_timeout: Duration::from_millis(settings.connect_timeout_ms),
            permits: Semaphore::new(settings.connections.max(1)),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Tries once. Waits first while all connections are busy; the time-out counts from then on.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        let letter = match mail.message(&self.sender) {
            Ok(message) => Letter { bytes: message.formatted(), message },
            Err(_) => return Outcome::Rejected { cause: "mail_unsendable".into() },
        };
        let _permit = self.permits.acquire().await;
        let mut stage = Stage::Opening;
        // The attempt owns its connection: when time runs out, the connection goes with it.
        match timeout(self.send_timeout, self.attempt(&letter, &mut stage)).await {
            Ok(Ok(reference)) => Outcome::Accepted { reference },
            Ok(Err(fault)) => stage.outcome(&fault),
            Err(_) => stage.outcome(&Fault::named("timeout")),
        }
    }

    async fn attempt(&self, letter: &Letter, stage: &mut Stage) -> Result<Option<String>, Fault> {
        *stage = Stage::Mail;
        while let Some(mut connection) = self.take_idle() {
            match timeout(self.first_answer_timeout, mail_from(&mut connection, letter)).await {
                Ok(Ok(())) => return self.hand_over(connection, letter, stage).await,
                Ok(Err(fault)) if !fault.connection_is_gone() => return Err(fault),
                // Closed by the server, or forgotten by something between, while it lay idle; it took nothing of this mail.
                // The others that lay there are likely gone as well.
                Ok(Err(_)) | Err(_) => self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear(),
            }
        }
        *stage = Stage::Opening;
        let mut connection = self.server.connect().await?;
        *stage = Stage::Mail;
        mail_from(&mut connection, letter).await?;
        self.hand_over(connection, letter, stage).await
    }

    /// Hands over the rest of a mail and keeps the connection only if all went well.
    async fn hand_over(
        &self,
        mut connection: AsyncSmtpConnection,
        letter: &Letter,
        stage: &mut Stage,
    ) -> Result<Option<String>, Fault> {
        let response = dialogue(&mut connection, letter, stage).await?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
        Ok(queue_id(&response))
    }

    /// The connection that was used last, unless it lay idle for too long.
    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, used_at)| used_at.elapsed() < MAX_IDLE);
        idle.pop().map(|(connection, _)| connection)
    }
}

/// The first command.
async fn mail_from(connection: &mut AsyncSmtpConnection, letter: &Letter) -> Result<(), Fault> {
    let from = letter.message.envelope().from().cloned();
    expect(connection.command(MailFrom::new(from, vec![])).await, Severity::PositiveCompletion).map(|_| ())
}

/// The further commands one by one, so that `stage` always tells which answer is awaited.
async fn dialogue(
    connection: &mut AsyncSmtpConnection,
    letter: &Letter,
    stage: &mut Stage,
) -> Result<Response, Fault> {
    *stage = Stage::Recipient;
    for to in letter.message.envelope().to() {
        let answer = connection.command(Rcpt::new(to.clone(), vec![])).await;
        expect(answer, Severity::PositiveCompletion)?;
    }
    *stage = Stage::Data;
    expect(connection.command(Data).await, Severity::PositiveIntermediate)?;
    // lettre asks for the next part once the last is written, then writes the final dot: from that moment on
    // the server may have the mail.
    let body = iter::once(letter.bytes.as_slice()).chain(iter::from_fn(|| {
        *stage = Stage::Dot;
        None
    }));
    expect(connection.message_iter(body).await, Severity::PositiveCompletion)
}

/// A positive answer of the wrong kind means that the two sides are out of step.
fn expect(
    answer: Result<Response, lettre::transport::smtp::Error>,
    severity: Severity,
) -> Result<Response, Fault> {
    let response = answer.map_err(|error| Fault::from(&error))?;
    if response.code().severity == severity { Ok(response) } else { Err(Fault::named("smtp_out_of_step")) }
}

/// Postfix, Exim and others end in `queued as ID` or `id=ID`.
fn queue_id(response: &Response) -> Option<String> {
    let line = response.message().last()?;
    let (_, id) = line.rsplit_once("queued as ").or_else(|| line.rsplit_once("id="))?;
    let id: String = id.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    (1..=64).contains(&id.len()).then_some(id)
}

//! A private mail server that keeps what it gets, for tests to read.
//!
//! It is aiosmtpd, an SMTP server with STARTTLS and AUTH that others wrote and use, in a Python environment of its
//! own under `target/`. Postfix's `smtp-sink` would be faster, but it can neither STARTTLS nor AUTH, and its failures
//! are fixed when it starts; here a test changes them while the server runs, as in "fails now, works later".

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::install::OPENSSL;
use crate::ports;
use crate::process::{Process, StopSignal, run, wait_for};
use crate::python::python;

const READY_DEADLINE: Duration = Duration::from_mins(1);
const AIOSMTPD: &str = "aiosmtpd==1.4.6";

/// What a test may choose about its mail server.
#[derive(Clone, Debug, Default)]
pub struct SmtpSinkOptions {
    /// The code that every recipient is refused with from the beginning, such as `550` or `451`.
    pub fail_rcpt: Option<&'static str>,
    /// Whether it offers and demands STARTTLS.
    pub starttls: bool,
    /// Who must sign in; needs `starttls`, as a password is not to be sent in the clear.
    pub auth: Option<SmtpAuth>,
}

/// A name and a password for SMTP.
#[derive(Clone, Debug)]
pub struct SmtpAuth {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
}

/// How the server answers from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpBehaviour {
    /// It takes every mail.
    Accept,
    /// It refuses every recipient with this code.
    FailRcpt(u16),
    /// It refuses every mail after its text with this code.
    FailData(u16),
    /// It takes the mail, but drops the connection instead of saying so.
    LoseAnswer,
}

/// A mail as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Headers and body as they came, bytes that are not UTF-8 replaced.
    pub raw: String,
}

/// A private mail server on 127.0.0.1, stopped when dropped.
#[derive(Debug)]
pub struct SmtpSink {
    // Declared before its directory, and so dropped before it.
    process: Process,
    directory: TempDir,
    options: SmtpSinkOptions,
    port: u16,
}

impl SmtpSink {
    /// Starts a mail server.
    ///
    /// # Errors
    /// When Python or aiosmtpd cannot be found or installed, or the server does not start.
    pub fn start(options: SmtpSinkOptions) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("rig-smtp-").tempdir()?;
        let path = directory.path();
        std::fs::create_dir(path.join("mails"))?;
        std::fs::write(path.join("smtp_sink.py"), include_str!("smtp_sink.py"))?;
        let behaviour = options.fail_rcpt.map_or_else(|| "accept".to_owned(), |code| format!("rcpt {code}"));
        std::fs::write(path.join("mails/behaviour"), behaviour)?;
        if options.starttls {
            make_certificate(path)?;
        }
        let port = ports::free()?;
        let process = spawn(path, port, &options)?;
        let mut sink = Self { process, directory, options, port };
        sink.wait_until_ready()?;
        Ok(sink)
    }

    /// The host to connect to; its certificate bears this name.
    pub fn host(&self) -> &'static str {
        "localhost"
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate authority, a PEM file, that a client must trust for STARTTLS.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Changes how the server answers from now on.
    ///
    /// # Errors
    /// When its directory cannot be written.
    pub fn behave(&self, behaviour: SmtpBehaviour) -> Result<()> {
        let text = match behaviour {
            SmtpBehaviour::Accept => "accept".to_owned(),
            SmtpBehaviour::FailRcpt(code) => format!("rcpt {code}"),
            SmtpBehaviour::FailData(code) => format!("data {code}"),
            SmtpBehaviour::LoseAnswer => "lose".to_owned(),
        };
        let part = self.directory.path().join("mails/behaviour.part");
        std::fs::write(&part, text)?;
        std::fs::rename(part, self.directory.path().join("mails/behaviour"))?;
        Ok(())
    }

    /// The mails taken until now, in their order.
    pub fn mails(&self) -> Vec<Mail> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.directory.path().join("mails"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        files.sort_by_cached_key(|path| {
            (std::fs::metadata(path).and_then(|data| data.modified()).ok(), path.clone())
        });
        files.iter().filter_map(|path| parse(&std::fs::read(path).ok()?)).collect()
    }

    /// Waits until this many mails were taken, and answers all that were by then or by the deadline.
    pub fn wait_for_mails(&self, count: usize, within: Duration) -> Vec<Mail> {
        wait_for(within, || self.mails().len() >= count);
        self.mails()
    }

    /// Ends the server and its connections at once; then connections are refused.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts the server again on the same port; mails that it took before stay.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.process.kill();
        self.process = spawn(self.directory.path(), self.port, &self.options)?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let port = self.port;
        self.process.wait_until(READY_DEADLINE, || ports::is_open(port))
    }
}

fn spawn(directory: &Path, port: u16, options: &SmtpSinkOptions) -> Result<Process> {
    let mut command = Command::new(python(&[AIOSMTPD])?);
    command
        .arg("smtp_sink.py")
        .args(["--directory", "mails", "--port", &port.to_string()])
        .current_dir(directory);
    if options.starttls {
        command.args(["--certificate", "server.pem", "--key", "server.key"]);
    }
    if let Some(SmtpAuth { username, password }) = &options.auth {
        anyhow::ensure!(options.starttls, "SMTP AUTH needs STARTTLS");
        command.args(["--username", username, "--password", password]);
    }
    Process::spawn("aiosmtpd", &mut command, &directory.join("log"), StopSignal::Kill, directory)
}

/// A certificate authority of its own, and a certificate for localhost.
fn make_certificate(directory: &Path) -> Result<()> {
    let openssl = OPENSSL.ensure("openssl")?;
    let extensions =
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n";
    std::fs::write(directory.join("extensions"), extensions)?;
    let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for arguments in [
        format!("req -x509 {new_key} -days 2 -subj /CN=rig -keyout ca.key -out ca.pem"),
        format!("req {new_key} -subj /CN=localhost -keyout server.key -out server.csr"),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem"
            .to_owned(),
    ] {
        run(Command::new(&openssl).args(arguments.split(' ')).current_dir(directory))?;
    }
    Ok(())
}

fn parse(file: &[u8]) -> Option<Mail> {
    let text = String::from_utf8_lossy(file);
    let (from, rest) = text.split_once('\n')?;
    let (to, raw) = rest.split_once('\n')?;
    Some(Mail { from: from.to_owned(), to: to.split(' ').map(str::to_owned).collect(), raw: raw.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpStream;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(30);

    /// Sends lines and answers the code of the last answer, or nothing when the connection ended.
    fn talk(sink: &SmtpSink, lines: &[&str]) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", sink.port())).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let mut answer = || loop {
            let mut line = String::new();
            let length = answers.read_line(&mut line).unwrap_or(0);
            if length == 0 {
                return None;
            }
            if line.as_bytes()[3] == b' ' {
                return Some(line[..3].to_owned());
            }
        };
        let mut last = answer();
        for line in lines {
            write!(stream, "{line}\r\n").unwrap();
            last = answer();
        }
        last
    }

    fn mail(sink: &SmtpSink, subject: &str) -> Option<String> {
        let text = format!("Subject: {subject}\r\n\r\nHej\r\n.");
        talk(
            sink,
            &["EHLO test", "MAIL FROM:<bank@example.org>", "RCPT TO:<kund@example.org>", "DATA", &text],
        )
    }

    #[test]
    fn a_mail_is_taken_and_failures_change_while_it_runs_on_aiosmtpd() {
        let mut sink = SmtpSink::start(SmtpSinkOptions::default()).unwrap();
        assert_eq!(mail(&sink, "one").as_deref(), Some("250"));
        let rcpt = ["EHLO test", "MAIL FROM:<bank@example.org>", "RCPT TO:<kund@example.org>"];
        sink.behave(SmtpBehaviour::FailRcpt(550)).unwrap();
        assert_eq!(talk(&sink, &rcpt).as_deref(), Some("550"));
        sink.behave(SmtpBehaviour::FailData(451)).unwrap();
        assert_eq!(mail(&sink, "refused").as_deref(), Some("451"));
        sink.behave(SmtpBehaviour::LoseAnswer).unwrap();
        assert_eq!(mail(&sink, "two"), None);

        sink.kill();
        assert!(!ports::is_open(sink.port()));
        sink.restart().unwrap();
        sink.behave(SmtpBehaviour::Accept).unwrap();
        assert_eq!(mail(&sink, "three").as_deref(), Some("250"));

        let mails = sink.wait_for_mails(3, WITHIN);
        assert_eq!(
            (mails[0].from.as_str(), mails[0].to.as_slice()),
            ("bank@example.org", &["kund@example.org".to_owned()][..])
        );
        let subjects: Vec<&str> = mails.iter().filter_map(|mail| mail.raw.lines().next()).collect();
        assert_eq!(subjects, ["Subject: one", "Subject: two", "Subject: three"]);
    }

    #[test]
    fn it_fails_every_recipient_from_the_beginning_when_asked_to_on_aiosmtpd() {
        let sink = SmtpSink::start(SmtpSinkOptions { fail_rcpt: Some("451"), ..Default::default() }).unwrap();
        let rcpt = ["EHLO test", "MAIL FROM:<bank@example.org>", "RCPT TO:<kund@example.org>"];
        assert_eq!(talk(&sink, &rcpt).as_deref(), Some("451"));
    }

    #[test]
    fn starttls_and_auth_are_demanded_and_work_on_aiosmtpd() {
        let auth = Some(SmtpAuth { username: "bevaka".to_owned(), password: "right".to_owned() });
        let sink = SmtpSink::start(SmtpSinkOptions { starttls: true, auth, ..Default::default() }).unwrap();
        assert_eq!(talk(&sink, &["EHLO test", "MAIL FROM:<bank@example.org>"]).as_deref(), Some("530"));

        let client = r#"
import smtplib, ssl, sys
smtp = smtplib.SMTP("localhost", int(sys.argv[1]))
smtp.starttls(context=ssl.create_default_context(cafile=sys.argv[2]))
smtp.login("bevaka", sys.argv[3])
smtp.sendmail("bank@example.org", ["kund@example.org"], b"Subject: secret\r\n\r\nHej\r\n")
"#;
        let send = |password: &str| {
            let mut command = Command::new(python(&[AIOSMTPD]).unwrap());
            run(command.args(["-c", client, &sink.port().to_string()]).arg(sink.ca_file()).arg(password))
        };
        assert!(send("wrong").unwrap_err().to_string().contains("535"));
        send("right").unwrap();
        assert!(sink.mails()[0].raw.starts_with("Subject: secret"));
    }
}

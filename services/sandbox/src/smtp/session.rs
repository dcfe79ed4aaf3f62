//! One SMTP conversation (RFC 5321) as a state machine over bytes, without any I/O.

use smtp_proto::{
    Error, Request,
    request::receiver::{DataReceiver, DummyDataReceiver, DummyLineReceiver, RequestReceiver},
};
use std::slice::Iter;

pub(crate) const MAX_MAIL_BYTES: usize = 10_000_000;
const MAX_RECIPIENTS: usize = 100;
const MAX_FAULTS: u32 = 20;

pub(crate) const GREETING: &[u8] = b"220 sandbox.bevaka ESMTP\r\n";
pub(crate) const CLOSING: &[u8] = b"421 4.3.2 sandbox.bevaka is closing the connection\r\n";
const EXTENSIONS: &str = "250-sandbox.bevaka\r\n250-PIPELINING\r\n250-SIZE 10000000\r\n250-8BITMIME\r\n\
                          250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n";

/// A whole mail with its envelope.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub raw: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send the output, then read on.
    NeedsInput,
    /// Store this, answer with [`answer_mail`], go on with the same input.
    Mail(Mail),
    Close,
}

#[derive(Default)]
pub(crate) struct Session {
    commands: RequestReceiver,
    phase: Phase,
    greeted: bool,
    envelope: Option<Mail>,
    faults: u32,
}

#[derive(Default)]
enum Phase {
    #[default]
    Command,
    /// The rest of a line that was too long.
    Skipping(DummyLineReceiver),
    Data(DataReceiver),
    /// The rest of a mail that was too large.
    TooLarge(DummyDataReceiver),
}

impl Session {
    /// Takes one command, or as much of a mail as there is; answers go to `output`.
    pub(crate) fn step(&mut self, input: &mut Iter<'_, u8>, output: &mut Vec<u8>) -> Step {
        loop {
            if input.as_slice().is_empty() {
                return Step::NeedsInput;
            }
            match &mut self.phase {
                Phase::Command => {
                    if let Some(step) = self.command(input, output) {
                        return step;
                    }
                }
                Phase::Skipping(line) => {
                    if line.ingest(input) {
                        self.phase = Phase::Command;
                    }
                }
                Phase::Data(data) => {
                    let raw = &mut self.envelope.get_or_insert_default().raw;
                    let whole = data.ingest(input, raw);
                    if raw.len() > MAX_MAIL_BYTES {
                        let rest = DummyDataReceiver::new_data(data);
                        self.envelope = None;
                        self.phase = if whole { too_large(output) } else { Phase::TooLarge(rest) };
                    } else if whole {
                        self.phase = Phase::Command;
                        return Step::Mail(self.envelope.take().unwrap_or_default());
                    }
                }
                Phase::TooLarge(rest) => {
                    if rest.ingest(input) {
                        self.phase = too_large(output);
                    }
                }
            }
        }
    }

    /// `None` if the conversation goes on without anything for the caller to do.
    fn command(&mut self, input: &mut Iter<'_, u8>, output: &mut Vec<u8>) -> Option<Step> {
        let request = match self.commands.ingest(input) {
            Ok(request) => request.into_owned(),
            Err(Error::NeedsMoreData { .. }) => return Some(Step::NeedsInput),
            Err(fault) => return self.fault(&fault, output),
        };
        let answer = match request {
            Request::Quit => {
                output.extend_from_slice(b"221 2.0.0 Bye\r\n");
                return Some(Step::Close);
            }
            Request::Ehlo { .. } => {
                (self.greeted, self.envelope) = (true, None);
                output.extend_from_slice(EXTENSIONS.as_bytes());
                return None;
            }
            Request::Helo { .. } => {
                (self.greeted, self.envelope) = (true, None);
                "250 sandbox.bevaka"
            }
            Request::Mail { from } => self.mail(from.address, from.size),
            Request::Rcpt { to } => self.recipient(to.address),
            Request::Data => self.data(),
            Request::Rset => {
                self.envelope = None;
                "250 2.0.0 OK"
            }
            Request::Noop { .. } => "250 2.0.0 OK",
            Request::Vrfy { .. } => "252 2.5.0 Cannot say, but will take the mail",
            _ => "502 5.5.1 Not implemented",
        };
        say(answer, output);
        None
    }

    fn mail(&mut self, from: String, size: usize) -> &'static str {
        if !self.greeted {
            return "503 5.5.1 EHLO first";
        }
        if self.envelope.is_some() {
            return "503 5.5.1 One mail at a time";
        }
        if size > MAX_MAIL_BYTES {
            return "552 5.3.4 Larger than 10000000 bytes";
        }
        self.envelope = Some(Mail { from, ..Mail::default() });
        "250 2.1.0 OK"
    }

    fn recipient(&mut self, to: String) -> &'static str {
        match &mut self.envelope {
            None => "503 5.5.1 MAIL first",
            Some(mail) if mail.to.len() >= MAX_RECIPIENTS => "452 4.5.3 Too many recipients",
            Some(mail) => {
                mail.to.push(to);
                "250 2.1.5 OK"
            }
        }
    }

    fn data(&mut self) -> &'static str {
        match &self.envelope {
            None => "503 5.5.1 MAIL first",
            Some(mail) if mail.to.is_empty() => "503 5.5.1 RCPT first",
            Some(_) => {
                self.phase = Phase::Data(data_receiver());
                "354 Go ahead, end with a dot on its own line"
            }
        }
    }

    fn fault(&mut self, fault: &Error, output: &mut Vec<u8>) -> Option<Step> {
        self.faults += 1;
        if self.faults > MAX_FAULTS {
            say("421 4.7.0 Too many faults", output);
            return Some(Step::Close);
        }
        let answer = match fault {
            Error::ResponseTooLong => {
                self.phase = Phase::Skipping(DummyLineReceiver::default());
                "500 5.5.2 Line too long"
            }
            Error::UnknownCommand => "500 5.5.1 Unknown command",
            Error::InvalidSenderAddress => "501 5.1.7 Not an address",
            Error::InvalidRecipientAddress => "501 5.1.3 Not an address",
            Error::UnsupportedParameter { .. } => "555 5.5.4 Unknown parameter",
            _ => "501 5.5.4 Syntax error",
        };
        say(answer, output);
        None
    }
}

/// What a mail is answered with once it is stored, or could not be.
pub(crate) fn answer_mail(reference: Option<String>, output: &mut Vec<u8>) {
    match reference {
        Some(reference) => say(&format!("250 2.0.0 OK: queued as {reference}"), output),
        None => say("451 4.3.0 Not stored, try again later", output),
    }
}

fn too_large(output: &mut Vec<u8>) -> Phase {
    say("552 5.3.4 Larger than 10000000 bytes", output);
    Phase::Command
}

fn say(answer: &str, output: &mut Vec<u8>) {
    output.extend_from_slice(answer.as_bytes());
    output.extend_from_slice(b"\r\n");
}

/// The receiver looks for CRLF before a dot. The first line of a mail follows the CRLF of the DATA command, so it is
/// told of one; otherwise an empty mail would never end, and a dot at the very start would stay doubled.
fn data_receiver() -> DataReceiver {
    let mut receiver = DataReceiver::new();
    receiver.ingest(&mut b"\r\n".iter(), &mut Vec::new());
    receiver
}

#[cfg(test)]
mod tests;

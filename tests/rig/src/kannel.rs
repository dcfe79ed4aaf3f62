//! A private Kannel: a real SMS gateway, connected to its fake SMS centre.
//!
//! The fake centre accepts every message and prints it. Kannel then calls the URL of the delivery report twice:
//! with type 8, accepted by the centre, and with type 1, delivered.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::install::KANNEL;
use crate::ports;
use crate::process::{Process, StopSignal, wait_for};

const READY_DEADLINE: Duration = Duration::from_mins(1);

/// What a test may choose about its gateway.
#[derive(Clone, Debug)]
pub struct KannelOptions {
    /// The name a sender signs in with.
    pub username: String,
    /// Its password.
    pub password: String,
    /// How many parts a long text may be split into; what is longer, Kannel cuts silently.
    pub max_messages: u32,
}

impl Default for KannelOptions {
    fn default() -> Self {
        Self { username: "bevaka".to_owned(), password: "rig-password".to_owned(), max_messages: 10 }
    }
}

/// A private Kannel with its fake SMS centre, stopped when dropped.
#[derive(Debug)]
pub struct Kannel {
    /// The name a sender signs in with.
    pub username: String,
    /// Its password.
    pub password: String,
    // Declared in the order they are to be dropped in: each connects to the one after it.
    _smsbox: Process,
    _centre: Process,
    _bearerbox: Process,
    directory: TempDir,
    sendsms_port: u16,
}

/// A message as it reached the fake SMS centre; the parts of a long text are put together again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeSms {
    /// The sender's number or name.
    pub from: String,
    /// The receiver's number.
    pub to: String,
    /// The whole text.
    pub text: String,
    /// Whether it was sent as UCS-2.
    pub ucs2: bool,
    /// In how many parts it came.
    pub parts: u8,
}

impl Kannel {
    /// Starts a gateway that answers `sendsms` on 127.0.0.1.
    ///
    /// # Errors
    /// When Kannel cannot be found or installed, or does not start.
    pub fn start(options: KannelOptions) -> Result<Self> {
        let bearerbox = KANNEL.ensure("bearerbox")?;
        let smsbox = KANNEL.ensure("smsbox")?;
        let fakesmsc = KANNEL.ensure("fakesmsc")?;
        let directory = tempfile::Builder::new().prefix("rig-kannel-").tempdir()?;
        let path = directory.path();
        let (admin, boxes, centre, sendsms) =
            (ports::free()?, ports::free()?, ports::free()?, ports::free()?);
        let config = path.join("kannel.conf");
        let KannelOptions { username, password, max_messages } = options;
        std::fs::write(
            &config,
            format!(
                "group = core\n\
                 admin-port = {admin}\n\
                 admin-interface = 127.0.0.1\n\
                 admin-password = {password}\n\
                 smsbox-port = {boxes}\n\
                 smsbox-interface = 127.0.0.1\n\
                 box-allow-ip = 127.0.0.1\n\
                 dlr-storage = internal\n\
                 \n\
                 group = smsc\n\
                 smsc = fake\n\
                 smsc-id = fake\n\
                 port = {centre}\n\
                 connect-allow-ip = 127.0.0.1\n\
                 \n\
                 group = smsbox\n\
                 bearerbox-host = 127.0.0.1\n\
                 sendsms-port = {sendsms}\n\
                 sendsms-interface = 127.0.0.1\n\
                 \n\
                 group = sendsms-user\n\
                 username = {username}\n\
                 password = {password}\n\
                 concatenation = true\n\
                 max-messages = {max_messages}\n"
            ),
        )?;

        let mut bearerbox = spawn(&bearerbox, &["-v", "1", "kannel.conf"], path)?;
        let listens = || [admin, boxes].into_iter().all(ports::is_open);
        bearerbox.wait_until(READY_DEADLINE, listens)?;
        // The centre takes one connection at a time, so its port must not be tried; Kannel says when it is connected.
        let port = centre.to_string();
        let mut fakesmsc = spawn(&fakesmsc, &["-H", "127.0.0.1", "-r", &port, "-m", "0", "none"], path)?;
        let mut smsbox = spawn(&smsbox, &["-v", "1", "kannel.conf"], path)?;
        smsbox.wait_until(READY_DEADLINE, || ports::is_open(sendsms))?;
        let status = format!("http://127.0.0.1:{admin}/status.txt");
        fakesmsc.wait_until(READY_DEADLINE, || {
            let answer = ureq::get(&status).query("password", &password).call();
            let text = answer.ok().and_then(|mut answer| answer.body_mut().read_to_string().ok());
            text.is_some_and(|text| text.contains("(online") && text.contains("smsbox"))
        })?;
        Ok(Self {
            username,
            password,
            _smsbox: smsbox,
            _centre: fakesmsc,
            _bearerbox: bearerbox,
            directory,
            sendsms_port: sendsms,
        })
    }

    /// Where messages are sent to.
    pub fn sendsms_url(&self) -> String {
        format!("http://127.0.0.1:{}/cgi-bin/sendsms", self.sendsms_port)
    }

    /// The messages that the fake SMS centre has got until now, in their order.
    pub fn messages(&self) -> Vec<FakeSms> {
        let log = std::fs::read(self.directory.path().join("fakesmsc.log")).unwrap_or_default();
        parse_log(&String::from_utf8_lossy(&log))
    }

    /// Waits until the centre has got this many messages, and answers all it has got by then or by the deadline.
    pub fn wait_for_messages(&self, count: usize, within: Duration) -> Vec<FakeSms> {
        wait_for(within, || self.messages().len() >= count);
        self.messages()
    }
}

fn spawn(program: &Path, arguments: &[&str], directory: &Path) -> Result<Process> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let log: PathBuf = directory.join(format!("{name}.log"));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    Process::spawn(&name, &mut command, &log, StopSignal::Kill, directory)
}

/// A line such as `… Got message 3: <Banken +46701740605 text Hej>`. Of a text with line breaks every further line
/// is printed as a message of its own; parts of a long text carry a user data header with their number.
fn parse_log(log: &str) -> Vec<FakeSms> {
    // The last line may not be written to its end yet.
    let complete = log.rfind('\n').map_or("", |end| &log[..end]);
    let mut found: Vec<FakeSms> = Vec::new();
    // The bytes of the parts until now, of the text that is still incomplete.
    let mut pending: Vec<u8> = Vec::new();
    for line in complete.lines() {
        let Some((_, rest)) = line.split_once(" Got message ") else { continue };
        let Some(message) = rest.split_once(": <").and_then(|(_, message)| message.strip_suffix('>')) else {
            continue;
        };
        let mut fields = message.splitn(4, ' ');
        let (from, to, kind) = (fields.next(), fields.next(), fields.next());
        let content = fields.next().unwrap_or_default();
        let (Some(from), Some(to)) = (from, to) else {
            continue_text(&mut found, message);
            continue;
        };
        let mut add = |text: String, ucs2, parts| {
            found.push(FakeSms { from: from.to_owned(), to: to.to_owned(), text, ucs2, parts });
        };
        match kind {
            Some("text") => add(content.to_owned(), false, 1),
            Some("data") => add(decode(&unescape(content)).0, false, 1),
            Some("ucs-2") => add(utf16(&unescape(content)), true, 1),
            Some("udh") => {
                let (header, data) = content.split_once(" data ").unwrap_or_default();
                pending.extend(unescape(data));
                if let [.., total, part] = unescape(header)[..]
                    && total == part
                {
                    let (text, ucs2) = decode(&pending);
                    pending.clear();
                    add(text, ucs2, total);
                }
            }
            _ => continue_text(&mut found, message),
        }
    }
    found
}

fn continue_text(found: &mut [FakeSms], line: &str) {
    if let Some(last) = found.last_mut() {
        last.text.push('\n');
        last.text.push_str(line);
    }
}

/// The log does not tell the coding of a split text, but only UCS-2 holds zero bytes or is not UTF-8.
fn decode(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => (text.to_owned(), false),
        _ => (utf16(bytes), true),
    }
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte))).collect();
    String::from_utf16_lossy(&units)
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap_or(b'0'), bytes.next().unwrap_or(b'0')];
                std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                    .unwrap_or(b'?')
            }
            other => other,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(30);

    /// Sends one text and answers the HTTP status.
    fn send(kannel: &Kannel, password: &str, coding: &str, text: &str, dlr_url: &str) -> u16 {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent
            .get(kannel.sendsms_url())
            .query("username", &kannel.username)
            .query("password", password)
            .query("from", "Banken")
            .query("to", "+46701740605")
            .query("text", text)
            .query("charset", "UTF-8")
            .query("coding", coding)
            .query("dlr-mask", "31")
            .query("dlr-url", dlr_url);
        request.call().unwrap().status().as_u16()
    }

    /// Answers report requests until one of this type came, and answers all types until then.
    fn reports(listener: &TcpListener, last: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        listener.set_nonblocking(true).unwrap();
        let complete = wait_for(WITHIN, || {
            if let Ok((mut stream, _)) = listener.accept() {
                stream.set_nonblocking(false).unwrap();
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).unwrap();
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                stream.write_all(answer.as_bytes()).unwrap();
                assert!(request.starts_with("GET /dlr?id=7&type="), "{request}");
                seen.extend(
                    request.split(' ').nth(1).and_then(|path| path.rsplit('=').next()).map(str::to_owned),
                );
            }
            seen.contains(last)
        });
        assert!(complete, "only these reports came: {seen:?}");
        seen
    }

    #[test]
    fn a_message_is_accepted_arrives_and_is_reported_on_kannel() {
        let kannel = Kannel::start(KannelOptions::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let dlr_url = format!("http://{}/dlr?id=7&type=%d", listener.local_addr().unwrap());
        let long = "långt 😀 ".repeat(20);
        let texts =
            [("0", "Hej åäö €[]"), ("2", "Hej “du” 😀"), ("0", "två\nrader <&%>"), ("2", long.as_str())];
        for (coding, text) in texts {
            assert_eq!(send(&kannel, &kannel.password, coding, text, &dlr_url), 202);
        }
        let seen = reports(&listener, "1");
        assert_eq!(seen, BTreeSet::from(["1".to_owned(), "8".to_owned()]));
        let messages = kannel.wait_for_messages(texts.len(), WITHIN);
        for (message, (coding, text)) in messages.iter().zip(texts) {
            assert_eq!((message.from.as_str(), message.to.as_str()), ("Banken", "+46701740605"));
            assert_eq!((message.text.as_str(), message.ucs2), (text, coding == "2"));
        }
        let parts: Vec<u8> = messages.iter().map(|message| message.parts).collect();
        assert_eq!(parts, [1, 1, 1, 3]);
        assert_eq!(send(&kannel, "wrong", "0", "Hej", &dlr_url), 403);
    }
}

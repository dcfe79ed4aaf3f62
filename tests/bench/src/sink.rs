//! The SMS gateway that the alerts end at: the least that speaks HTTP/1.1, on a thread of its own. It notes which
//! delivery came when, and nothing else.

use anyhow::Result;
use std::{
    net::{SocketAddr, TcpListener as StdListener},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

/// Where messages are taken.
pub const SEND: &str = "/send";
/// Where requests are never answered.
pub const HOLE: &str = "/hole";
/// The name of its thread.
pub const THREAD: &str = "sink";

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 27\r\n\r\n{\"id\":\"s-0123456789abcdef\"}";

/// A delivery's arrival.
#[derive(Clone, Copy, Debug)]
pub struct Receipt {
    /// Which.
    pub delivery: Uuid,
    /// When, since the sink was started.
    pub at: Duration,
}

/// The running sink.
#[derive(Debug)]
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Debug)]
struct Seen {
    started: Instant,
    receipts: Mutex<Vec<Receipt>>,
}

impl Sink {
    /// Starts it.
    pub fn start() -> Result<Self> {
        let listener = StdListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen { started: Instant::now(), receipts: Mutex::default() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = seen.clone();
        thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, shared.clone()));
                }
            });
        })?;
        Ok(Self { address, seen })
    }

    /// How many messages came.
    pub fn count(&self) -> usize {
        self.seen.with(|receipts| receipts.len())
    }

    /// What came so far, which is then forgotten.
    pub fn take(&self) -> Vec<Receipt> {
        self.seen.with(std::mem::take)
    }

    /// The time by the clock of the receipts.
    pub fn now(&self) -> Duration {
        self.seen.started.elapsed()
    }
}

impl Seen {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Receipt>) -> T) -> T {
        work(&mut self.receipts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Seen>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut buffer = Vec::with_capacity(4_096);
    loop {
        while let Some(length) = complete(&buffer) {
            if buffer.starts_with(b"POST /hole") {
                std::future::pending::<()>().await;
            }
            let at = seen.started.elapsed();
            let delivery = delivery_of(&buffer[..length])?;
            seen.with(|receipts| receipts.push(Receipt { delivery, at }));
            buffer.drain(..length);
            stream.write_all(ANSWER).await.ok()?;
        }
        if stream.read_buf(&mut buffer).await.ok()? == 0 {
            return None;
        }
    }
}

/// How many bytes the first request has, once it is there to its end.
fn complete(buffer: &[u8]) -> Option<usize> {
    let head = find(buffer, b"\r\n\r\n")? + 4;
    let start = find(&buffer[..head], b"content-length: ")? + 16;
    let digits = buffer[start..head].iter().take_while(|b| b.is_ascii_digit());
    let body = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    (buffer.len() >= head + body).then_some(head + body)
}

fn delivery_of(request: &[u8]) -> Option<Uuid> {
    let start = find(request, b"&id=")? + 4;
    Uuid::try_parse_ascii(request.get(start..start + 36)?).ok()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_complete_with_its_last_byte() {
        let request = b"POST /send HTTP/1.1\r\ncontent-length: 44\r\n\r\nfrom=B&id=01990000-0000-7000-8000-000000000001";
        let whole = [&request[..], b"&x"].concat();
        assert_eq!(complete(&request[..40]), None);
        assert_eq!(complete(&whole[..whole.len() - 5]), None);
        assert_eq!(complete(&whole), Some(whole.len() - 4));
        assert!(delivery_of(&whole).is_some());
    }
}

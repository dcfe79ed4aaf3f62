//! HTTP/1.1 to a gateway of one's own, without TLS: connections that are kept, each driven by the attempt that uses it.
//!
//! The general client runs every connection as a task of its own and wakes it for each request; with thousands of
//! messages a second that is most of what sending costs. docs/decisions/0015 has the figures.

use futures_util::FutureExt;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    HeaderMap, Request, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use std::{
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    sync::{Mutex, PoisonError},
    task::Poll,
    time::Duration,
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

type Driver = http1::Connection<TokioIo<TcpStream>, Full<Bytes>>;

/// Connections to one server.
pub(super) struct Direct {
    host: String,
    port: u16,
    limits: Limits,
    idle: Mutex<Vec<Idle>>,
}

/// How long things may take, and how much may come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// For connecting.
    pub connect: Duration,
    /// For one request with its answer, connecting included.
    pub request: Duration,
    /// An unused connection is given up after this.
    pub idle: Duration,
    /// The longest body that is read.
    pub body: usize,
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

/// A whole answer; no body if it was too long or broke off.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// There was no connection; nothing was sent.
    ConnectFailed,
    /// There was no connection in time; nothing was sent.
    ConnectTimeout,
    /// It was sent, and no answer came in time.
    Timeout,
    /// It may have been sent.
    ConnectionLost,
}

/// A request on a connection: answered, broken, or never written.
enum Exchange {
    Answered(Answer),
    Broken,
    Unsent(Request<Full<Bytes>>),
}

impl Direct {
    /// A client without connections yet.
    pub fn new(host: &str, port: u16, limits: Limits) -> Self {
        Self { host: host.to_owned(), port, limits, idle: Mutex::default() }
    }

    /// Sends a request whose address has only a path, and reads the whole answer.
    pub async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        let deadline = Instant::now() + self.limits.request;
        // A server may close what was idle. What it certainly did not get goes over another connection.
        while let Some(mut kept) = self.kept() {
            if (&mut kept.driver).now_or_never().is_some() {
                continue;
            }
            match timeout_at(deadline, kept.exchange(request, self.limits.body)).await {
                Ok(Exchange::Unsent(unsent)) => request = unsent,
                other => return self.ended(kept, other.map_err(|_| NoAnswer::Timeout)?),
            }
        }
        let mut fresh = self.connect(deadline).await?;
        let outcome = timeout_at(deadline, fresh.exchange(request, self.limits.body)).await;
        self.ended(fresh, outcome.map_err(|_| NoAnswer::Timeout)?)
    }

    async fn connect(&self, deadline: Instant) -> Result<Connection, NoAnswer> {
        let limit = self.limits.connect.min(deadline.saturating_duration_since(Instant::now()));
        match timeout(limit, Connection::open(&self.host, self.port)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(_)) => Err(NoAnswer::ConnectFailed),
            Err(_) => Err(NoAnswer::ConnectTimeout),
        }
    }

    fn ended(&self, connection: Connection, outcome: Exchange) -> Result<Answer, NoAnswer> {
        let Exchange::Answered(answer) = outcome else { return Err(NoAnswer::ConnectionLost) };
        if answer.body.is_some() && connection.sender.is_ready() {
            let idle = Idle { connection, since: Instant::now() };
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
        }
        Ok(answer)
    }

    /// The connection that was used last, if it is not too old. If that one is, all are.
    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let last = idle.pop()?;
        if last.since.elapsed() < self.limits.idle {
            return Some(last.connection);
        }
        idle.clear();
        None
    }
}

impl Connection {
    async fn open(host: &str, port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        Ok(Self { sender, driver })
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>, longest: usize) -> Exchange {
        let Self { sender, driver } = self;
        let answering = async {
            match sender.try_send_request(request).await {
                Ok(response) => Exchange::Answered(read(response, longest).await),
                Err(mut fault) => fault.take_message().map_or(Exchange::Broken, Exchange::Unsent),
            }
        };
        let outcome = drive(driver, answering).await.unwrap_or(Exchange::Broken);
        if matches!(&outcome, Exchange::Answered(Answer { body: Some(_), .. })) {
            // It takes the next request once it has seen the end of this answer.
            let _ = drive(driver, sender.ready()).await;
        }
        outcome
    }
}

/// Does what needs a connection while that is driven here; nothing if the connection ends first.
async fn drive<T>(driver: &mut Driver, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        let ended = Pin::new(&mut *driver).poll(context).is_ready();
        // What the connection has just brought, the work finds at once.
        match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if ended => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn read(response: hyper::Response<Incoming>, longest: usize) -> Answer {
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, longest).collect().await.ok().map(http_body_util::Collected::to_bytes);
    Answer { status: parts.status, headers: parts.headers, body }
}

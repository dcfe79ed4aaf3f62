//! The least that an HTTP client can be: connections that are kept, one request on each at a time.

use anyhow::{Context, Result, bail};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Connections to one server.
#[derive(Clone, Debug)]
pub struct Client {
    address: SocketAddr,
    idle: Arc<Mutex<Vec<Connection>>>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// A client without connections yet.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, idle: Arc::default() }
    }

    /// Posts a form; the answer must be a 200.
    pub async fn post(&self, path: &str, form: &str) -> Result<()> {
        let mut connection = match self.with(Vec::pop) {
            Some(connection) => connection,
            None => Connection::open(self.address).await?,
        };
        connection.post(path, form).await?;
        self.with(|idle| idle.push(connection));
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Connection>) -> T) -> T {
        work(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1_024) })
    }

    async fn post(&mut self, path: &str, form: &str) -> Result<()> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: sink\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{form}",
            form.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the sink closed the connection");
            }
            // The sink's answers are all alike and end with the one closing brace in them.
            if self.buffer.ends_with(b"}") {
                break;
            }
        }
        self.buffer.starts_with(b"HTTP/1.1 200").then_some(()).context("the sink refused a message")
    }
}

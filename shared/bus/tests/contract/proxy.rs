//! A way to the broker that can fall silent, as a network does when a cable is pulled: nothing is closed, and
//! nothing gets through.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

pub struct Proxy {
    pub url: String,
    /// Of the connections made from now on.
    silent: Arc<Mutex<watch::Sender<bool>>>,
}

impl Proxy {
    /// Stands in front of the broker at this AMQP URL.
    pub async fn start(url: &str) -> Self {
        let (before, rest) = url.split_once('@').unwrap();
        let (broker, vhost) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let silent = Arc::new(Mutex::new(watch::Sender::new(false)));
        let (broker, switch) = (broker.to_owned(), silent.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&broker).await else { continue };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let silent = || switch.lock().unwrap().subscribe();
                tokio::spawn(forward(from_client, to_server, silent()));
                tokio::spawn(forward(from_server, to_client, silent()));
            }
        });
        Self { url: format!("{before}@{address}/{vhost}"), silent }
    }

    /// From now on nothing passes over the connections that exist; new ones work.
    pub fn silence(&self) {
        self.silent.lock().unwrap().send_replace(true);
        *self.silent.lock().unwrap() = watch::Sender::new(false);
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut silent: watch::Receiver<bool>) {
    let mut buffer = vec![0; 65_536];
    loop {
        tokio::select! {
            biased;
            () = async { drop(silent.wait_for(|silent| *silent).await) } => break,
            read = from.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => if to.write_all(&buffer[..count]).await.is_err() { return },
            },
        }
    }
    // Both ends stay open for as long as the test runs.
    std::future::pending::<()>().await;
}

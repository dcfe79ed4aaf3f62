//! A server over TLS that takes nobody without a certificate of its authority.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header::CONTENT_TYPE},
    serve::Listener,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
        server::WebPkiClientVerifier,
    },
    server::TlsStream,
};

/// One authority, a server and a relying party of it.
pub struct Pki {
    pub ca_pem: String,
    pub identity_pem: String,
    tls: ServerConfig,
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub content_type: String,
    pub body: Value,
}

pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct Script {
    status: StatusCode,
    body: String,
    requests: Arc<Mutex<Vec<Asked>>>,
}

impl Pki {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let issued = |names: Vec<String>| {
            let key = KeyPair::generate().unwrap();
            let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
            (certificate, key)
        };
        let (server, server_key) = issued(vec!["127.0.0.1".to_owned()]);
        let (client, client_key) = issued(Vec::new());
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(vec![server.der().clone()], key)
            .unwrap();
        Self {
            ca_pem: authority.pem(),
            identity_pem: format!("{}{}", client.pem(), client_key.serialize_pem()),
            tls,
        }
    }
}

impl Server {
    /// A server that answers every request with this status and body.
    pub async fn start(pki: &Pki, status: u16, body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, requests) = (listener.local_addr().unwrap(), Arc::default());
        let status = StatusCode::from_u16(status).unwrap();
        let script = Script { status, body, requests: Arc::clone(&requests) };
        let app = Router::new().fallback(answer).with_state(script);
        let tls = TlsAcceptor::from(Arc::new(pki.tls.clone()));
        let task = tokio::spawn(async move {
            axum::serve(TlsListener { listener, tls }, app).await.unwrap();
        });
        Self { address, requests, task }
    }

    /// A server that takes connections and never says anything.
    pub async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok(connection) = listener.accept().await {
                held.push(connection);
            }
        });
        Self { address, requests: Arc::default(), task }
    }

    pub fn url(&self) -> String {
        format!("https://{}/rp/v6.0", self.address)
    }

    pub fn requests(&self) -> Vec<Asked> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(script): State<Script>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    script.requests.lock().unwrap().push(Asked {
        path: uri.path().to_owned(),
        content_type: content_type.to_owned(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    });
    (script.status, script.body)
}

struct TlsListener {
    listener: TcpListener,
    tls: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else { continue };
            if let Ok(stream) = self.tls.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

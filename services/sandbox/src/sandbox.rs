//! The sandbox as a whole: what a process starts, mounts and runs.

use crate::{
    api,
    bankid::{self, BankId, Door},
    gateway::{self, Gateway},
    oidc::{self, OidcOptions},
    page::{self, PageState},
    persons::Persons,
    report::Reporter,
    smtp,
    store::Store,
    token_page,
};
use anyhow::Context;
use axum::Router;
use bevaka_chassis::entropy::Entropy;
use bevaka_domain::clock::Clock;
use bevaka_web::pages::Pages;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{net::TcpListener, sync::Mutex};
use tokio_util::sync::CancellationToken;

/// What the sandbox needs to know.
pub struct SandboxOptions {
    /// Where the mail server listens; port 0 takes any free one.
    pub smtp_listen: SocketAddr,
    /// Where received messages are kept, a JSON line each.
    pub store_file: PathBuf,
    pub clock: Arc<dyn Clock>,
    /// The command that makes a first message; the empty page shows it.
    pub hint_command: String,
    pub bankid: BankIdOptions,
    /// The stand-in for the bank's `OpenID` provider.
    pub oidc: OidcOptions,
}

/// What the sandbox's BankID needs to know.
pub struct BankIdOptions {
    /// Where relying parties reach it, over mutual TLS; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where its keys and certificates are kept. A relying party finds here what it needs: `relying-party.pem`,
    /// `server-ca.pem` and the profile of signatures that count, `profile.toml`.
    pub directory: PathBuf,
    /// The file of the test persons, such as `config/sandbox/persons.toml`.
    pub persons_file: PathBuf,
    pub entropy: Arc<Entropy>,
}

/// A phone and a mailbox that take everything and pass nothing on, a BankID and an `OpenID` provider that nobody else trusts.
pub struct Sandbox {
    store: Arc<Store>,
    pages: Pages,
    clock: Arc<dyn Clock>,
    reporter: Reporter,
    hint_command: String,
    smtp_addr: SocketAddr,
    bankid: Arc<BankId>,
    bankid_addr: SocketAddr,
    oidc: Router,
    listeners: Mutex<Option<(TcpListener, Door)>>,
    stopping: CancellationToken,
}

impl Sandbox {
    /// Opens the store and the BankID's files, binds the ports and checks the pages. Nothing is served yet.
    ///
    /// # Errors
    /// If a file cannot be opened or read, a port is taken, or the pages are broken.
    pub async fn start(options: SandboxOptions) -> anyhow::Result<Self> {
        let SandboxOptions { smtp_listen, store_file, clock, hint_command, bankid, oidc } = options;
        if let Some(directory) = store_file.parent() {
            tokio::fs::create_dir_all(directory)
                .await
                .with_context(|| format!("the sandbox cannot create {}", directory.display()))?;
        }
        let store = Arc::new(Store::open(&store_file, Arc::clone(&clock)).await?);
        let listener = TcpListener::bind(smtp_listen)
            .await
            .with_context(|| format!("the sandbox's mail server cannot listen on {smtp_listen}"))?;
        let persons = Persons::load(&bankid.persons_file)?;
        let pages = page::pages()?;
        let oidc = oidc::router(oidc, pages.clone(), Arc::clone(&clock), Arc::clone(&bankid.entropy))?;
        let (service, door) =
            bankid::start(bankid.listen, &bankid.directory, persons, Arc::clone(&clock), bankid.entropy)
                .await?;
        let stopping = CancellationToken::new();
        Ok(Self {
            store,
            pages,
            oidc,
            reporter: Reporter::new(Arc::clone(&clock), stopping.clone())?,
            clock,
            hint_command,
            smtp_addr: listener.local_addr()?,
            bankid: service,
            bankid_addr: door.address,
            listeners: Mutex::new(Some((listener, door))),
            stopping,
        })
    }

    /// Everything under `/sandbox/`: pages, gateway, listing. The shared assets are not among it.
    pub fn router(&self) -> Router {
        let store = || Arc::clone(&self.store);
        let page = PageState {
            store: store(),
            pages: self.pages.clone(),
            hint_command: self.hint_command.as_str().into(),
            smtp_addr: self.smtp_addr,
            stopping: self.stopping.clone(),
        };
        let gateway =
            Gateway { store: store(), reporter: self.reporter.clone(), clock: Arc::clone(&self.clock) };
        page::router(page)
            .merge(gateway::router(gateway))
            .merge(api::router(store()))
            .merge(bankid::pages(Arc::clone(&self.bankid), self.pages.clone()))
            .merge(self.oidc.clone())
            .merge(token_page::router(self.bankid.persons.clone(), self.pages.clone()))
    }

    /// The sandbox's pages, for a process that serves nothing else to wrap its router with.
    pub fn pages(&self) -> Pages {
        self.pages.clone()
    }

    /// Where the mail server really listens.
    pub const fn smtp_addr(&self) -> SocketAddr {
        self.smtp_addr
    }

    /// Where relying parties really reach the BankID: `https://ADDRESS/rp/v6.0`.
    pub const fn bankid_addr(&self) -> SocketAddr {
        self.bankid_addr
    }

    /// Receives mail and serves relying parties until shutdown. It also ends live pages and pending reports then, which would otherwise hold up
    /// an HTTP server that waits for its connections. A second call only waits for shutdown.
    pub async fn run(&self, shutdown: CancellationToken) {
        // The guard counts if this future is dropped instead.
        let _dropped = self.stopping.clone().drop_guard();
        let servers = async {
            if let Some((mail, door)) = self.listeners.lock().await.take() {
                let mail = smtp::serve(mail, Arc::clone(&self.store), shutdown.clone());
                tokio::join!(mail, bankid::serve(Arc::clone(&self.bankid), door, shutdown.clone()));
            }
        };
        let pages = async {
            shutdown.cancelled().await;
            self.stopping.cancel();
        };
        tokio::join!(servers, pages);
    }
}

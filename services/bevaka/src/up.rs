//! `bevaka up`: the whole service in one process, on SQLite, with the sandbox as the outside world.

use crate::{
    Ended,
    client::Service,
    import, migrate,
    output::say,
    tokens::{self, NewToken},
    vault,
};
use anyhow::{Context, bail};
use axum::Router;
use bevaka_chassis::{
    health::{self, Health},
    process::{self, Chassis, ConfigArgs},
    same_bus,
    settings::{Environment, LogFormat, Settings, SmtpTls},
    shutdown, telemetry,
    vault::Vault,
};
use bevaka_dispatcher::Dispatcher;
use bevaka_domain::operator;
use bevaka_sandbox::{BankIdOptions, OIDC, OidcOptions, Sandbox, SandboxOptions};
use bevaka_store::{Role, agreements};
use bevaka_web::serve;
use secrecy::ExposeSecret;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

const A_DAY: Duration = Duration::from_secs(86_400);
/// Where the sandbox's BankID keeps its files, in the data directory.
const BANKID_FILES: &str = "sandbox-bankid";

/// What people change most; everything else is a setting.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Where state lies: database, received messages, a client's token.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where it serves, such as 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where the sandbox's mail server listens, such as 127.0.0.1:2525.
    #[arg(long, value_name = "ADDRESS")]
    smtp_listen: Option<SocketAddr>,
    /// Where relying parties reach the sandbox's BankID, such as 127.0.0.1:2526.
    #[arg(long, value_name = "ADDRESS")]
    bankid_listen: Option<SocketAddr>,
    /// Leaves an empty database empty.
    #[arg(long)]
    without_demonstration: bool,
}

const TRY: &str = "bevaka inject payment.rejected --org 556016-0680 \
                   --data '{\"payment_id\": \"1\", \"reason\": \"other\"}' --because 'a first try' --watch";

pub(crate) async fn run(config: &ConfigArgs, args: Args) -> anyhow::Result<Ended> {
    let mut settings = config.settings()?;
    if settings.process.environment == Environment::Production {
        bail!(
            "`bevaka up` brings the sandbox, which is refused in production; run the four services instead"
        );
    }
    if let Some(data_dir) = &args.data_dir {
        settings.process.data_dir = data_dir.to_string_lossy().into_owned();
    }
    settings.http.listen = args.listen.unwrap_or(settings.http.listen);
    settings.sandbox.smtp_listen = args.smtp_listen.unwrap_or(settings.sandbox.smtp_listen);
    settings.sandbox.bankid_listen = args.bankid_listen.unwrap_or(settings.sandbox.bankid_listen);
    settings.logging.format = LogFormat::Text;
    process::prepare(&settings)?;
    let metrics = telemetry::count()?;
    let listener = process::listen(settings.http.listen).await?;
    settings.http.listen = listener.local_addr()?;

    let data_dir = PathBuf::from(&settings.process.data_dir);
    fs::create_dir_all(&data_dir).with_context(|| format!("making {}", data_dir.display()))?;
    let _only_one = lock(&data_dir)?;
    let clock = std::sync::Arc::new(bevaka_chassis::clock::SystemClock);
    point_at_sandboxs_provider(&mut settings);
    let sandbox = Sandbox::start(SandboxOptions {
        smtp_listen: settings.sandbox.smtp_listen,
        store_file: data_dir.join("sandbox.jsonl"),
        clock,
        hint_command: TRY.to_owned(),
        bankid: BankIdOptions {
            listen: settings.sandbox.bankid_listen,
            directory: data_dir.join(BANKID_FILES),
            persons_file: config.config_dir.join("sandbox/persons.toml"),
            entropy: std::sync::Arc::new(bevaka_chassis::entropy::Entropy::from_system()),
        },
        oidc: OidcOptions::of(&settings, &config.config_dir),
    })
    .await?;
    if settings.vault.key.expose_secret().is_empty() {
        settings.vault.key = vault::key(&data_dir)?;
    }
    point_at_sandbox(&mut settings, &sandbox, &data_dir)?;
    migrate::migrate(&settings).await?;
    let shutdown = shutdown::token();
    let chassis =
        Chassis::start("bevaka", settings, config.config_dir.clone(), Role::Owner, shutdown.clone()).await?;
    same_bus::ensure(&chassis, "bevaka up").await?;
    if !args.without_demonstration {
        load_demonstration(&chassis).await?;
    }
    let service =
        Service { url: chassis.settings.http.public_url(), token: token(&chassis, &data_dir).await? };
    service.write(&data_dir)?;

    let app = bevaka_agreements::App::new(chassis.clone())?;
    let watches = bevaka_watches::App::new(chassis.clone())?;
    let dispatcher = Dispatcher::from_settings(chassis.clone())?;
    let operators = bevaka_operators::App::from_settings(chassis.clone())?;
    let health =
        Health { db: chassis.db.clone(), bus: Some(chassis.bus.clone()), shutdown: shutdown.clone() };
    let router = Router::new()
        .merge(bevaka_agreements::router(&app))
        .merge(bevaka_watches::router(&watches))
        .merge(dispatcher.router())
        .merge(bevaka_operators::router(&operators))
        .merge(sandbox.router())
        .merge(health::router(health))
        .merge(telemetry::router(metrics));
    let settings = &chassis.settings;
    let router = serve::finish(router, sandbox.pages(), &[settings.pages_url(), settings.operators_url()]);
    let serving = tokio::spawn(process::serve(listener, router, shutdown.clone()));
    greet(&service.url, &sandbox, &data_dir);

    // The sandbox outlives the dispatcher: what is under way when Ctrl-C comes still needs its mail server.
    let dispatching = dispatcher.run();
    let sandbox_stop = tokio_util::sync::CancellationToken::new();
    let receiving = sandbox.run(sandbox_stop.clone());
    let working = Box::pin(bevaka_agreements::work(app));
    let telling = Box::pin(bevaka_watches::work(watches));
    let operating = Box::pin(bevaka_operators::work(operators));
    let (dispatched, (), (), (), ()) = tokio::join!(
        async {
            let dispatched = dispatching.await;
            sandbox_stop.cancel();
            dispatched
        },
        receiving,
        working,
        telling,
        operating
    );
    dispatched?;
    process::served(serving, &chassis.settings.process).await?;
    chassis.db.close().await;
    say!("stopped; the next start continues from {}", data_dir.display());
    Ok(Ended::Done)
}

/// One process at a time works in a data directory: SQLite's leases and locks are freed at start.
fn lock(data_dir: &Path) -> anyhow::Result<fs::File> {
    let path = data_dir.join("lock");
    let file = fs::File::create(&path).with_context(|| format!("making {}", path.display()))?;
    if file.try_lock().is_err() {
        bail!("another `bevaka up` works in {}; stop it, or give another --data-dir", data_dir.display());
    }
    Ok(file)
}

/// Lets operators sign in by the sandbox.
fn point_at_sandboxs_provider(settings: &mut Settings) {
    settings.operator_sign_in.issuer = format!("{}{OIDC}", settings.http.public_url());
    settings.operator_sign_in.public_url.clear();
    settings.operator_sign_in.client_id = "bevaka".to_owned();
    // Nobody but this process asks for tokens, and codes are for its own pages.
    settings.operator_sign_in.client_secret = "sandbox".to_owned().into();
}

/// Lets mail, SMS and BankID end in the sandbox.
fn point_at_sandbox(settings: &mut Settings, sandbox: &Sandbox, data_dir: &Path) -> anyhow::Result<()> {
    settings.sandbox.enabled = true;
    settings.smtp.host = sandbox.smtp_addr().ip().to_string();
    settings.smtp.port = sandbox.smtp_addr().port();
    settings.smtp.tls = SmtpTls::None;
    settings.smtp.username.clear();
    settings.sms.gateway = "46elks".to_owned();
    settings.sms.base_url = format!("{}/sandbox/46elks", settings.http.public_url());
    settings.sms.account = "sandbox".to_owned();
    settings.sms.secret = "sandbox".to_owned().into();
    // Reports of alerts from before a restart must still be genuine, so their secret follows from what stays.
    let secret = Vault::new(&settings.vault.key)?.hash("sms.report_secret", b"");
    settings.sms.report_secret = hex::encode(secret).into();
    settings.bankid.url = format!("https://{}", sandbox.bankid_addr());
    let files = data_dir.join(BANKID_FILES);
    settings.bankid.profile = files.join("profile.toml");
    settings.bankid.identity_file = files.join("relying-party.pem");
    settings.bankid.ca_file = files.join("server-ca.pem");
    settings.bankid.app_url = format!("{}/sandbox/bankid/start", settings.http.public_url());
    Ok(())
}

/// The token for the commands of this machine: that of the last start while it counts for another day, else a new one.
async fn token(chassis: &Chassis, data_dir: &Path) -> anyhow::Result<String> {
    let now = chassis.clock.now();
    if let Some(Service { token, .. }) = Service::read(data_dir)
        && tokens::holder(&chassis.db, &token, now.plus(A_DAY)).await?.is_some()
    {
        return Ok(token);
    }
    let new = NewToken {
        name: "this machine",
        owner: "demonstration",
        roles: operator::Role::ALL.into(),
        lasts: 30 * A_DAY,
    };
    Ok(tokens::issue(&chassis.db, new, &chassis.entropy, now).await?)
}

/// Gives an empty database a company to try things with.
async fn load_demonstration(chassis: &Chassis) -> anyhow::Result<()> {
    let mut tx = chassis.db.begin_read().await?;
    let companies = agreements::count_organisations(&mut tx).await?;
    drop(tx);
    if companies > 0 {
        return Ok(());
    }
    let path = chassis.config_dir.join("demonstration.jsonl");
    let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let vault = Vault::new(&chassis.settings.vault.key)?;
    match import::check(&chassis.db, &chassis.catalogue, Some(&vault), &text).await? {
        Ok(checked) => {
            let now = chassis.clock.now();
            import::write(&chassis.db, &checked, Some(&vault), &chassis.entropy, now).await
        }
        Err(faults) => {
            let listed: Vec<_> = faults.iter().map(|f| format!("line {}: {}", f.line, f.problem)).collect();
            bail!("{}: {}", path.display(), listed.join("; "))
        }
    }
}

fn greet(url: &str, sandbox: &Sandbox, data_dir: &Path) {
    say!(
        "\nBevaka runs. Ctrl-C stops it; the next start continues.

  sign in             {url}{}
  operators           {url}{}
  phone and mailbox   {url}/sandbox/
  BankID              {url}/sandbox/bankid
  health              {url}/health/ready
  mail server         {}
  state               {}

Send a first event from another terminal (`cargo run --` in front if `bevaka` is not installed):

  {TRY}
",
        bevaka_agreements::paths::SIGN_IN,
        bevaka_operators::pages::paths::NOW,
        sandbox.smtp_addr(),
        data_dir.display()
    );
}

//! The sandbox as a process of its own, for docker compose and for looking at it.

use anyhow::{Context, bail};
use axum::Router;
use bevaka_chassis::settings::{Environment, Settings};
use bevaka_domain::clock::{Clock, Timestamp};
use bevaka_sandbox::{Sandbox, SandboxOptions};
use std::{ffi::OsString, path::PathBuf, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const HINT: &str = "bevaka inject payment.rejected";

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the injected Clock")]
    fn now(&self) -> Timestamp {
        time::OffsetDateTime::now_utc().into()
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::load(config_file(std::env::args_os().skip(1))?.as_deref())?;
    if settings.process.environment == Environment::Production {
        bail!("the sandbox is refused in production; set process.environment to \"development\"");
    }
    let sandbox = Sandbox::start(SandboxOptions {
        smtp_listen: settings.sandbox.smtp_listen,
        store_file: PathBuf::from(&settings.process.data_dir).join("sandbox.jsonl"),
        clock: Arc::new(SystemClock),
        hint_command: HINT.to_owned(),
    })
    .await?;
    let listen = settings.http.listen;
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("the sandbox cannot listen on {listen}"))?;
    serve(sandbox, listener, stopped_by_signal()?).await
}

async fn serve(sandbox: Sandbox, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let router = Router::new()
        .route("/", axum::routing::get(async || axum::response::Redirect::temporary("/sandbox/")))
        .merge(sandbox.router())
        .merge(bevaka_web::assets::router());
    let router = bevaka_web::serve::finish(router, sandbox.pages());
    let http = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let (served, ()) = tokio::join!(http.into_future(), sandbox.run(shutdown));
    Ok(served?)
}

/// `--config FILE` is all there is.
fn config_file(mut arguments: impl Iterator<Item = OsString>) -> anyhow::Result<Option<PathBuf>> {
    match (arguments.next(), arguments.next(), arguments.next()) {
        (None, ..) => Ok(None),
        (Some(option), Some(file), None) if option == "--config" => Ok(Some(file.into())),
        _ => bail!("usage: bevaka-sandbox [--config FILE]"),
    }
}

/// Cancelled on Ctrl-C and on SIGTERM.
fn stopped_by_signal() -> anyhow::Result<CancellationToken> {
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(token)
}

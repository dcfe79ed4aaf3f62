//! The sandbox as a process of its own, for docker compose and for looking at it.

use anyhow::bail;
use axum::{Router, response::Redirect, routing::get};
use bevaka_chassis::{
    clock::SystemClock,
    entropy::Entropy,
    process::{self, ServiceArgs},
    settings::Environment,
    shutdown,
};
use bevaka_sandbox::{BankIdOptions, OidcOptions, Sandbox, SandboxOptions};
use bevaka_web::serve::finish;
use std::{path::PathBuf, sync::Arc};

const HINT: &str = "bevaka inject payment.rejected --org 556016-0680 \
                    --data '{\"payment_id\": \"1\", \"reason\": \"other\"}' --because 'a first try' --watch";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = ServiceArgs::of("bevaka-sandbox").config;
    let settings = config.settings()?;
    if settings.process.environment == Environment::Production {
        bail!("the sandbox is refused in production; set process.environment to \"development\"");
    }
    process::prepare(&settings)?;
    let data_dir = PathBuf::from(&settings.process.data_dir);
    let sandbox = Sandbox::start(SandboxOptions {
        smtp_listen: settings.sandbox.smtp_listen,
        store_file: data_dir.join("sandbox.jsonl"),
        clock: Arc::new(SystemClock),
        hint_command: HINT.to_owned(),
        bankid: BankIdOptions {
            listen: settings.sandbox.bankid_listen,
            directory: data_dir.join("sandbox-bankid"),
            persons_file: config.config_dir.join("sandbox/persons.toml"),
            entropy: Arc::new(Entropy::from_system()),
        },
        oidc: OidcOptions::of(&settings, &config.config_dir),
    })
    .await?;
    let listener = process::listen(settings.http.listen).await?;
    let shutdown = shutdown::token();
    tracing::info!(
        http.listen = %settings.http.listen,
        smtp.listen = %sandbox.smtp_addr(),
        bankid.listen = %sandbox.bankid_addr(),
        "the sandbox serves"
    );
    let router = Router::new()
        .route("/", get(async || Redirect::temporary("/sandbox/")))
        .route("/health/ready", get(async || "up"))
        .merge(sandbox.router());
    let http = process::serve(
        listener,
        finish(router, sandbox.pages(), &[settings.http.public_url()]),
        shutdown.clone(),
    );
    let (served, ()) = tokio::join!(http, sandbox.run(shutdown));
    served
}

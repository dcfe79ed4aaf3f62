//! Talks to a running service: which one, with which token.

use anyhow::{Context, bail};
use bevaka_chassis::process::ConfigArgs;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

const FILE: &str = "service.json";

/// Which service to talk to.
#[derive(Debug, clap::Args)]
pub(crate) struct ServerArgs {
    /// The service's address; left out: the one started by `bevaka up` on this machine.
    #[arg(long, value_name = "URL", env = "BEVAKA_SERVER")]
    server: Option<String>,
    /// A file that holds the client's token.
    #[arg(long, value_name = "FILE", env = "BEVAKA_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Where `bevaka up` keeps its state; left out: as its settings say.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// What `bevaka up` leaves for the other commands, readable by its owner alone.
#[derive(Serialize, Deserialize)]
pub(crate) struct Service {
    /// Where it serves.
    pub url: String,
    /// The client's token.
    pub token: String,
}

impl Service {
    /// What the last `bevaka up` left in a data directory.
    pub(crate) fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(data_dir.join(FILE)).ok()?).ok()
    }

    /// Leaves it for the other commands.
    pub(crate) fn write(&self, data_dir: &Path) -> anyhow::Result<()> {
        let path = data_dir.join(FILE);
        write_private(&path, &serde_json::to_string_pretty(self)?)
            .with_context(|| format!("writing {}", path.display()))?;
        Ok(())
    }
}

/// Writes a file that only its owner reads.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// A running service.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: SecretString,
}

#[derive(Deserialize)]
struct Problem {
    title: String,
    detail: String,
    #[serde(default)]
    action: String,
}

impl Client {
    /// Finds the service.
    ///
    /// # Errors
    /// Says what to give if it cannot be found.
    pub(crate) fn find(config: &ConfigArgs, args: &ServerArgs) -> anyhow::Result<Self> {
        // Fails only if it is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = config.settings()?;
        let data_dir = args.data_dir.clone().unwrap_or_else(|| PathBuf::from(&settings.process.data_dir));
        let local = Service::read(&data_dir);
        let token = match (&args.token_file, &args.server, &local) {
            (Some(file), ..) => {
                let token =
                    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
                SecretString::from(token.trim())
            }
            (None, _, Some(local)) if args.server.as_ref().is_none_or(|url| *url == local.url) => {
                SecretString::from(local.token.as_str())
            }
            _ => bail!("no token is known for this service: give --token-file"),
        };
        let url = match (&args.server, local) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(local)) => local.url,
            (None, None) => bail!(
                "no service is known in {}: start one by `bevaka up`, or give --server and --token-file",
                data_dir.display()
            ),
        };
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
        Ok(Self { http, url, token })
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(self.token.expose_secret())
    }

    /// Sends a request and reads its answer if the status is one of these.
    ///
    /// # Errors
    /// With the service's own words for any other status.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        expected: &[StatusCode],
    ) -> anyhow::Result<(StatusCode, T)> {
        let answer = request
            .send()
            .await
            .with_context(|| format!("no service answers at {}; is `bevaka up` running?", self.url))?;
        let status = answer.status();
        if expected.contains(&status) {
            return Ok((status, answer.json().await.context("the service's answer cannot be read")?));
        }
        match answer.json::<Problem>().await {
            Ok(problem) => bail!("{}: {} {}", problem.title, problem.detail, problem.action),
            Err(_) => bail!("the service answered {status}"),
        }
    }
}

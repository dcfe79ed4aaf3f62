//! Talks to a running service: which one, with which token.

use crate::exit::Ended;
use anyhow::{Context, bail};
use bevaka_chassis::process::ConfigArgs;
use clap::{ArgMatches, parser::ValueSource};
use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    fmt, fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

const FILE: &str = "service.json";
const CONNECTS: Duration = Duration::from_secs(10);
/// How long a service may say nothing.
const READS: Duration = Duration::from_secs(60);

/// Which service to talk to.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Service")]
pub(crate) struct ServerArgs {
    /// The service's address; left out: the one started by `bevaka up` on this machine.
    #[arg(long, value_name = "URL", env = "BEVAKA_SERVER")]
    server: Option<String>,
    /// A file that holds the client's token; without it the environment (`BEVAKA_TOKEN`) holds the token itself.
    #[arg(long, value_name = "FILE", env = "BEVAKA_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// The token, from the environment alone: arguments are seen by everybody on the machine.
    #[arg(long = TOKEN, value_name = "TOKEN", env = "BEVAKA_TOKEN", hide = true, hide_env_values = true)]
    token: Option<Token>,
    /// Where `bevaka up` keeps its state; left out: as its settings say.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

const TOKEN: &str = "token";

/// A token that no debug text shows.
#[derive(Clone)]
struct Token(SecretString);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for Token {
    fn from(text: String) -> Self {
        Self(text.trim().into())
    }
}

/// Whether somebody gave a token as an argument, where it must not stand.
pub(crate) fn token_was_an_argument(matches: &ArgMatches) -> bool {
    let is_here = matches.try_contains_id(TOKEN).is_ok_and(|has| has)
        && matches.value_source(TOKEN) == Some(ValueSource::CommandLine);
    is_here || matches.subcommand().is_some_and(|(_, matches)| token_was_an_argument(matches))
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
    create_private(path)?.write_all(text.as_bytes())
}

/// Makes a file that only its owner reads, or empties it.
pub(crate) fn create_private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A refusal, as the service words it (RFC 9457).
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    /// What happened.
    pub title: String,
    /// Why.
    pub detail: String,
    /// What to do now.
    #[serde(default)]
    pub action: String,
    /// What was refused one by one, where the request held many.
    #[serde(default)]
    pub refused: Vec<Value>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.title, self.detail, self.action)
    }
}

/// Why a service did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// It said why.
    #[error("{problem}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// In its own words.
        problem: Problem,
    },
    /// It answered what no service of ours does.
    #[error("{url} answered {status}, which is no answer of Bevaka's; is it the right address?")]
    Strange {
        /// Which.
        url: String,
        /// The status.
        status: StatusCode,
    },
    /// Nothing answered.
    #[error("no service answers at {url}; is it running?")]
    Away {
        /// Which.
        url: String,
        /// Why.
        #[source]
        cause: reqwest::Error,
    },
    /// No token is known.
    #[error("{0}")]
    NoToken(&'static str),
}

impl ServiceError {
    /// What it means for the process.
    pub(crate) fn ended(&self) -> Ended {
        match self {
            Self::Refused { status, .. } => match *status {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ended::NotAllowed,
                StatusCode::SERVICE_UNAVAILABLE => Ended::Away,
                status if status.is_client_error() => Ended::Refused,
                _ => Ended::Failed,
            },
            Self::Strange { .. } => Ended::Failed,
            Self::Away { .. } => Ended::Away,
            Self::NoToken(_) => Ended::NotAllowed,
        }
    }
}

/// A running service.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: SecretString,
}

/// Where to go, and with what.
#[derive(Debug)]
struct Target {
    url: String,
    token: SecretString,
}

impl Client {
    /// Finds the service.
    ///
    /// # Errors
    /// Says what to give if it cannot be found.
    pub(crate) fn find(config: &ConfigArgs, args: &ServerArgs) -> anyhow::Result<Self> {
        // Fails only if it is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data_dir = match &args.data_dir {
            Some(given) => given.clone(),
            None => PathBuf::from(&config.settings()?.process.data_dir),
        };
        let Target { url, token } = target(args, Service::read(&data_dir), &data_dir)?;
        if is_readable_on_the_way(&url) {
            eprintln!("bevaka: {url} is not HTTPS: whoever is on the way can read the token");
        }
        // A redirect would take the token where nobody said that it may go.
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECTS)
            .read_timeout(READS)
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { http, url, token })
    }

    /// A request to an address of the operators' API, such as `trail`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/dispatcher/api/{path}", self.url);
        self.http.request(method, url).bearer_auth(self.token.expose_secret())
    }

    /// Asks for something.
    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Changes something.
    pub(crate) fn post(&self, path: &str, body: &impl Serialize) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    /// Sends a request; gives the answer if its status is a success or one of these.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub(crate) async fn answer(
        &self,
        request: RequestBuilder,
        also: &[StatusCode],
    ) -> Result<Response, ServiceError> {
        let away = |cause| ServiceError::Away { url: self.url.clone(), cause };
        let answer = request.send().await.map_err(away)?;
        let status = answer.status();
        if status.is_success() || also.contains(&status) {
            return Ok(answer);
        }
        match answer.json::<Problem>().await {
            Ok(problem) => Err(ServiceError::Refused { status, problem }),
            Err(_) => Err(ServiceError::Strange { url: self.url.clone(), status }),
        }
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// [`ServiceError`], or that the answer cannot be read.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<T> {
        Ok(self.ask_or(request, &[]).await?.1)
    }

    /// As [`Client::ask`], where other statuses are answers as well.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub(crate) async fn ask_or<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        also: &[StatusCode],
    ) -> anyhow::Result<(StatusCode, T)> {
        let answer = self.answer(request, also).await?;
        let status = answer.status();
        let read = answer.json().await;
        Ok((status, read.context("the service's answer cannot be read; is it another version?")?))
    }

    /// What a request finds; `None` if there is nothing.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub(crate) async fn find_one<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> anyhow::Result<Option<T>> {
        match self.ask(request).await {
            Ok(found) => Ok(Some(found)),
            Err(error) => match error.downcast_ref::<ServiceError>() {
                Some(ServiceError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
                _ => Err(error),
            },
        }
    }
}

/// Which service, with which token. That of the local service goes to the local service and nowhere else.
fn target(args: &ServerArgs, local: Option<Service>, data_dir: &Path) -> anyhow::Result<Target> {
    let given = match (&args.token_file, &args.token) {
        (Some(file), _) => {
            let token = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
            Some(SecretString::from(token.trim()))
        }
        (None, token) => token.as_ref().map(|token| token.0.clone()),
    };
    let server = args.server.as_ref().map(|url| url.trim_end_matches('/').to_owned());
    let own = local.as_ref().filter(|local| server.as_ref().is_none_or(|url| *url == local.url));
    let own = own.map(|local| SecretString::from(local.token.as_str()));
    let url = match (server, local) {
        (Some(url), _) => url,
        (None, Some(local)) => local.url,
        (None, None) => bail!(
            "no service is known in {}: start one by `bevaka up`, or give --server and --token-file",
            data_dir.display()
        ),
    };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        bail!("--server: an address begins with https:// (or http://)");
    }
    let token = given.or(own).filter(|token| !token.expose_secret().is_empty()).ok_or(
        ServiceError::NoToken("no token is known for this service: give --token-file, or set BEVAKA_TOKEN"),
    )?;
    Ok(Target { url, token })
}

/// An id as a part of an address: whatever somebody types stays one part.
pub(crate) fn segment(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    id.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Whether others on the way can read what is sent.
fn is_readable_on_the_way(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    !["localhost", "127.", "[::1]"].iter().any(|local| host.starts_with(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> Service {
        Service { url: "http://127.0.0.1:8080".into(), token: "local".into() }
    }

    fn args(server: Option<&str>, token: Option<&str>) -> ServerArgs {
        let token = token.map(|token| Token::from(token.to_owned()));
        ServerArgs { server: server.map(str::to_owned), token, ..ServerArgs::default() }
    }

    fn found(args: &ServerArgs, local: Option<Service>) -> Result<(String, String), Ended> {
        match target(args, local, Path::new("data")) {
            Ok(Target { url, token }) => Ok((url, token.expose_secret().to_owned())),
            Err(error) => Err(Ended::of(&error)),
        }
    }

    #[test]
    fn the_local_services_token_goes_to_no_other_service() {
        let to = |url: &str, token: &str| Ok((url.to_owned(), token.to_owned()));
        let here = "http://127.0.0.1:8080";
        assert_eq!(found(&args(None, None), Some(local())), to(here, "local"));
        assert_eq!(found(&args(Some("http://127.0.0.1:8080/"), None), Some(local())), to(here, "local"));
        for elsewhere in ["https://bank.example", "http://127.0.0.1:80801", "http://127.0.0.1:8080.example"] {
            assert_eq!(found(&args(Some(elsewhere), None), Some(local())), Err(Ended::NotAllowed));
            assert_eq!(found(&args(Some(elsewhere), Some(" own\n")), Some(local())), to(elsewhere, "own"));
        }
        assert_eq!(found(&args(None, Some("own")), Some(local())), to(here, "own"));
        assert_eq!(found(&args(None, Some("own")), None), Err(Ended::Failed));
        assert_eq!(found(&args(Some("bank.example"), Some("own")), None), Err(Ended::Failed));
        assert_eq!(found(&args(Some("https://bank.example"), Some(" ")), None), Err(Ended::NotAllowed));
    }

    #[test]
    fn a_token_file_wins_over_the_environment_and_no_debug_text_shows_a_token() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        fs::write(&file, "from the file\n").unwrap();
        let args = ServerArgs { token_file: Some(file), ..args(None, Some("hemlig")) };
        assert_eq!(found(&args, Some(local())).unwrap().1, "from the file");
        assert!(!format!("{args:?}").contains("hemlig"));
    }

    #[test]
    fn an_id_stays_one_part_of_an_address() {
        assert_eq!(segment("01a1-ff"), "01a1-ff");
        assert_eq!(segment("../x?å"), "%2E%2E%2Fx%3F%C3%A5");
    }

    #[test]
    fn a_token_in_plain_text_is_told_of() {
        assert!(is_readable_on_the_way("http://bank.example:8080"));
        for safe in ["https://bank.example", "http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1"]
        {
            assert!(!is_readable_on_the_way(safe), "{safe}");
        }
    }

    #[test]
    fn what_a_service_refuses_is_told_by_the_exit_code() {
        let refused = |status| {
            let problem =
                Problem { title: "t".into(), detail: "d".into(), action: "a".into(), refused: Vec::new() };
            ServiceError::Refused { status, problem }.ended()
        };
        assert_eq!(refused(StatusCode::FORBIDDEN), Ended::NotAllowed);
        assert_eq!(refused(StatusCode::UNAUTHORIZED), Ended::NotAllowed);
        assert_eq!(refused(StatusCode::UNPROCESSABLE_ENTITY), Ended::Refused);
        assert_eq!(refused(StatusCode::NOT_FOUND), Ended::Refused);
        assert_eq!(refused(StatusCode::SERVICE_UNAVAILABLE), Ended::Away);
        assert_eq!(refused(StatusCode::INTERNAL_SERVER_ERROR), Ended::Failed);
    }
}

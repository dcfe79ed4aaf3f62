//! A fresh database, or a fresh virtual host, for one test on the servers that `cargo xtask test` shares.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::install::POSTGRES;
use crate::process::run;

/// Names the shared `PostgreSQL` server: a URL without a database.
pub const POSTGRES_URL: &str = "BEVAKA_TEST_POSTGRES";
/// Names the shared `RabbitMQ` server: an AMQP URL.
pub const RABBITMQ_URL: &str = "BEVAKA_TEST_RABBITMQ";
/// Names the management API of the shared `RabbitMQ` server, without the final `/api`.
pub const RABBITMQ_API_URL: &str = "BEVAKA_TEST_RABBITMQ_API";

static CALLS: AtomicU32 = AtomicU32::new(0);

/// Creates a fresh database on the shared server and answers its URL.
///
/// # Panics
/// When the test was not started by `cargo xtask test`, or the server does not answer.
#[expect(clippy::panic, reason = "a test that cannot have its server fails")]
pub fn postgres_database(name_hint: &str) -> String {
    let base = required(POSTGRES_URL, "PostgreSQL");
    create_database(&base, name_hint).unwrap_or_else(|error| panic!("no test database: {error:#}"))
}

/// Creates a fresh virtual host on the shared server and answers its AMQP URL.
///
/// # Panics
/// When the test was not started by `cargo xtask test`, or the server does not answer.
#[expect(clippy::panic, reason = "a test that cannot have its server fails")]
pub fn rabbitmq_vhost(name_hint: &str) -> String {
    let (url, api) = (required(RABBITMQ_URL, "RabbitMQ"), required(RABBITMQ_API_URL, "RabbitMQ"));
    create_vhost(&api, &url, name_hint).unwrap_or_else(|error| panic!("no test virtual host: {error:#}"))
}

#[expect(clippy::panic, reason = "a test that cannot have its server fails")]
#[expect(
    clippy::disallowed_methods,
    reason = "this is how xtask tells tests of their servers, not a setting"
)]
fn required(variable: &str, server: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("this test needs {server}: run it by `cargo xtask test`"))
}

fn create_database(base: &str, name_hint: &str) -> Result<String> {
    let name = unique_name(name_hint, '_');
    let server = without_path(base);
    let mut command = Command::new(POSTGRES.ensure("psql")?);
    let statement = format!("create database {name}");
    run(command.args(["-Xq", "-v", "ON_ERROR_STOP=1", "-c", &statement, &format!("{server}/postgres")]))?;
    Ok(format!("{server}/{name}"))
}

pub(crate) fn create_vhost(api: &str, amqp: &str, name_hint: &str) -> Result<String> {
    let name = unique_name(name_hint, '-');
    let server = without_path(amqp);
    let credentials = server
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('@'))
        .map(|(credentials, _)| credentials)
        .context("the AMQP URL holds no user")?;
    let user = credentials.split(':').next().unwrap_or(credentials);
    let put = |path: String, body: &str| {
        ureq::put(format!("{}/api/{path}", api.trim_end_matches('/')))
            .header("Authorization", basic(credentials))
            .header("Content-Type", "application/json")
            .send(body)
            .with_context(|| format!("RabbitMQ refused PUT {path}"))
    };
    put(format!("vhosts/{name}"), "{}")?;
    put(format!("permissions/{name}/{user}"), r#"{"configure": ".*", "write": ".*", "read": ".*"}"#)?;
    Ok(format!("{server}/{name}"))
}

/// The value of an `Authorization` header for `user:password`.
pub(crate) fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

/// A URL up to, and without, the slash that begins its path.
fn without_path(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    &url[..end]
}

/// Unique among the processes and calls of one run, and short enough for `PostgreSQL`'s 63 bytes.
fn unique_name(hint: &str, separator: char) -> String {
    let hint: String = hint
        .chars()
        .take(40)
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { separator })
        .collect();
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    // The letter in front makes it a name even where the hint begins with a digit.
    let first = if hint.starts_with(|c: char| c.is_ascii_alphabetic()) { "" } else { "t" };
    format!("{first}{hint}{separator}{}{separator}{call}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_unique() {
        let one = unique_name("Åäö; drop table 1", '_');
        assert!(one.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{one}");
        assert!(one.starts_with('t') && one.len() <= 63);
        assert_ne!(unique_name("same", '-'), unique_name("same", '-'));
    }

    #[test]
    fn a_base_url_may_end_in_a_path_or_not() {
        for url in ["amqp://guest:guest@127.0.0.1:5672", "amqp://guest:guest@127.0.0.1:5672/%2f"] {
            assert_eq!(without_path(url), "amqp://guest:guest@127.0.0.1:5672");
        }
    }

    #[test]
    fn every_call_makes_a_database_of_its_own_on_postgres() {
        let server = crate::Postgres::start().unwrap();
        let one = create_database(&server.base_url(), "Same name").unwrap();
        let two = create_database(&server.url("postgres"), "Same name").unwrap();
        assert_ne!(one, two);
        let psql = POSTGRES.ensure("psql").unwrap();
        for url in [one, two] {
            run(Command::new(&psql).args(["-Xqc", "create table t (n int)", &url])).unwrap();
        }
    }
}

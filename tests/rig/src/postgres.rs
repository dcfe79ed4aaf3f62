//! A private `PostgreSQL` server.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::install::POSTGRES;
use crate::ports;
use crate::process::{Process, StopSignal, run};

const READY_DEADLINE: Duration = Duration::from_mins(1);

/// A private `PostgreSQL` server with the superuser `postgres` and no password, stopped when dropped.
#[derive(Debug)]
pub struct Postgres {
    // Declared before its directory, and so dropped before it.
    process: Process,
    directory: TempDir,
    programs: PathBuf,
    port: u16,
    account: Option<Account>,
}

/// The ordinary user that runs the server when the test is run by root, which `PostgreSQL` refuses to be run by.
#[derive(Clone, Copy, Debug)]
struct Account {
    user: u32,
    group: u32,
}

impl Postgres {
    /// Creates a new cluster and starts a server on it. It writes durably, as in production, so that a crash in a
    /// test loses what it would lose there.
    ///
    /// # Errors
    /// When `PostgreSQL` cannot be found or installed, or does not start.
    pub fn start() -> Result<Self> {
        let initdb = POSTGRES.ensure("initdb")?;
        let programs = initdb.parent().context("initdb lies in no directory")?.to_owned();
        let account = account()?;
        let directory = tempfile::Builder::new().prefix("rig-postgres-").tempdir()?;
        if let Some(Account { user, group }) = account {
            chown(directory.path(), Some(user), Some(group))?;
        }
        let mut command = Command::new(initdb);
        command
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--pgdata",
            ])
            .arg(directory.path().join("data"));
        run(as_account(&mut command, account, directory.path()))?;

        let port = ports::free()?;
        let process = spawn(&programs, port, account, directory.path())?;
        let mut server = Self { process, directory, programs, port, account };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The URL of a database of this server, which need not exist yet.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base_url())
    }

    /// The URL of this server without a database.
    pub fn base_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server and its connections at once, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Disconnects the clients and stops the server in an orderly way.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Starts the server again on the same port and data, after stopping it if it still runs.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.process.stop();
        self.process = spawn(&self.programs, self.port, self.account, self.directory.path())?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let (pg_isready, port) = (self.programs.join("pg_isready"), self.port.to_string());
        self.process.wait_until(READY_DEADLINE, || {
            let mut command = Command::new(&pg_isready);
            run(command.args(["--quiet", "--host=127.0.0.1", "--username=postgres", "--port", &port])).is_ok()
        })
    }
}

fn spawn(programs: &Path, port: u16, account: Option<Account>, directory: &Path) -> Result<Process> {
    let mut command = Command::new(programs.join("postgres"));
    command.arg("-D").arg(directory.join("data")).args(["-p", &port.to_string()]);
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=200",
        "fsync=on",
        // Its files lie in the data directory, so that a crashed server leaves nothing behind elsewhere.
        "dynamic_shared_memory_type=mmap",
    ] {
        command.args(["-c", setting]);
    }
    as_account(&mut command, account, directory);
    Process::spawn("PostgreSQL", &mut command, &directory.join("log"), StopSignal::Interrupt, directory)
}

fn as_account<'a>(command: &'a mut Command, account: Option<Account>, directory: &Path) -> &'a mut Command {
    command.current_dir(directory).env("LC_ALL", "C");
    if let Some(Account { user, group }) = account {
        command.uid(user).gid(group);
    }
    command
}

fn account() -> Result<Option<Account>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let id = |kind: &str, name: &str| -> Option<u32> {
        run(Command::new("id").args([kind, name])).ok()?.trim().parse().ok()
    };
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| Some(Account { user: id("-u", name)?, group: id("-g", name)? }))
        .map(Some)
        .context("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(server: &Postgres, text: &str) -> Result<String> {
        let psql = POSTGRES.ensure("psql")?;
        let mut command = Command::new(psql);
        run(command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text, &server.url("postgres")]))
    }

    #[test]
    fn what_was_committed_survives_a_crash_on_postgres() {
        let mut server = Postgres::start().unwrap();
        sql(&server, "create table kept (n int); insert into kept values (42)").unwrap();
        // A busy backend does not notice by itself that its server is gone.
        let mut busy = Command::new(POSTGRES.ensure("psql").unwrap())
            .args(["-Xc", "select count(*) from generate_series(1, 100000000000)", &server.url("postgres")])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let is_busy = "select count(*) from pg_stat_activity where query like '%generate_series(1%' and pid <> pg_backend_pid()";
        assert!(crate::process::wait_for(READY_DEADLINE, || sql(&server, is_busy).unwrap().trim() == "1"));

        server.kill();
        assert!(!busy.wait().unwrap().success());
        assert!(!ports::is_open(server.port()));
        assert!(sql(&server, "select 1").is_err());

        server.restart().unwrap();
        assert_eq!(sql(&server, "select n from kept").unwrap().trim(), "42");
        server.restart().unwrap();
        assert_eq!(sql(&server, "show fsync").unwrap().trim(), "on");
        assert_eq!(sql(&server, "show max_connections").unwrap().trim(), "200");
    }

    #[test]
    fn nothing_is_left_after_dropping_it_on_postgres() {
        let server = Postgres::start().unwrap();
        let (port, directory) = (server.port(), server.directory.path().to_owned());
        assert!(ports::is_open(port));
        drop(server);
        assert!(!ports::is_open(port));
        assert!(!directory.exists());
    }
}

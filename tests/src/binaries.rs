//! The programs as a user runs them.

use bevaka_rig::process::wait_for;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{self, Command, Output, Stdio},
    time::Duration,
};

const DEADLINE: Duration = Duration::from_secs(120);

/// A command of one of the workspace's binaries.
pub fn command(name: &str) -> Command {
    #[allow(clippy::disallowed_methods, reason = "xtask tells where the binaries lie")]
    let directory = std::env::var("BEVAKA_BIN_DIR")
        .expect("this test runs the built programs: run it by `cargo xtask test`");
    let mut command = Command::new(PathBuf::from(directory).join(name));
    command.env_remove("BEVAKA_CONFIG").env_remove("BEVAKA_CONFIG_DIR").env("NO_COLOR", "1");
    command
}

/// Runs `bevaka` with arguments and gives what it wrote.
pub fn bevaka(arguments: &[&str], env: &[(String, String)]) -> Output {
    let mut command = command("bevaka");
    command.args(arguments).envs(env.iter().map(|(k, v)| (k, v)));
    if !arguments.contains(&"--config-dir") {
        command.arg("--config-dir").arg(super::config_dir());
    }
    command.output().expect("bevaka starts")
}

/// A running program, ended when it is dropped.
pub struct Child {
    process: process::Child,
    log: PathBuf,
}

impl Child {
    /// Starts a program whose output goes to a file.
    pub fn spawn(mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        Self { process: command.spawn().expect("the program starts"), log: log.to_owned() }
    }

    /// Kills it without a warning.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to stop, as an orchestrator or Ctrl-C does, and waits; gives whether it ended well.
    pub fn stop(mut self) -> bool {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let ended = wait_for(DEADLINE, || self.process.try_wait().unwrap().is_some());
        assert!(ended, "it did not stop in time:\n{}", self.log());
        self.process.wait().unwrap().success()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Where it writes to, also after its end.
    pub fn log_file(&self) -> PathBuf {
        self.log.clone()
    }

    /// What it wrote until now.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

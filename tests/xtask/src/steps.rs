//! Named steps: each is announced, timed, and ends the run when it fails.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::counts::Counts;

/// The repository and the cargo that built this program.
pub struct Workspace {
    /// The repository's root.
    pub root: PathBuf,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
    cargo: OsString,
}

impl Workspace {
    /// Finds the repository from wherever it was called.
    pub fn find() -> Result<Self> {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
        let metadata = cargo_metadata::MetadataCommand::new().manifest_path(manifest).no_deps().exec()?;
        Ok(Self {
            root: metadata.workspace_root.into_std_path_buf(),
            target: metadata.target_directory.into_std_path_buf(),
            cargo: std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        })
    }

    /// A command that runs in the repository's root.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root);
        command
    }

    /// What a command of these words prints.
    pub fn output(&self, words: &str) -> Result<String> {
        let mut words = words.split_whitespace();
        bevaka_rig::process::run(self.command(words.next().unwrap_or_default()).args(words))
    }

    /// Cargo with these arguments, separated by blanks.
    pub fn cargo(&self, arguments: &str) -> Command {
        let mut command = self.command(&self.cargo);
        command.args(arguments.split_whitespace());
        command
    }
}

/// Runs one step and says how long it took.
pub fn step<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {name}");
    let begin = Instant::now();
    let result = run().with_context(|| format!("failed: {name}"))?;
    println!("-- {name}: {:.1} s", begin.elapsed().as_secs_f64());
    Ok(result)
}

/// Runs one step that is a command.
pub fn run(name: &str, command: &mut Command) -> Result<()> {
    step(name, || {
        let status = command.status().context("cannot start it")?;
        ensure!(status.success(), "{status}");
        Ok(())
    })
}

/// Runs `cargo test`, passes its output through as it comes, and counts. Answers the counts also when tests failed,
/// and whether all is well.
pub fn run_tests(command: &mut Command) -> Result<(Counts, bool)> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let output = child.stdout.take().context("cargo test has no output")?;
    let mut counts = Counts::default();
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    // Tests may print what is not UTF-8; that must not end the run.
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        counts.add(text.trim_end());
        line.clear();
    }
    Ok((counts, child.wait()?.success()))
}

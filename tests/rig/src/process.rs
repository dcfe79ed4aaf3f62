//! A server's process: in a process group of its own, with a log file, and stopped by its ids only.
//!
//! A second, tiny process guards it: `sh` waits on a pipe that only the starting process holds. When that process
//! dies, however it dies, the pipe closes, and the guard stops the server and removes its files.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How often a condition is looked at while waiting for it.
const POLL: Duration = Duration::from_millis(20);
/// How long a server may take to stop before it is killed.
const STOP_DEADLINE: Duration = Duration::from_secs(15);

/// Arguments: signal, process group, directory.
const GUARD: &str = r#"
read -r _
kill -s "$1" -- "-$2" || exit 0
n=0
while kill -s 0 -- "-$2" && [ "$n" -lt 100 ]; do n=$((n + 1)); sleep 0.1; done
kill -s KILL -- "-$2"
rm -rf -- "$3"
"#;

/// The signal that asks a server to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// What most programs expect.
    Term,
    /// `PostgreSQL` waits for its clients on SIGTERM, and disconnects them on SIGINT.
    Interrupt,
    /// For a server whose data is thrown away, and which takes long to stop.
    Kill,
}

impl StopSignal {
    fn signal(self) -> Signal {
        match self {
            Self::Term => Signal::TERM,
            Self::Interrupt => Signal::INT,
            Self::Kill => Signal::KILL,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Interrupt => "INT",
            Self::Kill => "KILL",
        }
    }
}

/// A running server; stopped when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    group: Pid,
    guard: Child,
    log: PathBuf,
    stop_signal: StopSignal,
}

impl Process {
    /// Starts `command` in a process group of its own, with its output appended to `log`. `directory` holds the
    /// server's files: the guard removes it when this process dies before the server is stopped.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(
        name: &str,
        command: &mut Command,
        log: &Path,
        stop_signal: StopSignal,
        directory: &Path,
    ) -> Result<Self> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write the log of {name}"))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", command.get_program().display()))?;
        let group = Pid::from_child(&child);
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard", stop_signal.name(), &group.to_string()])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start the guard of a server")?;
        Ok(Self { name: name.to_owned(), child, group, guard, log: log.to_owned(), stop_signal })
    }

    /// Waits until `ready` holds.
    ///
    /// # Errors
    /// When the server ends or the time is up before that; the error carries the end of the server's log.
    pub fn wait_until(&mut self, within: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "{} ended ({status}) before it was ready; end of its log:\n{}",
                    self.name,
                    self.log_tail()
                );
            }
            if ready() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                bail!("{} was not ready after {within:?}; end of its log:\n{}", self.name, self.log_tail());
            }
            std::thread::sleep(POLL);
        }
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the process and everything it started at once, as a crash would.
    pub fn kill(&mut self) {
        // PostgreSQL's backends leave the group, so they are found by their descent, and before it is lost.
        let descendants = descendants(self.group);
        let _ = kill_process_group(self.group, Signal::KILL);
        for pid in &descendants {
            let _ = kill_process(*pid, Signal::KILL);
        }
        let _ = self.child.wait();
        wait_for(STOP_DEADLINE, || !any_alive(&descendants));
        self.dismiss_guard();
    }

    /// Asks the process to stop, and kills it when it does not.
    pub fn stop(&mut self) {
        if self.is_running() && self.stop_signal != StopSignal::Kill {
            let _ = kill_process(self.group, self.stop_signal.signal());
            wait_for(STOP_DEADLINE, || !self.is_running());
        }
        self.kill();
    }

    fn dismiss_guard(&mut self) {
        // Killed first: waiting closes the pipe, which would set the guard to work.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }

    fn log_tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until `condition` holds, and answers whether it did within the time.
pub fn wait_for(within: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + within;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(POLL);
    }
}

/// Runs a command to its end and answers its standard output.
///
/// # Errors
/// When it cannot be started or fails; the error carries what it wrote.
pub fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {program}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{program} failed ({}):\n{stdout}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(stdout)
}

/// One line of the system's list of processes.
struct Entry {
    pid: i32,
    parent: i32,
    /// Ended, but its parent has not asked for it yet.
    is_zombie: bool,
}

fn processes() -> Vec<Entry> {
    if Path::new("/proc/self/stat").exists() {
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| {
                let pid = entry.file_name().to_str()?.parse().ok()?;
                let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
                // The program's name stands in brackets and may itself hold brackets and blanks.
                let fields: Vec<&str> = stat.get(stat.rfind(')')? + 1..)?.split_whitespace().collect();
                // While other threads are still ending, they hold the process's ports.
                let is_zombie = *fields.first()? == "Z" && matches!(*fields.get(17)?, "0" | "1");
                Some(Entry { pid, parent: fields.get(1)?.parse().ok()?, is_zombie })
            })
            .collect()
    } else {
        let table = run(Command::new("ps").args(["-axo", "pid=,ppid=,stat="])).unwrap_or_default();
        let lines = table.lines();
        lines
            .filter_map(|line| {
                let mut fields = line.split_whitespace();
                let (pid, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
                Some(Entry { pid, parent, is_zombie: fields.next()?.starts_with('Z') })
            })
            .collect()
    }
}

fn any_alive(pids: &[Pid]) -> bool {
    !pids.is_empty()
        && processes()
            .iter()
            .any(|entry| !entry.is_zombie && pids.iter().any(|pid| pid.as_raw_nonzero().get() == entry.pid))
}

fn descendants(root: Pid) -> Vec<Pid> {
    let entries = processes();
    let mut found = Vec::new();
    let mut open = vec![root.as_raw_nonzero().get()];
    while let Some(parent) = open.pop() {
        for entry in entries.iter().filter(|entry| entry.parent == parent) {
            open.push(entry.pid);
            found.extend(Pid::from_raw(entry.pid));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, directory: &Path) -> Process {
        let log = directory.join("log");
        Process::spawn("a shell", Command::new("sh").args(["-c", script]), &log, StopSignal::Term, directory)
            .unwrap()
    }

    #[test]
    fn an_early_end_is_reported_with_the_log() {
        let directory = tempfile::tempdir().unwrap();
        let mut process = shell("echo broken pipe dream; exit 3", directory.path());
        let error = process.wait_until(Duration::from_secs(10), || false).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("broken pipe dream"), "{error}");
    }

    #[test]
    fn stop_ends_what_the_process_started_too() {
        let directory = tempfile::tempdir().unwrap();
        let mut process = shell("sleep 600 & sleep 600", directory.path());
        let group = process.group;
        process.wait_until(Duration::from_secs(10), || descendants(group).len() == 2).unwrap();
        let started = descendants(group);
        process.stop();
        assert!(!any_alive(&started));
    }

    #[test]
    fn the_guard_stops_the_server_and_removes_its_files_when_its_starter_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let mut process = shell("sleep 600", &inner);
        // What the system does with the pipe when the starting process is killed.
        drop(process.guard.stdin.take());
        assert!(wait_for(Duration::from_secs(10), || !process.is_running()));
        assert!(wait_for(Duration::from_secs(10), || !inner.exists()));
    }
}

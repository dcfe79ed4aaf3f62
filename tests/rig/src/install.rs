//! Finds the programs of a server, and installs them by the system's package manager when they are missing.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A server's programs, and the packages that hold them.
#[derive(Debug)]
pub struct Package {
    /// What people call it.
    pub name: &'static str,
    /// Directories beside `PATH` where distributions put its programs; one component may be `*`.
    pub directories: &'static [&'static str],
    /// Debian, Ubuntu.
    pub apt: &'static [&'static str],
    /// Fedora, RHEL.
    pub dnf: &'static [&'static str],
    /// Alpine.
    pub apk: &'static [&'static str],
    /// macOS.
    pub brew: &'static [&'static str],
}

/// `PostgreSQL`, server and client.
pub const POSTGRES: Package = Package {
    name: "PostgreSQL",
    directories: &[
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/usr/libexec/postgresql*",
        "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin",
    ],
    apt: &["postgresql"],
    dnf: &["postgresql-server", "postgresql"],
    apk: &["postgresql", "postgresql-client"],
    brew: &["postgresql@17"],
};

/// `RabbitMQ` with its management plugin, and Erlang.
pub const RABBITMQ: Package = Package {
    name: "RabbitMQ",
    // The scripts under `sbin` change to the service's own user and directory, so these are looked at first.
    directories: &[
        "/usr/lib/rabbitmq/bin",
        "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
        "/opt/rabbitmq/sbin",
        "/opt/homebrew/sbin",
        "/usr/local/sbin",
        "/usr/lib/erlang/bin",
        "/usr/lib/erlang/erts-*/bin",
    ],
    apt: &["rabbitmq-server"],
    dnf: &["rabbitmq-server"],
    apk: &["rabbitmq-server"],
    brew: &["rabbitmq"],
};

/// Kannel with its fake SMS centre.
pub const KANNEL: Package = Package {
    name: "Kannel",
    directories: &["/usr/sbin", "/usr/lib/kannel/test", "/usr/libexec/kannel", "/usr/local/sbin"],
    apt: &["kannel", "kannel-extras"],
    dnf: &["kannel"],
    apk: &[],
    brew: &[],
};

/// Python with its virtual environments.
pub const PYTHON: Package = Package {
    name: "Python",
    directories: &[],
    apt: &["python3-venv"],
    dnf: &["python3"],
    apk: &["python3"],
    brew: &["python3"],
};

/// A browser without a window.
pub const CHROMIUM: Package = Package {
    name: "Chromium",
    directories: &["/usr/lib/chromium", "/Applications/Chromium.app/Contents/MacOS"],
    apt: &["chromium"],
    dnf: &["chromium-headless"],
    apk: &["chromium"],
    brew: &[],
};

/// The reverse proxy of the compose file.
pub const CADDY: Package = Package {
    name: "Caddy",
    directories: &["/usr/bin", "/usr/local/bin"],
    apt: &["caddy"],
    dnf: &["caddy"],
    apk: &["caddy"],
    brew: &["caddy"],
};

/// The OpenSSL command, for the certificates of test peers.
pub const OPENSSL: Package = Package {
    name: "OpenSSL",
    directories: &[],
    apt: &["openssl"],
    dnf: &["openssl"],
    apk: &["openssl"],
    brew: &["openssl"],
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
    Apk,
    Brew,
}

impl Package {
    /// The path of one of the package's programs, if it is installed.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        self.directories
            .iter()
            .flat_map(|pattern| expand(pattern))
            .chain(std::env::split_paths(&path))
            .map(|directory| directory.join(program))
            .find(|candidate| candidate.is_file())
    }

    /// The path of one of the package's programs; installs the package when it is missing.
    ///
    /// # Errors
    /// When it is missing and cannot be installed; the error says what to install.
    pub fn ensure(&self, program: &str) -> Result<PathBuf> {
        if let Some(found) = self.find(program) {
            return Ok(found);
        }
        self.install(|| self.find(program).is_some())?;
        self.find(program).with_context(|| {
            format!("{} was installed, but its program `{program}` was not found", self.name)
        })
    }

    /// Whether the program is here, or a package manager that could install it.
    pub fn is_available(&self, program: &str) -> bool {
        self.find(program).is_some() || self.manager().is_some()
    }

    /// Installs the package by the system's package manager, unless `installed` holds.
    ///
    /// # Errors
    /// When there is no package manager, no permission, or the installation fails.
    pub fn install(&self, installed: impl Fn() -> bool) -> Result<()> {
        let Some((manager, packages)) = self.manager() else {
            bail!(
                "{} is needed, and this system's package manager cannot install it: install it by hand",
                self.name
            );
        };
        let list = packages.join(" ");
        let script = match manager {
            Manager::Apt => APT,
            Manager::Dnf => r#"dnf install --assumeyes --quiet "$@""#,
            Manager::Apk => r#"apk add --quiet "$@""#,
            Manager::Brew => r#"HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet "$@""#,
        };
        let mut command = if manager == Manager::Brew || rustix::process::geteuid().is_root() {
            Command::new("sh")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "sh"]);
            sudo
        };
        command.args(["-c", script, "install"]).args(packages);

        // Two tests that miss the same program must not install it at the same time.
        let lock =
            std::env::temp_dir().join(format!("rig-install-{}.lock", rustix::process::geteuid().as_raw()));
        let lock = File::create(lock).context("cannot create the lock for installations")?;
        lock.lock().context("cannot lock installations")?;
        if installed() {
            return Ok(());
        }
        eprintln!("rig: installs {} ({list}) by the system's package manager", self.name);
        let output = command.stdin(Stdio::null()).output().context("cannot start the package manager")?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("{} is needed and could not be installed; install by hand: {list}\n{text}", self.name);
        }
        Ok(())
    }

    fn manager(&self) -> Option<(Manager, &'static [&'static str])> {
        let managers = [
            ("apt-get", Manager::Apt, self.apt),
            ("dnf", Manager::Dnf, self.dnf),
            ("apk", Manager::Apk, self.apk),
            ("brew", Manager::Brew, self.brew),
        ];
        managers
            .into_iter()
            .find(|(program, _, packages)| !packages.is_empty() && in_path(program))
            .map(|(_, manager, packages)| (manager, packages))
    }
}

/// Debian starts a service as soon as it is installed, unless `policy-rc.d` forbids it. The package lists are only
/// fetched when the installation fails without that.
const APT: &str = r#"
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
fi
add() { apt-get install -qq --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; }
add "$@" || { apt-get update -qq -o DPkg::Lock::Timeout=300; add "$@"; }
"#;

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// The directories that match a pattern with at most one `*`; of several versions the newest first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let suffix = after.trim_start_matches('/');
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(Path::new(parent))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let rest = name.strip_prefix(prefix)?;
            let version = rest.trim_matches(|c: char| !c.is_ascii_digit());
            let major = version.split(['.', '-']).next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
            Some((major, entry.path().join(suffix)))
        })
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_versions_the_newest_comes_first() {
        let directory = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17"] {
            std::fs::create_dir_all(directory.path().join(version).join("bin")).unwrap();
        }
        let found = expand(&format!("{}/*/bin", directory.path().display()));
        let order: Vec<PathBuf> =
            ["17", "15", "9"].iter().map(|version| directory.path().join(version).join("bin")).collect();
        assert_eq!(found, order);
    }

    #[test]
    fn what_is_nowhere_is_reported_with_its_name() {
        let package = Package { name: "Nonesuch", directories: &[], apt: &[], dnf: &[], apk: &[], brew: &[] };
        assert!(!package.is_available("nonesuch-d"));
        let error = package.ensure("nonesuch-d").unwrap_err().to_string();
        assert!(error.contains("Nonesuch is needed"), "{error}");
    }
}

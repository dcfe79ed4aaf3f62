//! A private `OpenID` provider that others wrote: oidc-provider-mock, on Authlib. It signs with RS256 and takes only
//! clients that have registered with it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::ports;
use crate::process::{Process, StopSignal};
use crate::python::python;

const READY_DEADLINE: Duration = Duration::from_mins(1);
// The newest that runs on Python 3.11.
const PROVIDER: &str = "oidc-provider-mock==0.3.4";

/// An `OpenID` provider on 127.0.0.1, stopped when dropped.
#[derive(Debug)]
pub struct OpenIdProvider {
    // Declared before its directory, and so dropped before it.
    _process: Process,
    _directory: TempDir,
    port: u16,
}

impl OpenIdProvider {
    /// Starts a provider that knows one person, by these claims as JSON; `sub` is among them.
    ///
    /// # Errors
    /// When Python or the provider cannot be found or installed, or it does not start.
    pub fn start(claims: &str) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("rig-openid-").tempdir()?;
        let port = ports::free()?;
        let mut process = spawn(directory.path(), port, claims)?;
        process.wait_until(READY_DEADLINE, || ports::is_open(port))?;
        Ok(Self { _process: process, _directory: directory, port })
    }

    /// Its name and address.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn spawn(directory: &Path, port: u16, claims: &str) -> Result<Process> {
    let mut command = Command::new(python(&[PROVIDER])?);
    command
        .args(["-m", "oidc_provider_mock", "--require-registration", "true", "--require-nonce", "true"])
        .args(["--port", &port.to_string(), "--user-claims", claims])
        .current_dir(directory);
    Process::spawn("oidc-provider-mock", &mut command, &directory.join("log"), StopSignal::Kill, directory)
}

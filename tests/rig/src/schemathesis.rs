//! Tries an API out as its document describes it, by a program that others wrote.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::run;
use crate::python::python;

const PACKAGE: &str = "schemathesis==4.32.5";
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Where an API is, and how it is described.
#[derive(Debug)]
pub struct Api<'a> {
    /// The `OpenAPI` document, as JSON.
    pub document: &'a str,
    /// Its address.
    pub url: &'a str,
    /// What is sent as the bearer token.
    pub token: &'a str,
    /// How many operations the document has.
    pub operations: usize,
    /// Operations that are left out, by their ids.
    pub without: &'a [&'a str],
}

/// Sends what the document allows and what it does not, always the same: statuses, content types and bodies are as the
/// document says, and nothing is a fault of ours.
///
/// # Errors
/// With what the program said, if it found a fault or did not try every operation.
pub fn try_out(api: &Api<'_>) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let document = directory.path().join("openapi.json");
    std::fs::write(&document, api.document).context("writing the document")?;
    let mut command = Command::new(python(&[PACKAGE])?);
    // Variables of this machine may name a proxy.
    command.env_clear().current_dir(directory.path()).args(["-m", "schemathesis.cli", "run"]);
    let bearer = format!("Authorization: Bearer {}", api.token);
    command.arg(&document).args(["--url", api.url, "--header", &bearer, "--checks", CHECKS]);
    command.args(["--seed", "7", "--max-examples", "50", "--generation-database", "none"]);
    command.args(["--warnings", "off", "--continue-on-failure"]);
    for operation in api.without {
        command.args(["--exclude-operation-id", operation]);
    }
    let said = run(&mut command)?;
    let tested = format!("Tested: {}", api.operations - api.without.len());
    ensure!(said.contains(&tested), "not every operation was tried:\n{said}");
    Ok(())
}

//! Checks the dependencies with cargo-deny, and installs that when it is missing.

use std::path::PathBuf;

use anyhow::Result;

use crate::steps::{Workspace, run, step};

/// One that builds with the project's Rust version.
const VERSION: &str = "0.20.2";

/// Checks bans, licences and sources; advisories where their database can be fetched. Answers what was left out.
pub fn check(workspace: &Workspace) -> Result<Option<String>> {
    let program = find_or_install(workspace)?;
    let deny = |arguments: &str| {
        let mut command = workspace.command(&program);
        command.args(arguments.split_whitespace());
        command
    };
    run("dependencies: bans, licences, sources", &mut deny("--locked check bans licenses sources"))?;
    let fetched =
        step("dependencies: fetch the advisories", || Ok(deny("fetch db").output()?.status.success()))?;
    if fetched {
        run("dependencies: advisories", &mut deny("--locked check --disable-fetch advisories"))?;
        return Ok(None);
    }
    let note = "dependencies were not checked for advisories: the database could not be fetched";
    println!("{note}");
    Ok(Some(note.to_owned()))
}

fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.target.join("tools");
    let own = tools.join("bin/cargo-deny");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = std::env::split_paths(&path).map(|directory| directory.join("cargo-deny"));
    if let Some(found) = std::iter::once(own.clone()).chain(candidates).find(|candidate| candidate.is_file())
    {
        return Ok(found);
    }
    // It runs for some seconds and is built for minutes, so it is not optimised.
    let mut install = workspace.cargo("install --quiet --locked --debug cargo-deny --version");
    run("install cargo-deny into target/tools", install.arg(VERSION).arg("--root").arg(tools))?;
    Ok(own)
}

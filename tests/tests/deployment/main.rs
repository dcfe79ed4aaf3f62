//! The files that deploy Bevaka, compared with what its programs accept. No server is needed.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

mod compose;
mod dockerfile;
mod operators;
mod systemd;

use bevaka_tests::root;
use cargo_metadata::{Metadata, MetadataCommand};
use dockerfile::copied_programs;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

/// What is set without the prefix of settings: clap's own variables.
const COMMAND_LINE_VARIABLES: [&str; 4] =
    ["BEVAKA_CONFIG", "BEVAKA_CONFIG_DIR", "BEVAKA_SERVER", "BEVAKA_TOKEN_FILE"];

fn workspace() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap()
}

/// The programs of the workspace.
fn programs() -> BTreeSet<String> {
    let targets = workspace().packages.into_iter().flat_map(|package| package.targets);
    targets.filter(cargo_metadata::Target::is_bin).map(|target| target.name).collect()
}

/// Each variable must be one that a program reads, and all together must be sound settings.
fn settings(variables: &BTreeMap<String, String>) -> Result<bevaka_chassis::settings::Settings, String> {
    for name in variables.keys() {
        if !name.starts_with("BEVAKA__") && !COMMAND_LINE_VARIABLES.contains(&name.as_str()) {
            return Err(format!("no program reads {name}"));
        }
    }
    bevaka_chassis::settings::Settings::from_env_pairs(None, variables.clone())
        .map_err(|fault| fault.to_string())
}

/// Whether a program takes these arguments: clap reads them all before it shows its help.
fn accepts(command: &[String]) -> Result<(), String> {
    let [program, arguments @ ..] = command else { return Err("an empty command".to_owned()) };
    if !programs().contains(program) {
        return Err(format!("{program} is no program of the workspace"));
    }
    let built = std::env::var_os("BEVAKA_BIN_DIR")
        .map_or_else(|| workspace().target_directory.join("debug").into_std_path_buf(), PathBuf::from);
    let output =
        Command::new(built.join(program)).args(arguments).arg("--help").output().unwrap_or_else(|error| {
            panic!("{program}: {error}; build it first: cargo build --workspace --bins")
        });
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

//! Dockerfile and .dockerignore

use crate::{accepts, programs, settings, workspace};
use bevaka_tests::{
    dockerfile::{environment, instructions, only, runtime},
    read, root,
};
use std::collections::BTreeSet;

/// Source and destination of what is copied into the image.
fn copies() -> Vec<(Option<String>, String, String)> {
    let copies = runtime().into_iter().filter(|(name, _)| name == "COPY");
    copies
        .map(|(_, rest)| {
            let (from, rest) = match rest.strip_prefix("--from=").and_then(|rest| rest.split_once(' ')) {
                Some((from, rest)) => (Some(from.to_owned()), rest.to_owned()),
                None => (None, rest),
            };
            let (source, destination) = rest.split_once(' ').unwrap();
            (from, source.to_owned(), destination.to_owned())
        })
        .collect()
}

/// The programs that the image holds.
pub fn copied_programs() -> BTreeSet<String> {
    let built = copies().into_iter().filter(|(from, ..)| from.as_deref() == Some("builder"));
    built
        .map(|(_, source, destination)| {
            let name = source.strip_prefix("/out/").unwrap_or_else(|| panic!("{source}"));
            assert_eq!(destination, format!("/usr/local/bin/{name}"));
            name.to_owned()
        })
        .collect()
}

#[test]
fn every_program_that_the_image_holds_is_built_and_is_ours() {
    let copied = copied_programs();
    let programs = programs();
    assert!(copied.is_subset(&programs), "{copied:?} are not all of {programs:?}");
    let services = [
        "bevaka",
        "bevaka-agreements",
        "bevaka-watches",
        "bevaka-dispatcher",
        "bevaka-operators",
        "bevaka-sandbox",
    ];
    assert_eq!(copied, services.map(str::to_owned).into(), "what runs, and nothing of the tests");
    let build = instructions();
    let build = &build.iter().find(|(name, rest)| name == "RUN" && rest.contains("cargo build")).unwrap().1;
    for (at, _) in build.match_indices("cargo build") {
        assert!(build[at..].starts_with("cargo build --locked --profile dist --package"), "{build}");
    }
    assert!(!build.contains("--workspace"), "it would build the programs with the features of their tests");
    for program in &copied {
        assert!(build.split(' ').any(|word| word == format!("target/dist/{program}")), "{program}");
        let package = packages_of(program);
        assert!(build.contains(&format!("--package {package} ")), "{program} is not built: {build}");
    }
    // What is built together shares its features, and the sandbox's can sign as any person.
    for one in build.split("cargo build").filter(|one| one.contains("--package bevaka-agreements")) {
        assert!(!one.contains("bevaka-sandbox") && !one.contains("--package bevaka "), "{one}");
    }
}

/// The package whose program it is.
fn packages_of(program: &str) -> String {
    let packages = workspace().packages.into_iter();
    let found = packages
        .filter(|package| package.targets.iter().any(|target| target.is_bin() && target.name == program));
    found.map(|package| package.name.to_string()).next().unwrap_or_else(|| panic!("no package has {program}"))
}

#[test]
fn the_image_runs_a_program_of_ours_and_not_as_root() {
    let user = only("USER");
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user}");
    let made = instructions()
        .iter()
        .any(|(name, rest)| name == "RUN" && rest.contains(&format!("bevaka:x:{user}:")));
    assert!(made, "nobody makes user {user}");
    assert!(!runtime().iter().any(|(name, _)| name == "ENTRYPOINT"), "the command names the program");
    let command: Vec<String> =
        serde_json::from_str(&only("CMD")).expect("CMD is a JSON list, without a shell");
    assert!(copied_programs().contains(&command[0]), "{command:?}");
    accepts(&command).unwrap();
}

#[test]
fn the_variables_of_the_image_are_settings_and_its_configuration_is_there() {
    let variables = environment();
    settings(&variables).unwrap();
    let config = copies().into_iter().find(|(from, ..)| from.is_none()).unwrap();
    assert_eq!(Some(&config.2), variables.get("BEVAKA_CONFIG_DIR"));
    assert!(root().join(&config.1).join("bevaka.toml").is_file(), "{}", config.1);
}

#[test]
fn the_image_is_built_by_the_toolchain_that_the_workspace_asks_for() {
    let image = instructions()[0].1.clone();
    let version = workspace().packages[0].rust_version.clone().unwrap();
    let tag = format!("rust:{}.{}-", version.major, version.minor);
    assert!(image.starts_with(&tag) && image.ends_with(" AS builder"), "{image}");
}

#[test]
fn nothing_that_the_build_reads_is_left_out_of_its_context() {
    let ignore = read(".dockerignore");
    let kept: BTreeSet<_> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    assert!(ignore.lines().any(|line| line == "*"));
    for path in &kept {
        assert!(root().join(path).exists(), "{path} does not exist");
    }
    let metadata = workspace();
    let members = metadata.packages.iter().map(|package| {
        let path = package.manifest_path.strip_prefix(&metadata.workspace_root).unwrap();
        path.components().next().unwrap().as_str().to_owned()
    });
    for needed in members.chain(["Cargo.toml", "Cargo.lock", "config", "migrations"].map(str::to_owned)) {
        assert!(kept.contains(needed.as_str()), "{needed} is left out");
    }
}

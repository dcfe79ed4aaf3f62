//! What the commands do, step by step.

use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::counts::Counts;
use crate::deny;
use crate::servers::Servers;
use crate::steps::{Workspace, run, run_tests, step};

/// Tests with these words in their names need a server, or clients that are installed like one.
const SERVER_TESTS: [&str; 7] = [
    "on_postgres",
    "on_rabbitmq",
    "on_kannel",
    "on_aiosmtpd",
    "on_python_clients",
    "on_schemathesis",
    "on_axe",
];

/// Format, lints, dependencies and the tests that need no server.
pub fn check() -> Result<()> {
    let workspace = Workspace::find()?;
    let mut left_out = static_checks(&workspace)?;
    let mut command = workspace.cargo("test --workspace --locked --no-fail-fast --exclude bevaka-tests --");
    for name in SERVER_TESTS {
        command.args(["--skip", name]);
    }
    let counts = tests("tests without servers", &mut command)?;
    left_out.push(format!(
        "the end to end tests of bevaka-tests, and tests named {} ({} left out): `cargo xtask test` runs them",
        SERVER_TESTS.join(", "),
        counts.filtered_out
    ));
    report(&left_out, &counts);
    Ok(())
}

/// What `check` does, and all tests on real servers.
pub fn test(only: Option<&str>) -> Result<()> {
    let workspace = Workspace::find()?;
    let mut left_out = match only {
        Some(filter) => vec![format!("all checks, and all tests but those named `{filter}`")],
        None => static_checks(&workspace)?,
    };
    run("build the programs", &mut workspace.cargo("build --locked --workspace --bins"))?;
    let servers = step("start PostgreSQL and RabbitMQ", || Servers::start(&workspace))?;
    let mut command = workspace.cargo("test --workspace --locked --no-fail-fast");
    command.envs(servers.environment()).env("BEVAKA_BIN_DIR", workspace.target.join("debug"));
    if let Some(filter) = only {
        command.args(["--", filter]);
    }
    let counts = tests("all tests", &mut command)?;
    if only.is_some() && counts.passed == 0 {
        left_out.push("everything: no test has such a name".to_owned());
    }
    step("stop the servers", || {
        drop(servers);
        Ok(())
    })?;
    report(&left_out, &counts);
    Ok(())
}

/// Servers for tests run by hand, until standard input ends.
pub fn servers() -> Result<()> {
    let servers = Servers::start(&Workspace::find()?)?;
    for (name, value) in servers.environment() {
        println!("export {name}={value}");
    }
    println!("# they run until Ctrl-C or the end of the input");
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// The benchmark, which starts its servers itself.
pub fn bench(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let mut command = workspace.cargo("run --release --locked --package bevaka-bench --");
    let status = command.args(arguments).status()?;
    ensure!(status.success(), "the benchmark failed ({status})");
    Ok(())
}

/// Answers what was left out.
fn static_checks(workspace: &Workspace) -> Result<Vec<String>> {
    run("format", &mut workspace.cargo("fmt --all --check"))?;
    run("lints", &mut workspace.cargo("clippy --workspace --all-targets --locked -- -D warnings"))?;
    Ok(deny::check(workspace)?.into_iter().collect())
}

/// Fails when a test did, after printing the counts.
fn tests(name: &str, command: &mut Command) -> Result<Counts> {
    step(name, || {
        let (counts, is_well) = run_tests(command)?;
        if !is_well {
            println!("\n{counts}");
            // A program that does not compile, or that dies, is in no count.
            bail!("{} tests failed, or a test program did not come to its end", counts.failed);
        }
        Ok(counts)
    })
}

fn report(left_out: &[String], counts: &Counts) {
    println!();
    for note in left_out {
        println!("left out: {note}");
    }
    println!("{counts}");
}

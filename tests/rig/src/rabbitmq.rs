//! A private `RabbitMQ` node with its management API.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::install::RABBITMQ;
use crate::ports;
use crate::process::{Process, StopSignal};

/// The node itself takes about ten seconds, more on a busy machine.
const READY_DEADLINE: Duration = Duration::from_mins(2);

/// A private `RabbitMQ` node with the user guest, password guest, stopped when dropped.
#[derive(Debug)]
pub struct RabbitMq {
    // Declared in the order they are to be dropped in.
    node: Process,
    // Erlang would start its port mapper as a daemon that outlives the node; this one ends with it.
    _port_mapper: Process,
    directory: TempDir,
    ports: Ports,
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    amqp: u16,
    api: u16,
    distribution: u16,
    port_mapper: u16,
}

impl RabbitMq {
    /// Starts a node that shares nothing with other nodes of this machine.
    ///
    /// # Errors
    /// When `RabbitMQ` cannot be found or installed, or does not start.
    pub fn start() -> Result<Self> {
        RABBITMQ.ensure("rabbitmq-server")?;
        let directory = tempfile::Builder::new().prefix("rig-rabbitmq-").tempdir()?;
        let ports = Ports {
            amqp: ports::free()?,
            api: ports::free()?,
            distribution: ports::free()?,
            port_mapper: ports::free()?,
        };
        let path = directory.path();
        std::fs::write(path.join("enabled_plugins"), "[rabbitmq_management].\n")?;
        std::fs::write(path.join("rabbitmq-env.conf"), "")?;
        std::fs::write(
            path.join("rabbitmq.conf"),
            format!(
                "listeners.tcp.1 = 127.0.0.1:{}\n\
                 management.tcp.ip = 127.0.0.1\n\
                 management.tcp.port = {}\n\
                 disk_free_limit.absolute = 100MB\n",
                ports.amqp, ports.api
            ),
        )?;

        let mut command = Command::new(RABBITMQ.ensure("epmd")?);
        command.args(["-address", "127.0.0.1", "-port", &ports.port_mapper.to_string()]).current_dir(path);
        let log = path.join("epmd.log");
        let mut port_mapper =
            Process::spawn("the Erlang port mapper", &mut command, &log, StopSignal::Kill, path)?;
        port_mapper.wait_until(READY_DEADLINE, || ports::is_open(ports.port_mapper))?;

        let node = spawn(path, ports)?;
        let mut server = Self { node, _port_mapper: port_mapper, directory, ports };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The AMQP URL of a virtual host; `/` is the one that always exists.
    pub fn amqp_url(&self, vhost: &str) -> String {
        format!("{}/{}", self.base_url(), vhost.replace('/', "%2f"))
    }

    /// The AMQP URL of this node without a virtual host.
    pub fn base_url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.ports.amqp)
    }

    /// The URL of the management API, without the final `/api`.
    pub fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.api)
    }

    /// Ends the node at once, as a crash would.
    pub fn kill(&mut self) {
        self.node.kill();
    }

    /// Starts the node again on the same ports and data, after killing it if it still runs.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.node.kill();
        self.node = spawn(self.directory.path(), self.ports)?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let (url, amqp) = (format!("{}/api/overview", self.api_url()), self.ports.amqp);
        self.node.wait_until(READY_DEADLINE, || {
            ports::is_open(amqp)
                && ureq::get(&url)
                    .header("Authorization", &crate::databases::basic("guest:guest"))
                    .call()
                    .is_ok()
        })
    }
}

fn spawn(directory: &Path, ports: Ports) -> Result<Process> {
    let mut command = Command::new(RABBITMQ.ensure("rabbitmq-server")?);
    // Settings of the machine's own node, if there is one, must not reach this one.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RABBITMQ_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(directory)
        .env("HOME", directory)
        .env("RABBITMQ_NODENAME", format!("rig{}@localhost", ports.amqp))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", ports.amqp.to_string())
        .env("RABBITMQ_DIST_PORT", ports.distribution.to_string())
        .env("ERL_EPMD_PORT", ports.port_mapper.to_string())
        .env("RABBITMQ_MNESIA_BASE", directory.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", directory.join("logs"))
        .env("RABBITMQ_LOGS", "-")
        .env("RABBITMQ_CONFIG_FILE", directory.join("rabbitmq.conf"))
        .env("RABBITMQ_CONF_ENV_FILE", directory.join("rabbitmq-env.conf"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", directory.join("enabled_plugins"))
        .env("RABBITMQ_GENERATED_CONFIG_DIR", directory.join("config"))
        .env(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        );
    Process::spawn("RabbitMQ", &mut command, &directory.join("log"), StopSignal::Kill, directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::databases::{basic, create_vhost};

    fn body(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> String {
        response.unwrap().body_mut().read_to_string().unwrap()
    }

    #[test]
    fn a_durable_queue_survives_a_crash_on_rabbitmq() {
        let mut server = RabbitMq::start().unwrap();
        let url = create_vhost(&server.api_url(), &server.amqp_url("/"), "Crash Test").unwrap();
        let vhost = url.rsplit_once('/').unwrap().1.to_owned();
        assert!(vhost.starts_with("crash-test-"), "{vhost}");

        let queue = format!("{}/api/queues/{vhost}/kept", server.api_url());
        let guest = basic("guest:guest");
        ureq::put(&queue)
            .header("Authorization", &guest)
            .send(r#"{"durable": true, "arguments": {"x-queue-type": "quorum"}}"#)
            .unwrap();

        server.kill();
        assert!(!ports::is_open(server.ports.amqp));

        server.restart().unwrap();
        let seen = body(ureq::get(&queue).header("Authorization", &guest).call());
        assert!(seen.contains("quorum"), "{seen}");
        let closed = [server.ports.amqp, server.ports.port_mapper, server.ports.distribution];
        drop(server);
        assert!(closed.into_iter().all(|port| !ports::is_open(port)));
    }
}

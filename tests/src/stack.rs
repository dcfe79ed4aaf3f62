//! The services of `docker-compose.yml` as processes of this machine: with that file's commands and variables, in which
//! only host names, ports and directories are replaced, behind the reverse proxy with its own configuration.

use crate::{
    Child, bevaka, command,
    compose::{self, dependencies, environment, mounts, ours, ports, services},
    config_dir, dockerfile, http, root,
};
use bevaka_rig::{install::CADDY, ports::free};
use docker_compose_types::Service;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::time::sleep;

/// How long a service may take to become healthy on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(50);

/// Host and port inside, such as `agreements:8081`, and the port of this machine that stands for them.
type PortMap = BTreeMap<(String, u16), u16>;

/// Everything that the compose file starts but PostgreSQL and RabbitMQ. Ended when dropped.
pub struct Stack {
    // Dropped in this order: what asks before what is asked.
    children: Vec<(String, Child)>,
    directory: TempDir,
    ports: PortMap,
    postgres: String,
    amqp: String,
    services: BTreeMap<String, Service>,
}

impl Stack {
    /// Starts all services in the order in which they wait for each other, on this database and virtual host, and loads
    /// the demonstration's companies.
    pub async fn start(postgres: &str, amqp: &str) -> Self {
        let services: BTreeMap<_, _> = services()
            .into_iter()
            .filter(|(name, _)| !matches!(name.as_str(), "postgres" | "rabbitmq"))
            .collect();
        let mut stack = Self {
            children: Vec::new(),
            directory: tempfile::tempdir().unwrap(),
            ports: port_map(&services),
            postgres: postgres.to_owned(),
            amqp: amqp.to_owned(),
            services,
        };
        let mut started = BTreeSet::from(["postgres".to_owned(), "rabbitmq".to_owned()]);
        while started.len() < stack.services.len() + 2 {
            let next = stack.services.iter().find(|(name, service)| {
                !started.contains(*name)
                    && dependencies(name, service).keys().all(|other| started.contains(other))
            });
            let (name, service) =
                next.map(|(name, service)| (name.clone(), service.clone())).expect("no circle");
            if name == "migrate" {
                stack.run_as_migrate(&["migrate"]);
            } else {
                stack.start_one(&name, &service).await;
            }
            started.insert(name);
        }
        let demonstration = config_dir().join("demonstration.jsonl");
        stack.run_as_migrate(&["import", demonstration.to_str().unwrap()]);
        stack
    }

    /// Where customers reach the pages.
    pub fn customers(&self) -> String {
        self.published("proxy", 8080)
    }

    /// Where operators reach theirs.
    pub fn operators(&self) -> String {
        self.published("proxy", 8081)
    }

    /// Where the sandbox's phone and BankID are.
    pub fn sandbox(&self) -> String {
        self.published("sandbox", 8090)
    }

    /// What a service wrote until now.
    pub fn log(&self, name: &str) -> String {
        self.children.iter().find(|(one, _)| one == name).map(|(_, child)| child.log()).unwrap_or_default()
    }

    /// Ends a service as a crash does.
    pub fn kill(&mut self, name: &str) {
        let at = self.children.iter().position(|(one, _)| one == name).expect("it runs");
        self.children.remove(at).1.kill();
    }

    /// Runs a command of `bevaka` as `docker compose run migrate` does.
    pub fn run_as_migrate(&self, arguments: &[&str]) -> String {
        let variables: Vec<_> = self.variables("migrate", &self.services["migrate"]).into_iter().collect();
        let output = bevaka(arguments, &variables);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// Stops everything, first what asks, then what is asked; gives who did not end well.
    pub fn stop(self) -> Vec<String> {
        let Self { children, .. } = self;
        children.into_iter().rev().filter_map(|(name, child)| (!child.stop()).then_some(name)).collect()
    }

    fn published(&self, name: &str, inside: u16) -> String {
        format!("http://127.0.0.1:{}", self.ports[&(name.to_owned(), inside)])
    }

    async fn start_one(&mut self, name: &str, service: &Service) {
        let words = compose::command(name, service);
        let variables = self.variables(name, service);
        let mut program = match words[0].as_str() {
            "caddy" => Command::new(
                tokio::task::block_in_place(|| CADDY.ensure("caddy")).expect("the reverse proxy"),
            ),
            ours => command(ours),
        };
        program.args(words[1..].iter().map(|word| self.translated(name, service, word)));
        program.envs(&variables).current_dir(self.directory.path());
        let child = Child::spawn(program, &self.directory.path().join(format!("{name}.log")));
        self.children.push((name.to_owned(), child));
        let customers = self.customers();
        let healthy = async || {
            if words[0] == "caddy" {
                let asked = http().get(format!("{customers}/logga-in")).send().await;
                return asked.is_ok_and(|answer| answer.status().is_success());
            }
            let test = compose::health_test(name, service);
            let mut ask = command(&test[1]);
            ask.args(&test[2..]).envs(&variables);
            tokio::task::block_in_place(|| ask.output().unwrap().status.success())
        };
        let begun = Instant::now();
        while !healthy().await {
            let runs = self.children.last_mut().is_some_and(|(_, child)| child.is_running());
            assert!(
                runs && begun.elapsed() < DEADLINE,
                "{name} does not become healthy:\n{}",
                self.log(name)
            );
            sleep(POLL).await;
        }
    }

    /// The variables of the image and of the file, for this machine.
    fn variables(&self, name: &str, service: &Service) -> BTreeMap<String, String> {
        let mut all = if ours().contains_key(name) { dockerfile::environment() } else { BTreeMap::new() };
        all.extend(environment(service));
        let mut mapped: BTreeMap<_, _> =
            all.iter().map(|(key, value)| (key.clone(), self.translated(name, service, value))).collect();
        // A host and its port in two variables.
        for (key, host) in all.iter().filter(|(_, value)| self.services.contains_key(*value)) {
            let port_key = key.replace("__HOST", "__PORT");
            let (Some(port), true) = (all.get(&port_key), key.ends_with("__HOST")) else { continue };
            let port = self.ports[&(host.clone(), port.parse().unwrap())];
            mapped.insert(key.clone(), "127.0.0.1".to_owned());
            mapped.insert(port_key, port.to_string());
        }
        for (key, value) in &mapped {
            let named = |other: &&String| {
                value.contains(&format!("//{other}:")) || value.starts_with(&format!("{other}:"))
            };
            let left = self.services.keys().find(named);
            assert_eq!(left, None, "{name}: {key}={value} names a container");
        }
        mapped
    }

    /// A value of the compose file, for this machine.
    fn translated(&self, name: &str, service: &Service, value: &str) -> String {
        let directory = self.directory.path();
        let mut value = value.to_owned();
        for (scheme, here) in [("postgres://", &self.postgres), ("amqp://", &self.amqp)] {
            if value.starts_with(scheme) {
                return here.clone();
            }
        }
        for ((host, inside), here) in &self.ports {
            value = replaced(&value, &format!("{host}:{inside}"), &format!("127.0.0.1:{here}"));
            if host == name {
                value = replaced(&value, &format!("0.0.0.0:{inside}"), &format!("127.0.0.1:{here}"));
                value = replaced(&value, &format!("http://:{inside}"), &format!("http://:{here}"));
            }
        }
        for (host, service) in &self.services {
            for (address, outside, inside) in ports(host, service) {
                let here = self.ports[&(host.clone(), inside)];
                value = replaced(&value, &format!("{address}:{outside}"), &format!("127.0.0.1:{here}"));
            }
        }
        if value == "0.0.0.0" {
            value = "127.0.0.1".to_owned();
        }
        let own = directory.join("data").join(name);
        let mounted = mounts(service).into_iter().map(|(source, target, _)| {
            let here = match source.strip_prefix("./") {
                Some(path) => root().join(path),
                None => directory.join("volumes").join(source),
            };
            (target, here)
        });
        let image = [("/etc/bevaka".to_owned(), config_dir()), ("/var/lib/bevaka".to_owned(), own)];
        for (inside, here) in mounted.chain(image) {
            if let Some(below) =
                value.strip_prefix(&inside).filter(|rest| rest.is_empty() || rest.starts_with('/'))
            {
                return format!("{}{below}", here.display());
            }
        }
        value
    }
}

/// A text with another, where a longer number does not go on behind it.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        let whole = !after.starts_with(|c: char| c.is_ascii_digit());
        done.push_str(before);
        done.push_str(if whole { to } else { from });
        rest = after;
    }
    done + rest
}

/// A free port of this machine for every port that a container listens on.
fn port_map(services: &BTreeMap<String, Service>) -> PortMap {
    let mut map = PortMap::new();
    for (name, service) in services {
        let published = ports(name, service).into_iter().map(|(_, _, inside)| inside);
        let listens = environment(service);
        let listens = listens.iter().filter(|(key, _)| key.ends_with("LISTEN"));
        let listens = listens.filter_map(|(_, value)| value.rsplit(':').next()?.parse().ok());
        for port in published.chain(listens).collect::<BTreeSet<u16>>() {
            map.insert((name.clone(), port), free().unwrap());
        }
    }
    map
}

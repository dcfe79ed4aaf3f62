//! `docker-compose.yml`, as `docker compose` reads it.

use docker_compose_types::{
    Command, Compose, DependsOnOptions, Environment, HealthcheckTest, Ports, Service, SingleValue, Volumes,
};
use serde_norway::Value;
use std::collections::BTreeMap;

/// As `docker compose` reads it: anchors merged, and variables replaced by their defaults.
pub fn value() -> Value {
    let mut value: Value = serde_norway::from_str(&crate::read("docker-compose.yml")).unwrap();
    value.apply_merge().unwrap();
    interpolate(&mut value);
    value
}

fn interpolate(value: &mut Value) {
    match value {
        Value::String(text) => *text = with_defaults(text),
        Value::Sequence(items) => items.iter_mut().for_each(interpolate),
        Value::Mapping(map) => map.values_mut().for_each(interpolate),
        _ => {}
    }
}

/// `${NAME:-default}`; a variable that must be given would end `cargo xtask test`, which gives none.
fn with_defaults(text: &str) -> String {
    let (mut rest, mut done) = (text, String::new());
    while let Some((before, after)) = rest.split_once('$') {
        done.push_str(before);
        rest = if let Some(after) = after.strip_prefix('$') {
            done.push('$');
            after
        } else {
            let (name, after) = after
                .strip_prefix('{')
                .and_then(|after| after.split_once('}'))
                .unwrap_or_else(|| panic!("{text}: write ${{NAME:-default}}, or $$ for a dollar"));
            let (_, default) =
                name.split_once(":-").unwrap_or_else(|| panic!("{text}: {name} has no default"));
            done.push_str(default);
            after
        };
    }
    done + rest
}

/// The file, typed.
pub fn compose() -> Compose {
    serde_path_to_error::deserialize(value()).unwrap_or_else(|fault| panic!("docker-compose.yml: {fault}"))
}

/// Every service by its name.
pub fn services() -> BTreeMap<String, Service> {
    let services = compose().services.0.into_iter();
    services.map(|(name, service)| (name, service.expect("a service has keys"))).collect()
}

/// The services that run programs of ours.
pub fn ours() -> BTreeMap<String, Service> {
    let ours: BTreeMap<_, _> =
        services().into_iter().filter(|(_, service)| service.build_.is_some()).collect();
    assert_eq!(ours.len(), 6, "{:?}", ours.keys());
    ours
}

/// The variables of a service.
pub fn environment(service: &Service) -> BTreeMap<String, String> {
    let Environment::KvPair(pairs) = &service.environment else { panic!("write the environment as a map") };
    let text = |value: &SingleValue| value.to_string();
    pairs.iter().map(|(name, value)| (name.clone(), value.as_ref().map(text).unwrap_or_default())).collect()
}

/// The command of a service.
pub fn command(name: &str, service: &Service) -> Vec<String> {
    assert!(service.entrypoint.is_none(), "{name}: the command names the program");
    match &service.command {
        Some(Command::Args(args)) => args.clone(),
        other => panic!("{name}: write the command as a list, not {other:?}"),
    }
}

/// Host address, host port and container port.
pub fn ports(name: &str, service: &Service) -> Vec<(String, u16, u16)> {
    let Ports::Short(ports) = &service.ports else { panic!("{name}: write ports as text") };
    let parts = |port: &String| match port.split(':').collect::<Vec<_>>()[..] {
        [host, outside, inside] => (host.to_owned(), outside.parse().unwrap(), inside.parse().unwrap()),
        _ => panic!("{name}: {port} is not ADDRESS:PORT:PORT"),
    };
    ports.iter().map(parts).collect()
}

/// What a service waits for, and for what of it.
pub fn dependencies(name: &str, service: &Service) -> BTreeMap<String, String> {
    match &service.depends_on {
        DependsOnOptions::Conditional(map) => {
            map.iter().map(|(other, how)| (other.clone(), how.condition.clone())).collect()
        }
        DependsOnOptions::Simple(list) if list.is_empty() => BTreeMap::new(),
        DependsOnOptions::Simple(_) => panic!("{name}: say which condition to wait for"),
    }
}

/// The words of a service's health check.
pub fn health_test(name: &str, service: &Service) -> Vec<String> {
    let check = service.healthcheck.as_ref().unwrap_or_else(|| panic!("{name} has no health check"));
    match &check.test {
        Some(HealthcheckTest::Multiple(words)) => words.clone(),
        other => panic!("{name}: write the test as a list, not {other:?}"),
    }
}

/// Source, target inside, and whether it can be written, of everything that is mounted into a service.
pub fn mounts(service: &Service) -> Vec<(String, String, bool)> {
    let mounted = service.volumes.iter().map(|mounted| {
        let Volumes::Simple(text) = mounted else { panic!("write volumes as text") };
        let mut parts = text.split(':').map(str::to_owned);
        let (source, target) = (parts.next().unwrap(), parts.next().expect("SOURCE:TARGET"));
        (source, target, parts.next().as_deref() != Some("ro"))
    });
    mounted.collect()
}

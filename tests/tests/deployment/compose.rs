//! docker-compose.yml

use crate::{accepts, dockerfile, operators, programs, read, settings};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use bevaka_chassis::{
    clock::SystemClock,
    entropy::Entropy,
    health::{self, Health},
    settings::{BusKind, Settings},
    vault::Vault,
};
use bevaka_sandbox::{BankIdOptions, OidcOptions, Sandbox, SandboxOptions};
use bevaka_store::{Db, Role};
use docker_compose_types::{
    Command, Compose, DependsOnOptions, Environment, HealthcheckTest, Ports, Service, Volumes,
};
use secrecy::ExposeSecret;
use serde_norway::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use url::Url;

/// As `docker compose` reads it: anchors merged, and variables replaced by their defaults.
fn value() -> Value {
    let mut value: Value = serde_norway::from_str(&read("docker-compose.yml")).unwrap();
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

fn compose() -> Compose {
    serde_path_to_error::deserialize(value()).unwrap_or_else(|fault| panic!("docker-compose.yml: {fault}"))
}

fn services() -> BTreeMap<String, Service> {
    let services = compose().services.0.into_iter();
    services.map(|(name, service)| (name, service.expect("a service has keys"))).collect()
}

/// The services that run programs of ours.
fn ours() -> BTreeMap<String, Service> {
    let ours: BTreeMap<_, _> =
        services().into_iter().filter(|(_, service)| service.build_.is_some()).collect();
    assert_eq!(ours.len(), 5, "{:?}", ours.keys());
    ours
}

fn environment(service: &Service) -> BTreeMap<String, String> {
    let Environment::KvPair(pairs) = &service.environment else { panic!("write the environment as a map") };
    let text = |value: &docker_compose_types::SingleValue| value.to_string();
    pairs.iter().map(|(name, value)| (name.clone(), value.as_ref().map(text).unwrap_or_default())).collect()
}

/// The settings of a service: what the image sets, then what the file sets.
fn settings_of(name: &str, service: &Service) -> Settings {
    let mut variables = dockerfile::environment();
    variables.extend(environment(service));
    settings(&variables).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

fn command(name: &str, service: &Service) -> Vec<String> {
    assert!(service.entrypoint.is_none(), "{name}: the command names the program");
    match &service.command {
        Some(Command::Args(args)) => args.clone(),
        other => panic!("{name}: write the command as a list, not {other:?}"),
    }
}

/// Host address, host port and container port.
fn ports(name: &str, service: &Service) -> Vec<(String, u16, u16)> {
    let Ports::Short(ports) = &service.ports else { panic!("{name}: write ports as text") };
    let parts = |port: &String| match port.split(':').collect::<Vec<_>>()[..] {
        [host, outside, inside] => (host.to_owned(), outside.parse().unwrap(), inside.parse().unwrap()),
        _ => panic!("{name}: {port} is not ADDRESS:PORT:PORT"),
    };
    ports.iter().map(parts).collect()
}

fn dependencies(name: &str, service: &Service) -> BTreeMap<String, String> {
    match &service.depends_on {
        DependsOnOptions::Conditional(map) => {
            map.iter().map(|(other, how)| (other.clone(), how.condition.clone())).collect()
        }
        DependsOnOptions::Simple(list) if list.is_empty() => BTreeMap::new(),
        DependsOnOptions::Simple(_) => panic!("{name}: say which condition to wait for"),
    }
}

fn health_test(name: &str, service: &Service) -> Vec<String> {
    let check = service.healthcheck.as_ref().unwrap_or_else(|| panic!("{name} has no health check"));
    match &check.test {
        Some(HealthcheckTest::Multiple(words)) => words.clone(),
        other => panic!("{name}: write the test as a list, not {other:?}"),
    }
}

/// Keys of the file that the typed form does not hold.
fn lost(path: &str, written: &Value, typed: &Value, found: &mut Vec<String>) {
    let (Value::Mapping(written), Value::Mapping(typed)) = (written, typed) else { return };
    for (key, value) in written {
        let key_text = key.as_str().unwrap_or_default();
        let path = format!("{path}.{key_text}");
        match typed.get(key) {
            Some(typed) => lost(&path, value, typed, found),
            None if value.as_mapping().is_some_and(serde_norway::Mapping::is_empty) => {}
            None => found.push(path),
        }
    }
}

#[test]
fn every_key_of_the_compose_file_is_known() {
    let typed = serde_norway::to_value(compose()).unwrap();
    let mut unknown = Vec::new();
    lost("", &value(), &typed, &mut unknown);
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_command_of_the_compose_file_is_one_that_the_image_holds_and_its_program_accepts() {
    let copied = dockerfile::copied_programs();
    for (name, service) in ours() {
        let command = command(&name, &service);
        accepts(&command).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(copied.contains(&command[0]), "{name}: the image has no {}", command[0]);
    }
    let started: BTreeSet<_> =
        ours().iter().map(|(name, service)| command(name, service)[0].clone()).collect();
    let servers: BTreeSet<_> = programs().into_iter().filter(|program| copied.contains(program)).collect();
    assert_eq!(started, servers, "every program of the image has its place");
}

#[test]
fn every_variable_of_the_compose_file_is_a_setting_and_names_a_neighbour() {
    let all = services();
    let ours = ours();
    for (name, service) in &ours {
        let settings = settings_of(name, service);
        let reaches = |host: Option<&str>, port: u16| {
            let host = host.unwrap_or_default();
            let target = all.get(host).unwrap_or_else(|| panic!("{name}: {host:?} is no service"));
            let inside: BTreeSet<u16> = match ours.get(host) {
                Some(target) => {
                    let Settings { http, sandbox, .. } = settings_of(host, target);
                    let bankid =
                        (command(host, target)[0] == "bevaka-sandbox").then_some(sandbox.bankid_listen);
                    [Some(http.listen), bankid].into_iter().flatten().map(|address| address.port()).collect()
                }
                None => ports(host, target).into_iter().map(|(_, _, inside)| inside).collect(),
            };
            // Mailpit's mail server is not published, since nobody else should use it.
            assert!(
                inside.contains(&port) || (host, port) == ("mailpit", 1025),
                "{name}: nothing listens on {host}:{port}"
            );
            let mut waits = BTreeSet::from([name.clone()]);
            for _ in 0..all.len() {
                let next: Vec<_> =
                    waits.iter().flat_map(|known| dependencies(known, &all[known]).into_keys()).collect();
                waits.extend(next);
            }
            assert!(waits.contains(host), "{name} does not wait for {host}, which it uses");
        };
        let program = command(name, service)[0].clone();
        if program != "bevaka-sandbox" {
            let url = Url::parse(settings.database.url.expose_secret())
                .unwrap_or_else(|_| panic!("{name} has no database"));
            reaches(url.host_str(), url.port().unwrap_or(5432));
        }
        if program == "bevaka-agreements" {
            let url = Url::parse(&settings.bankid.url).unwrap();
            assert_eq!(url.scheme(), "https", "{name}: BankID is asked over mutual TLS");
            reaches(url.host_str(), url.port().unwrap());
            let app = Url::parse(&settings.bankid.app_url).unwrap();
            assert_eq!(app.host_str(), Some("127.0.0.1"), "{name}: the app is opened by people's browsers");
            assert_eq!(app.port(), Some(settings_of("sandbox", &ours["sandbox"]).http.listen.port()));
            let url = Url::parse(&settings.http.public_url()).unwrap();
            let published = ports(name, service).into_iter().map(|(host, outside, _)| (host, outside)).next();
            assert_eq!(
                published,
                url.host_str().map(str::to_owned).zip(url.port()),
                "{name}: people come by http.public_url"
            );
        }
        if program == "bevaka-dispatcher" {
            assert!(settings.bus.kind == BusKind::Amqp, "{name}: other services publish over RabbitMQ");
            let url = Url::parse(settings.bus.url.expose_secret()).unwrap();
            reaches(url.host_str(), url.port().unwrap_or(5672));
            reaches(Some(&settings.smtp.host), settings.smtp.port);
            let url = Url::parse(&settings.sms.base_url).unwrap();
            reaches(url.host_str(), url.port_or_known_default().unwrap());
            operators::meet_the_sandbox(name, &settings, &settings_of("sandbox", &ours["sandbox"]));
            let issuer = Url::parse(&settings.operator_sign_in.issuer).unwrap();
            reaches(issuer.host_str(), issuer.port_or_known_default().unwrap());
            let url = Url::parse(&settings.http.public_url()).unwrap();
            assert_eq!(url.host_str(), Some(name.as_str()), "reports must come back to this service");
            assert_eq!(url.port(), Some(settings.http.listen.port()), "{name}: http.public_url");
        }
    }
}

/// What a volume of this name is called inside, and whether it can be written.
fn mounted(service: &Service, volume: &str) -> Option<(String, bool)> {
    service.volumes.iter().find_map(|mounted| {
        let Volumes::Simple(text) = mounted else { panic!("write volumes as text") };
        let mut parts = text.split(':');
        let found = (parts.next() == Some(volume)).then(|| parts.next().unwrap_or_default().to_owned())?;
        Some((found, parts.next() != Some("ro")))
    })
}

#[tokio::test]
async fn agreements_finds_what_the_sandbox_makes_for_its_relying_party() {
    let directory = tempfile::tempdir().unwrap();
    let _sandbox = Sandbox::start(sandbox_in(directory.path())).await.unwrap();
    let services = ours();
    let (agreements, sandbox) = (&services["agreements"], &services["sandbox"]);
    let (reads, _) = mounted(agreements, "sandbox").expect("agreements shares the sandbox's files");
    let (writes, writable) = mounted(sandbox, "sandbox").unwrap();
    assert!(writable && !mounted(agreements, "sandbox").unwrap().1, "the sandbox alone writes");
    assert_eq!(writes, settings_of("sandbox", sandbox).process.data_dir);
    let bankid = settings_of("agreements", agreements).bankid;
    for file in [bankid.profile, bankid.identity_file, bankid.ca_file] {
        let made = file.strip_prefix(&reads).unwrap().strip_prefix("sandbox-bankid").unwrap();
        assert!(directory.path().join("bankid").join(made).is_file(), "nothing makes {}", file.display());
    }
}

#[test]
fn what_one_service_seals_another_can_open() {
    let keys: BTreeSet<_> = ["agreements", "watches", "dispatcher", "migrate"]
        .map(|name| settings_of(name, &ours()[name]).vault.key.expose_secret().to_owned())
        .into();
    assert_eq!(keys.len(), 1, "imports run in migrate's container");
    assert!(Vault::new(&keys.into_iter().collect::<String>().into()).is_ok());
}

#[test]
fn what_is_published_is_what_listens_and_on_this_machine_alone() {
    let ours = ours();
    let mut taken = BTreeSet::new();
    for (name, service) in services() {
        for (host, outside, inside) in ports(&name, &service) {
            assert_eq!(host, "127.0.0.1", "{name}");
            assert_eq!(outside, inside, "{name}");
            assert!(taken.insert(outside), "{name}: {outside} is published twice");
        }
        if ours.contains_key(&name) && name != "migrate" {
            let listen = settings_of(&name, &service).http.listen;
            assert!(listen.ip().is_unspecified(), "{name}: nobody outside the container reaches {listen}");
            let published: Vec<_> = ports(&name, &service).iter().map(|port| port.2).collect();
            assert_eq!(published, [listen.port()], "{name}");
        }
    }
    // `cargo xtask test` asks for these where no server is installed.
    assert!([5432, 5672, 15672].iter().all(|port| taken.contains(port)));
    let all = services();
    let (postgres, rabbitmq) = (environment(&all["postgres"]), environment(&all["rabbitmq"]));
    for (variables, name, expected) in [
        (&postgres, "POSTGRES_USER", "bevaka"),
        (&postgres, "POSTGRES_PASSWORD", "bevaka"),
        (&rabbitmq, "RABBITMQ_DEFAULT_USER", "guest"),
        (&rabbitmq, "RABBITMQ_DEFAULT_PASS", "guest"),
    ] {
        assert_eq!(variables.get(name).map(String::as_str), Some(expected), "{name}");
    }
}

#[test]
fn who_is_waited_for_exists_and_can_be_waited_for() {
    let all = services();
    for (name, service) in &all {
        for (other, condition) in dependencies(name, service) {
            let target = all.get(&other).unwrap_or_else(|| panic!("{name} waits for {other}, which is not"));
            let restart = target.restart.as_deref().unwrap_or("no");
            match condition.as_str() {
                "service_healthy" => drop(health_test(&other, target)),
                "service_completed_successfully" => {
                    assert!(restart.starts_with("on-failure"), "{other} would be started again and again");
                }
                other => panic!("{name}: {other} says nothing about readiness"),
            }
        }
    }
}

async fn status(router: Router, path: &str) -> StatusCode {
    let request = Request::get(path).header("accept", "text/html").body(Body::empty()).unwrap();
    router.oneshot(request).await.unwrap().status()
}

fn sandbox_in(directory: &Path) -> SandboxOptions {
    SandboxOptions {
        smtp_listen: "127.0.0.1:0".parse().unwrap(),
        store_file: directory.join("sandbox.jsonl"),
        clock: Arc::new(SystemClock),
        hint_command: String::new(),
        bankid: BankIdOptions {
            listen: "127.0.0.1:0".parse().unwrap(),
            directory: directory.join("bankid"),
            persons_file: bevaka_tests::config_dir().join("sandbox/persons.toml"),
            entropy: Arc::new(Entropy::from_system()),
        },
        oidc: OidcOptions::of(&Settings::load(None).unwrap(), &bevaka_tests::config_dir()),
    }
}

#[tokio::test]
async fn every_health_check_asks_an_address_that_its_program_serves() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("health.sqlite").display());
    let db = Db::connect(&url.into(), 2, Role::Owner).await.unwrap();
    let health = health::router(Health { db, bus: None, shutdown: CancellationToken::new() });
    let sandbox = Sandbox::start(sandbox_in(directory.path())).await.unwrap().router();
    for (name, service) in ours() {
        let program = command(&name, &service)[0].clone();
        if program == "bevaka" {
            assert!(service.healthcheck.is_none(), "{name} ends by itself");
            continue;
        }
        let test = health_test(&name, &service);
        assert_eq!(test[..3], ["CMD", "curl", "--fail"], "{name}: curl must fail where the answer does");
        let url = Url::parse(test.last().unwrap()).unwrap();
        let listen = settings_of(&name, &service).http.listen;
        assert_eq!((url.host_str(), url.port()), (Some("127.0.0.1"), Some(listen.port())), "{name}");
        let router = if program == "bevaka-sandbox" { &sandbox } else { &health };
        assert_eq!(status(router.clone(), url.path()).await, StatusCode::OK, "{name}: {url}");
    }
}

#[test]
fn containers_stop_after_their_programs_and_write_only_where_they_may() {
    for (name, service) in ours() {
        let settings = settings_of(&name, &service);
        let grace = service.stop_grace_period.as_deref().and_then(|text| text.strip_suffix('s'));
        let grace: u64 = grace.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name}"));
        assert!(grace > 2 * settings.process.shutdown_s, "{name} is killed while it stops");
        assert!(service.read_only && service.init, "{name}");
        if command(&name, &service)[0] == "bevaka-sandbox" {
            let target = format!("sandbox:{}", settings.process.data_dir);
            assert_eq!(service.volumes, [Volumes::Simple(target)], "{name} cannot keep its messages");
        }
    }
}

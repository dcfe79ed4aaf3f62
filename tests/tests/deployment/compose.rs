//! docker-compose.yml

use crate::{accepts, copied_programs, operators, programs, settings};
use bevaka_chassis::{
    clock::SystemClock,
    entropy::Entropy,
    settings::{BusKind, Settings},
    vault::Vault,
};
use bevaka_sandbox::{BankIdOptions, OidcOptions, Sandbox, SandboxOptions};
use bevaka_tests::{
    compose::{
        command, compose, dependencies, environment, health_test, mounts, ours, ports, services, value,
    },
    dockerfile,
};
use docker_compose_types::{Service, Volumes};
use secrecy::ExposeSecret;
use serde_norway::Value;
use std::{collections::BTreeSet, path::Path, sync::Arc};
use url::Url;

/// The settings of a service: what the image sets, then what the file sets.
fn settings_of(name: &str, service: &Service) -> Settings {
    let mut variables = dockerfile::environment();
    variables.extend(environment(service));
    settings(&variables).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

/// The ports that a program of ours listens on, of those that others use.
fn listening(name: &str, service: &Service) -> BTreeSet<u16> {
    let Settings { http, sandbox, .. } = settings_of(name, service);
    let outside = command(name, service)[0] == "bevaka-sandbox";
    let more = outside.then_some([sandbox.bankid_listen, sandbox.smtp_listen]);
    [http.listen].into_iter().chain(more.into_iter().flatten()).map(|address| address.port()).collect()
}

/// Where people's browsers reach what listens on a port of a container.
fn published(name: &str, inside: u16) -> String {
    let all = ports(name, &services()[name]);
    let (host, outside, _) = all.iter().find(|port| port.2 == inside).expect("a published port");
    format!("http://{host}:{outside}")
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
    let copied = copied_programs();
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
                Some(target) => listening(host, target),
                None => ports(host, target).into_iter().map(|(_, _, inside)| inside).collect(),
            };
            assert!(inside.contains(&port), "{name}: nothing listens on {host}:{port}");
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
        if !matches!(program.as_str(), "bevaka-sandbox" | "bevaka") {
            assert!(settings.bus.kind == BusKind::Amqp, "{name}: all services use one bus");
            let url = Url::parse(settings.bus.url.expose_secret()).unwrap();
            reaches(url.host_str(), url.port().unwrap_or(5672));
            // People come through the proxy.
            let (customers, operators) = (published("proxy", 8080), published("proxy", 8081));
            assert_eq!((settings.pages_url(), settings.operators_url()), (customers, operators), "{name}");
            assert_eq!(
                settings.http.client_address_header, "x-forwarded-for",
                "{name}: the proxy names clients"
            );
            assert!(ports(name, service).is_empty(), "{name}: people go round the proxy");
        }
        if program == "bevaka-agreements" {
            let url = Url::parse(&settings.bankid.url).unwrap();
            assert_eq!(url.scheme(), "https", "{name}: BankID is asked over mutual TLS");
            reaches(url.host_str(), url.port().unwrap());
            let app = Url::parse(&settings.bankid.app_url).unwrap();
            assert_eq!(app.host_str(), Some("127.0.0.1"), "{name}: the app is opened by people's browsers");
            assert_eq!(app.port(), Some(settings_of("sandbox", &ours["sandbox"]).http.listen.port()));
        }
        if matches!(program.as_str(), "bevaka-dispatcher" | "bevaka-operators") {
            reaches(Some(&settings.smtp.host), settings.smtp.port);
            let url = Url::parse(&settings.sms.base_url).unwrap();
            reaches(url.host_str(), url.port_or_known_default().unwrap());
        }
        if program == "bevaka-operators" {
            operators::meet_the_sandbox(name, &settings, &settings_of("sandbox", &ours["sandbox"]));
            let issuer = Url::parse(&settings.operator_sign_in.issuer).unwrap();
            reaches(issuer.host_str(), issuer.port_or_known_default().unwrap());
        }
        if program == "bevaka-dispatcher" {
            let url = Url::parse(&settings.http.public_url()).unwrap();
            assert_eq!(url.host_str(), Some(name.as_str()), "reports must come back to this service");
            assert_eq!(url.port(), Some(settings.http.listen.port()), "{name}: http.public_url");
        }
    }
}

/// What a volume of this name is called inside, and whether it can be written.
fn mounted(service: &Service, volume: &str) -> Option<(String, bool)> {
    let found = mounts(service).into_iter().find(|(source, ..)| source == volume);
    found.map(|(_, target, writable)| (target, writable))
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
    let keys: BTreeSet<_> = ["agreements", "watches", "dispatcher", "operators", "migrate"]
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
        }
    }
    assert_eq!(listening("sandbox", &ours["sandbox"]).len(), 3);
    for (host, _, inside) in ports("sandbox", &ours["sandbox"]) {
        assert!(host == "127.0.0.1" && inside == 8090, "mail and BankID are for the services alone");
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

#[test]
fn every_program_of_ours_is_asked_for_its_own_health() {
    for (name, service) in ours() {
        let program = command(&name, &service)[0].clone();
        if program == "bevaka" {
            assert!(service.healthcheck.is_none(), "{name} ends by itself");
            continue;
        }
        let test = health_test(&name, &service);
        assert_eq!(test, ["CMD", &program, "--health"], "{name}");
        accepts(&test[1..]).unwrap();
    }
}

#[test]
fn the_proxy_reaches_every_service_and_waits_for_it() {
    let (all, ours) = (services(), ours());
    let proxy = &all["proxy"];
    let waits = dependencies("proxy", proxy);
    let file = bevaka_tests::read("config/proxy/Caddyfile");
    let mut reached = BTreeSet::new();
    for (variable, value) in environment(proxy) {
        let default = format!("{{${variable}:{value}}}");
        assert!(
            file.contains(&default),
            "the Caddyfile has another default for {variable}, or does not know it"
        );
        let Some((name, port)) = value.split_once(':').filter(|(name, _)| ours.contains_key(*name)) else {
            continue;
        };
        assert!(listening(name, &ours[name]).contains(&port.parse().unwrap()), "{variable}");
        assert_eq!(waits.get(name).map(String::as_str), Some("service_healthy"), "{name}");
        reached.insert(name.to_owned());
    }
    assert_eq!(reached, ["agreements", "dispatcher", "operators", "watches"].map(str::to_owned).into());
    assert_eq!(mounts(proxy)[0], ("./config/proxy".to_owned(), "/etc/caddy".to_owned(), false));
}

#[test]
fn no_log_grows_without_bound() {
    for (name, service) in services() {
        let logging = service.logging.unwrap_or_else(|| panic!("{name} logs without bound"));
        let options = serde_norway::to_string(&logging).unwrap();
        assert!(options.contains("max-size") && options.contains("max-file"), "{name}: {options}");
    }
}

#[test]
fn containers_stop_after_their_programs_and_write_only_where_they_may() {
    for (name, service) in ours() {
        let settings = settings_of(&name, &service);
        let grace = service.stop_grace_period.as_deref().and_then(|text| text.strip_suffix('s'));
        let grace: u64 = grace.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name}"));
        assert!(grace > 3 * settings.process.shutdown_s, "{name} is killed while it stops");
        assert!(service.read_only && service.init, "{name}");
        if command(&name, &service)[0] == "bevaka-sandbox" {
            let target = format!("sandbox:{}", settings.process.data_dir);
            assert_eq!(service.volumes, [Volumes::Simple(target)], "{name} cannot keep its messages");
        }
    }
}

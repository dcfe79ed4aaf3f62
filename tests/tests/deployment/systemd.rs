//! docs/systemd, compared with what the programs accept.

use crate::{accepts, settings};
use bevaka_tests::{read, root};
use std::collections::BTreeMap;

/// The values of a key, in the order of the file.
fn values(unit: &str, key: &str) -> Vec<String> {
    let lines = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    lines.map(str::to_owned).collect()
}

fn variables(unit: &str) -> BTreeMap<String, String> {
    let lines = values(unit, "Environment");
    let pairs = lines.iter().flat_map(|line| line.split(' '));
    pairs
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn every_service_has_a_unit_with_settings_and_a_command_that_it_accepts() {
    let mut listens = BTreeMap::new();
    for name in ["agreements", "watches", "dispatcher", "operators"] {
        let unit = read(&format!("docs/systemd/bevaka-{name}.service"));
        let own = variables(&unit);
        let settings = settings(&own).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let command: Vec<_> = values(&unit, "ExecStart")[0].split(' ').map(str::to_owned).collect();
        let program = command[0].strip_prefix("/usr/local/bin/").unwrap().to_owned();
        assert_eq!(program, format!("bevaka-{name}"));
        accepts(&[vec![program], command[1..].to_vec()].concat()).unwrap();
        let stop: u64 = values(&unit, "TimeoutStopSec")[0].parse().unwrap();
        assert!(stop > 3 * settings.process.shutdown_s, "{name} is killed while it stops");
        let listen = settings.http.listen;
        assert!(listen.ip().is_loopback(), "{name}: people go round the proxy");
        listens.insert(name, listen.to_string());
    }
    let proxy = variables(&read("docs/systemd/bevaka-proxy.service"));
    for (name, listen) in listens {
        assert_eq!(proxy[&format!("BEVAKA_{}", name.to_uppercase())], listen);
    }
    let file = read("config/proxy/Caddyfile");
    for name in proxy.keys() {
        assert!(file.contains(&format!("{{${name}:")), "the Caddyfile does not know {name}");
    }
}

#[test]
fn the_units_and_the_shipped_settings_agree_on_the_addresses() {
    let production = root().join("config/production.toml");
    let settings = bevaka_chassis::settings::Settings::from_env_pairs(Some(&production), []).unwrap();
    let proxy = variables(&read("docs/systemd/bevaka-proxy.service"));
    assert_eq!(settings.pages_url(), proxy["BEVAKA_CUSTOMERS_SITE"]);
    assert_eq!(settings.operators_url(), proxy["BEVAKA_OPERATORS_SITE"]);
}

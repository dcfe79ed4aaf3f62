use super::*;
use std::{collections::BTreeMap, os::unix::fs::PermissionsExt};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn content(directory: &Path) -> BTreeMap<String, String> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    after
        .iter()
        .filter(|(name, text)| before.get(*name) != Some(text))
        .map(|(name, _)| name.clone())
        .collect()
}

const SIGNATURES: [&str; 2] = [AUTHORITY, ROOT];
const CONNECTIONS: [&str; 3] = [RELYING_PARTY, SERVER_CA, SERVER];

#[test]
fn a_restart_finds_the_same_files_and_keys_are_for_their_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/bankid");
    open(&path, at("2026-11-21T13:02:00Z")).unwrap();
    let made = content(&path);
    open(&path, at("2027-11-21T13:02:00Z")).unwrap();
    assert_eq!(changed(&made, &content(&path)), Vec::<String>::new());
    for (name, text) in &made {
        let mode = fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(text.contains("PRIVATE KEY"), mode == 0o600, "{name} {mode:o}");
    }
    assert_eq!(made.values().filter(|text| text.contains("PRIVATE KEY")).count(), 3);
}

#[test]
fn what_is_missing_broken_or_of_others_is_made_anew() {
    let now = at("2026-11-21T13:02:00Z");
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = directory.path();
    open(other.path(), now.plus(DAY)).unwrap();
    for (group, name) in SIGNATURES
        .map(|name| (&SIGNATURES[..], name))
        .into_iter()
        .chain(CONNECTIONS.map(|name| (&CONNECTIONS[..], name)))
    {
        open(path, now).unwrap();
        let before = content(path);
        fs::remove_file(path.join(name)).unwrap();
        open(path, now).unwrap();
        assert_eq!(changed(&before, &content(path)), group, "{name} was missing");
        let before = content(path);
        fs::write(path.join(name), "-----BEGIN CERTIFICATE-----\n").unwrap();
        open(path, now).unwrap();
        assert_eq!(changed(&before, &content(path)), group, "{name} was broken");
    }
    for name in [ROOT, SERVER_CA] {
        let before = content(path);
        fs::copy(other.path().join(name), path.join(name)).unwrap();
        open(path, now).unwrap();
        assert!(changed(&before, &content(path)).contains(&name.to_owned()), "{name} was another's");
    }
}

#[test]
fn what_ends_soon_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    open(path, at("2026-11-21T13:02:00Z")).unwrap();
    let before = content(path);
    open(path, at("2028-10-25T13:02:00Z")).unwrap();
    let between = content(path);
    assert_eq!(changed(&before, &between), CONNECTIONS);
    open(path, at("2034-11-25T13:02:00Z")).unwrap();
    assert!(changed(&between, &content(path)).contains(&ROOT.to_owned()));
}

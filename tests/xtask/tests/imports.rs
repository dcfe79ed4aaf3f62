//! Who may import whom. `deny.toml` enforces a part of it as well; this needs no extra tool, and is stricter.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

const SERVICES: [&str; 5] =
    ["bevaka-agreements", "bevaka-watches", "bevaka-dispatcher", "bevaka-operators", "bevaka-sandbox"];
/// What each shared crate may import of ours, beside its tests.
const SHARED: [(&str, &[&str]); 10] = [
    ("bevaka-domain", &[]),
    ("bevaka-catalogue", &["bevaka-domain"]),
    ("bevaka-store", &["bevaka-domain"]),
    ("bevaka-bus", &["bevaka-domain", "bevaka-store"]),
    ("bevaka-eid", &[]),
    ("bevaka-chassis", &["bevaka-bus", "bevaka-catalogue", "bevaka-domain", "bevaka-store"]),
    (
        "bevaka-alerting",
        &["bevaka-bus", "bevaka-catalogue", "bevaka-chassis", "bevaka-domain", "bevaka-store"],
    ),
    ("bevaka-channels", &["bevaka-catalogue", "bevaka-chassis", "bevaka-domain"]),
    ("bevaka-web", &["bevaka-domain", "bevaka-store"]),
    ("bevaka-portal", &["bevaka-chassis", "bevaka-domain", "bevaka-store", "bevaka-web"]),
];
/// The command that knows all services, and what tests them.
const ABOVE_SERVICES: [&str; 6] =
    ["bevaka", "bevaka-tests", "bevaka-bench", "bevaka-rig", "bevaka-support", "xtask"];

fn workspace() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo metadata works")
}

/// What a package depends on directly, for building, tests and itself.
fn dependencies(package: &Package) -> BTreeSet<&str> {
    package.dependencies.iter().map(|dependency| dependency.name.as_str()).collect()
}

/// The packages of the workspace that depend on `name` directly.
fn dependants<'a>(metadata: &'a Metadata, name: &str) -> BTreeSet<&'a str> {
    let packages = metadata.packages.iter().filter(|package| dependencies(package).contains(name));
    packages.map(|package| package.name.as_str()).collect()
}

fn is_only(found: &BTreeSet<&str>, allowed: &[&str]) -> bool {
    found.iter().all(|name| allowed.contains(name))
}

#[test]
fn the_domain_knows_no_other_crate_of_ours_and_no_input_or_output() {
    let metadata = workspace();
    let domain = metadata.packages.iter().find(|package| package.name == "bevaka-domain").unwrap();
    let forbidden: Vec<&str> = dependencies(domain)
        .into_iter()
        .filter(|name| name.starts_with("bevaka") || ["tokio", "sqlx", "axum", "reqwest"].contains(name))
        .collect();
    assert!(forbidden.is_empty(), "bevaka-domain depends on {forbidden:?}");
}

#[test]
fn electronic_identities_know_no_other_crate_of_ours_and_make_signatures_for_the_sandbox_alone() {
    let metadata = workspace();
    let eid = metadata.packages.iter().find(|package| package.name == "bevaka-eid").unwrap();
    let ours: Vec<&str> = dependencies(eid)
        .into_iter()
        .filter(|name| name.starts_with("bevaka") && *name != "bevaka-eid")
        .collect();
    assert!(ours.is_empty(), "bevaka-eid depends on {ours:?}");

    let signs = |package: &&Package| {
        let mut normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
        normal.any(|d| d.name == "bevaka-eid" && d.features.iter().any(|feature| feature == "sandbox"))
    };
    let signing: Vec<&str> =
        metadata.packages.iter().filter(signs).map(|package| package.name.as_str()).collect();
    assert!(signing.iter().all(|name| *name == "bevaka-sandbox"), "{signing:?} can make signatures");
}

#[test]
fn each_outside_system_has_one_crate_that_talks_to_it() {
    let metadata = workspace();
    for (library, allowed) in [
        ("sqlx", &["bevaka-store", "bevaka-bench"][..]),
        ("lapin", &["bevaka-bus", "bevaka-bench", "bevaka-tests"][..]),
        ("graviola", &["bevaka-eid"][..]),
        ("rustls-webpki", &["bevaka-eid"][..]),
        ("uppsala", &["bevaka-eid"][..]),
    ] {
        let found = dependants(&metadata, library);
        assert!(is_only(&found, allowed), "{library} is imported by {found:?}, allowed are {allowed:?}");
    }
    let mails: Vec<&str> = metadata
        .packages
        .iter()
        .filter(|package| {
            let mut normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
            normal.any(|dependency| dependency.name == "lettre")
        })
        .map(|package| package.name.as_str())
        .collect();
    assert!(mails.iter().all(|name| *name == "bevaka-channels"), "lettre is imported by {mails:?}");
}

#[test]
fn only_the_command_and_the_tests_know_the_services() {
    let metadata = workspace();
    for service in SERVICES {
        assert!(metadata.packages.iter().any(|package| package.name == service), "{service} is gone");
        let found = dependants(&metadata, service);
        assert!(is_only(&found, &ABOVE_SERVICES), "{service} is imported by {found:?}");
    }
}

#[test]
fn every_service_and_shared_crate_is_known_here() {
    let metadata = workspace();
    for package in &metadata.packages {
        let path = package.manifest_path.strip_prefix(&metadata.workspace_root).unwrap().as_str();
        let (name, is_service) = (package.name.as_str(), path.starts_with("services/"));
        assert!(!is_service || name == "bevaka" || SERVICES.contains(&name), "{name} has no rule here");
        let is_shared = path.starts_with("shared/");
        let has_rule = SHARED.iter().any(|(shared, _)| *shared == name);
        assert!(!is_shared || has_rule, "{name} has no rule here");
    }
}

#[test]
fn shared_crates_import_only_what_stands_below_them() {
    let metadata = workspace();
    for (name, allowed) in SHARED {
        let package = metadata.packages.iter().find(|package| package.name == name);
        let normal = package.unwrap().dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
        let ours: BTreeSet<&str> =
            normal.map(|d| d.name.as_str()).filter(|of| of.starts_with("bevaka")).collect();
        assert!(is_only(&ours, allowed), "{name} imports {ours:?}, allowed are {allowed:?}");
    }
}

/// One row a crate: its folder, its description, and which crates of ours it imports.
fn crate_table() -> String {
    let metadata = workspace();
    let mut rows: Vec<_> = metadata
        .packages
        .iter()
        .map(|package| {
            let folder = package.manifest_path.strip_prefix(&metadata.workspace_root);
            let folder = folder.ok().and_then(|path| path.parent()).expect("a crate lies in the workspace");
            let folder = folder.as_str().to_owned();
            let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
            let ours: BTreeSet<&str> = normal.filter_map(|d| d.name.strip_prefix("bevaka-")).collect();
            let ours: Vec<&str> = ours.into_iter().collect();
            let about = package.description.as_deref().expect("a crate has a description");
            // Shared crates first, then services, then tests.
            let order = ["shared/", "services/", "tests"].iter().position(|start| folder.starts_with(start));
            let imports = if ours.is_empty() { "none".to_owned() } else { ours.join(", ") };
            (order, folder.clone(), format!("| `{folder}` | {about} | {imports} |\n"))
        })
        .collect();
    rows.sort();
    let head = "| crate | what it holds | imports of ours |\n| --- | --- | --- |\n";
    rows.into_iter().fold(head.to_owned(), |table, (_, _, row)| table + &row)
}

/// `BEVAKA_BLESS=1 cargo test -p xtask --test imports` writes the table anew.
#[test]
fn the_table_of_crates_in_the_documents_is_what_cargo_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ARCHITECTURE.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let start = document.find("| crate |").expect("docs/ARCHITECTURE.md has the table");
    let end = start + document[start..].find("\n\n").expect("text follows the table") + 1;
    let table = crate_table();
    if std::env::var_os("BEVAKA_BLESS").is_some() {
        std::fs::write(&path, format!("{}{table}{}", &document[..start], &document[end..])).unwrap();
        return;
    }
    assert_eq!(document[start..end], table, "run it with BEVAKA_BLESS=1 to write the table anew");
}

//! What the service refuses to start with, and in which words.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

use bevaka_agreements::App;
use bevaka_chassis::{
    process::{Chassis, database_url},
    settings::Settings,
};
use bevaka_eid::sign::pki::{Authority, Validity};
use bevaka_store::{Db, Role};
use std::{collections::BTreeMap, fs, path::Path};
use tempfile::TempDir;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

const VALIDITY: Validity =
    Validity { from: datetime!(2026-01-01 0:00 UTC), until: datetime!(2036-01-01 0:00 UTC) };

/// A directory with all that BankID needs, and settings that name it.
fn sound() -> (TempDir, BTreeMap<&'static str, String>) {
    let directory = tempfile::tempdir().unwrap();
    let root = Authority::root("Root", VALIDITY).unwrap();
    write(&directory, "root.pem", &root.certificate_pem());
    profile(&directory, "production");
    write(&directory, "server-ca.pem", &root.certificate_pem());
    write(&directory, "identity.pem", secrecy::ExposeSecret::expose_secret(&root.to_pem()));
    let path = |name: &str| directory.path().join(name).display().to_string();
    let variables = BTreeMap::from([
        ("PROCESS__DATA_DIR", directory.path().display().to_string()),
        ("PROCESS__ENVIRONMENT", "production".to_owned()),
        ("VAULT__KEY", "0f".repeat(32)),
        ("BANKID__URL", "https://bankid.example".to_owned()),
        ("BANKID__PROFILE", path("profile.toml")),
        ("BANKID__IDENTITY_FILE", path("identity.pem")),
        ("BANKID__CA_FILE", path("server-ca.pem")),
    ]);
    (directory, variables)
}

fn write(directory: &TempDir, name: &str, text: &str) {
    fs::write(directory.path().join(name), text).unwrap();
}

fn profile(directory: &TempDir, trust: &str) {
    let policies = "[policies]\non_card = [\"1.2.752.78.1.2\"]\nmobile = [\"1.2.752.78.1.5\"]\n";
    let text = format!("trust = \"{trust}\"\n[[anchors]]\nfile = \"root.pem\"\n{policies}");
    write(directory, "profile.toml", &text);
}

/// Starts with these settings; gives the whole reason if it is refused.
async fn start(variables: &BTreeMap<&str, String>) -> Result<App, String> {
    // Fails only if it is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let pairs = variables.iter().map(|(name, value)| (format!("BEVAKA__{name}"), value.clone()));
    let settings = Settings::from_env_pairs(None, pairs).map_err(|fault| fault.to_string())?;
    let db = Db::connect(&database_url(&settings).unwrap(), 2, Role::Owner).await.unwrap();
    db.migrate().await.unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let chassis =
        Chassis::start("test", settings, config, Role::Owner, CancellationToken::new()).await.unwrap();
    App::new(chassis).map_err(|fault| format!("{fault:#}"))
}

async fn refused(variables: &BTreeMap<&str, String>) -> String {
    match start(variables).await {
        Ok(_) => panic!("it starts"),
        Err(reason) => reason,
    }
}

#[tokio::test]
async fn sound_settings_start_with_bankid_and_without() {
    let (_directory, mut variables) = sound();
    assert!(start(&variables).await.unwrap().bankid.is_some());
    variables.remove("BANKID__URL");
    assert!(start(&variables).await.unwrap().bankid.is_none());
}

#[tokio::test]
async fn without_a_vaults_key_it_says_how_to_make_one() {
    let (_directory, mut variables) = sound();
    variables.remove("VAULT__KEY");
    let reason = refused(&variables).await;
    assert!(reason.contains("vault.key") && reason.contains("openssl rand -hex 32"), "{reason}");
    variables.insert("VAULT__KEY", "secret".to_owned());
    let reason = refused(&variables).await;
    assert!(reason.contains("vault.key") && !reason.contains("secret"), "{reason}");
}

#[tokio::test]
async fn production_trusts_no_signatures_of_tests_and_sandboxes() {
    let (directory, mut variables) = sound();
    for trust in ["sandbox", "test"] {
        profile(&directory, trust);
        let reason = refused(&variables).await;
        assert!(reason.contains("bankid.profile") && reason.contains("production"), "{trust}: {reason}");
    }
    variables.insert("PROCESS__ENVIRONMENT", "development".to_owned());
    assert!(start(&variables).await.is_ok());
}

#[tokio::test]
async fn a_file_of_bankid_that_cannot_be_used_is_named_with_its_setting() {
    for (file, setting) in [
        ("profile.toml", "bankid.profile"),
        ("root.pem", "bankid.profile"),
        ("identity.pem", "bankid.identity_file"),
        ("server-ca.pem", "bankid.ca_file"),
    ] {
        let (directory, variables) = sound();
        write(&directory, file, "nonsense");
        let reason = refused(&variables).await;
        assert!(reason.contains(setting) && !reason.contains("nonsense"), "{file}: {reason}");
        fs::remove_file(directory.path().join(file)).unwrap();
        let reason = refused(&variables).await;
        assert!(reason.contains(setting) && reason.contains(file), "{file} is gone: {reason}");
    }
}

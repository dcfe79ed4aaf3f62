//! The key that seals personal numbers: of the settings, or the one that `bevaka up` keeps beside its database.

use crate::client::write_private;
use anyhow::Context;
use bevaka_chassis::{entropy::Entropy, settings::Settings, vault::Vault};
use secrecy::{ExposeSecret, SecretString};
use std::{
    fs,
    path::{Path, PathBuf},
};

const FILE: &str = "vault.key";

fn kept(data_dir: &Path) -> Option<SecretString> {
    Some(fs::read_to_string(data_dir.join(FILE)).ok()?.trim().into())
}

/// The key in the data directory of `bevaka up`, made at its first start. Without it what is stored cannot be read again.
pub(crate) fn key(data_dir: &Path) -> anyhow::Result<SecretString> {
    if let Some(key) = kept(data_dir) {
        return Ok(key);
    }
    let (path, key) = (data_dir.join(FILE), Entropy::from_system().token());
    write_private(&path, &key).with_context(|| format!("writing {}", path.display()))?;
    Ok(key.into())
}

/// The vault of the configured database; none if no key is set, and the database is not that of a data directory which
/// holds one.
pub(crate) fn known(settings: &Settings) -> anyhow::Result<Option<Vault>> {
    let set = Some(settings.vault.key.clone()).filter(|key| !key.expose_secret().is_empty());
    let beside = || match settings.database.url.expose_secret() {
        "" => kept(&PathBuf::from(&settings.process.data_dir)),
        _ => None,
    };
    Ok(set.or_else(beside).map(|key| Vault::new(&key)).transpose()?)
}

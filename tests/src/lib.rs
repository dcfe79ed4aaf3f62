//! The real binaries over real servers, for end to end tests. Run by `cargo xtask test`, which starts the servers and
//! tells where the binaries lie.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

mod binaries;
mod company;
pub mod compose;
pub mod dockerfile;
mod gateway;
mod stack;
mod world;

pub use binaries::{Child, bevaka, command};
pub use company::{Company, event};
pub use gateway::Gateway;
pub use stack::Stack;
pub use world::{World, eventually};

use std::path::{Path, PathBuf};

/// A client for what the tests ask over HTTP.
pub fn http() -> reqwest::Client {
    // Fails only if it is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// The project's own directory.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the project.
pub fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The project's own `config/`.
pub fn config_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config")
}

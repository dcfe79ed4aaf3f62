//! Clients that others wrote, against the sandbox.

use crate::RelyingParty;
use bevaka_rig::{process::run, python::python};
use std::process::Command;

#[tokio::test]
async fn auth_sign_collect_and_cancel_work_on_python_clients() {
    let party = RelyingParty::start().await;
    let (url, directory) = (party.url(""), party.directory.path().join("bankid"));
    let clients = tokio::task::spawn_blocking(move || {
        let python = python(&["pybankid==1.5.0", "bankid6==1.1.1"])?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bankid/clients.py");
        // Variables of this machine may name a proxy or other authorities, which win over what a client is told.
        run(Command::new(python).env_clear().arg(script).arg(url).arg(directory))
    });
    clients.await.unwrap().unwrap();
    party.rig.stop().await;
}

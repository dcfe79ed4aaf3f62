//! Bevaka with its sandbox, and the telephone that people confirm with.

use crate::tab::Tab;
use bevaka_tests::{Child, command, config_dir, eventually, http};
use serde_json::Value;
use std::path::Path;

/// Starts everything on an address of its own.
pub async fn up(data_dir: &Path) -> (Child, String) {
    let url = format!("http://127.0.0.1:{}", bevaka_rig::ports::free().unwrap());
    let mut program = command("bevaka");
    program.args(["up", "--listen", url.trim_start_matches("http://")]);
    program.args(["--smtp-listen", "127.0.0.1:0", "--bankid-listen", "127.0.0.1:0", "--config-dir"]);
    program.arg(config_dir()).arg("--data-dir").arg(data_dir);
    let child = Child::spawn(program, &data_dir.with_extension("log"));
    let ready = format!("{url}/health/ready");
    eventually("ready", || async {
        http().get(&ready).send().await.ok()?.status().is_success().then_some(())
    })
    .await;
    (child, url)
}

/// A telephone with BankID: the sandbox's app.
pub struct Telephone {
    tab: Tab,
    url: String,
}

impl Telephone {
    pub fn new(tab: Tab, url: &str) -> Self {
        Self { tab, url: url.to_owned() }
    }

    /// Opens the one order that waits, as this person with a mobile BankID, and gives the code.
    pub async fn confirm(&self, who: &str) {
        self.tab.go(&format!("{}/sandbox/bankid", self.url)).await;
        self.tab.press_at("form[action$='/open'] button").await;
        let choose = format!(
            "(() => {{ const all = [...document.querySelectorAll('#bankid option')]; \
             const one = all.find(o => o.innerText.startsWith({}) && o.innerText.includes('obil')); \
             if (!one) return false; document.querySelector('#bankid').value = one.value; return true; }})()",
            Value::from(who)
        );
        if !self.tab.shows("Säkerhetskod").await {
            self.tab.see(who).await;
            self.tab.evaluate(&choose).await;
            self.tab.press_at("form[action$='/choose'] button").await;
        }
        self.tab.fill("#code", "123456").await;
        self.tab.press_at("form[action$='/code'] button.primary").await;
        self.tab.see("Gå tillbaka").await;
    }
}

/// Signs in with mobile BankID, until the page says `sees`.
pub async fn sign_in(tab: &Tab, telephone: &Telephone, who: &str, sees: &str) {
    tab.go(&format!("{}/logga-in", telephone.url)).await;
    tab.press_at("form:has(input[name=method][value=mobile]) button").await;
    tab.see("Avbryt").await;
    telephone.confirm(who).await;
    tab.see(sees).await;
}

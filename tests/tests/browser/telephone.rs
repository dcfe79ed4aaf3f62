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

    /// The newest of so many text messages to a number that say this, once they have come.
    pub async fn sms(&self, to: &str, says: &str, count: usize) -> String {
        let wanted = self.messages("article.sms", to, says, count).await;
        let text = self.tab.evaluate(&format!("{wanted}[0].querySelector('.bubble').innerText")).await;
        text.as_str().unwrap().to_owned()
    }

    /// The six digits of the newest of so many codes that were sent to a number.
    pub async fn code(&self, to: &str, says: &str, count: usize) -> String {
        let text = self.sms(to, says, count).await;
        let digits = |part: &&str| part.len() == 6;
        text.split(|c: char| !c.is_ascii_digit()).find(digits).unwrap().to_owned()
    }

    /// The address of the newest of so many mails with this subject, once they have come.
    pub async fn mail(&self, to: &str, subject: &str, count: usize) -> String {
        let wanted = self.messages(".mailbox article", to, subject, count).await;
        let address = self.tab.evaluate(&format!("{wanted}[0].querySelector('a').href")).await;
        address.as_str().unwrap().to_owned()
    }

    /// What a security token answers.
    pub async fn token(&self, person: &str, challenge: &str) -> String {
        self.tab.go(&format!("{}/sandbox/token", self.url)).await;
        self.tab.fill("#person", person).await;
        self.tab.fill("#challenge", challenge).await;
        self.tab.press_at("form[action='/sandbox/token'] button.primary").await;
        self.tab.read(".response").await
    }

    async fn messages(&self, selector: &str, to: &str, says: &str, count: usize) -> String {
        self.tab.go(&format!("{}/sandbox/", self.url)).await;
        let wanted = messages(selector, to, says);
        self.tab.until(&format!("{count} of {says} to {to}"), &format!("{wanted}.length === {count}")).await;
        wanted
    }
}

/// Which messages of the sandbox somebody waits for.
fn messages(selector: &str, to: &str, says: &str) -> String {
    format!(
        "[...document.querySelectorAll({})].filter(one => one.innerText.includes({}) && one.innerText.includes({}))",
        Value::from(selector),
        Value::from(to),
        Value::from(says)
    )
}

/// Signs in with mobile BankID, until the page says `sees`.
pub async fn sign_in(tab: &Tab, telephone: &Telephone, who: &str, sees: &str) {
    sign_in_at(tab, &telephone.url, telephone, who, sees).await;
}

/// Signs in where the pages have another address than the sandbox.
pub async fn sign_in_at(tab: &Tab, site: &str, telephone: &Telephone, who: &str, sees: &str) {
    tab.go(&format!("{site}/logga-in")).await;
    tab.press_at("form:has(input[name=method][value=mobile]) button").await;
    tab.see("Avbryt").await;
    telephone.confirm(who).await;
    tab.see(sees).await;
}

//! Bevaka with the demonstration's companies, and what is before and around it: a browser, telephones, mailboxes.

use crate::{
    tab::{Chromium, Tab},
    telephone::{Telephone, sign_in, up},
};
use bevaka_tests::{Child, bevaka};
use serde_json::Value;
use tempfile::TempDir;

pub const EXEMPELBOLAGET: &str = "556016-0680";

/// A running Bevaka and who looks at it.
pub struct Demonstration {
    directory: TempDir,
    bevaka: Child,
    pub url: String,
    pub chromium: Chromium,
    pub telephone: Telephone,
}

impl Demonstration {
    pub async fn begin() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (bevaka, url) = up(&directory.path().join("data")).await;
        let chromium = Chromium::start().await;
        let telephone = Telephone::new(chromium.person().await, &url);
        Self { directory, bevaka, url, chromium, telephone }
    }

    /// A tab in which somebody has signed in, and `sees` something.
    pub async fn member(&self, who: &str, sees: &str) -> Tab {
        let tab = self.chromium.person().await;
        sign_in(&tab, &self.telephone, who, sees).await;
        tab
    }

    /// Sends an event, and waits until everybody has been told; gives what was decided for a user.
    pub fn inject(&self, kind: &str, company: &str, data: &Value) -> Vec<Value> {
        let data_dir = self.directory.path().join("data").display().to_string();
        let data = data.to_string();
        let event = ["inject", kind, "--org", company, "--data", &data, "--because", "a test"];
        let arguments = [&event[..], &["--data-dir", &data_dir, "--watch", "--json"]].concat();
        let output = tokio::task::block_in_place(|| bevaka(&arguments, &[]));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let became: Value = serde_json::from_slice(&output.stdout).unwrap();
        became["became"][0]["decisions"].as_array().unwrap().clone()
    }

    pub async fn end(self) {
        self.chromium.close().await;
        assert!(self.bevaka.stop());
    }
}

/// What was decided for somebody: why nothing was sent, if nothing was.
pub fn suppressed<'a>(decisions: &'a [Value], who: &str) -> Option<&'a str> {
    let own = decisions.iter().find(|decision| decision["reference"] == who);
    own.unwrap_or_else(|| panic!("nothing is decided for {who}"))["suppressed"].as_str()
}

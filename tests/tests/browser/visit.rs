//! A round through pages with the [`Inspector`].

use crate::{demonstration::Demonstration, inspector::Inspector, tab::Tab};

/// The demonstration, and who looks at its pages.
pub struct Visit {
    pub home: Demonstration,
    inspector: Inspector,
}

impl Visit {
    pub async fn begin() -> Self {
        Self { home: Demonstration::begin().await, inspector: Inspector::new() }
    }

    pub async fn addresses(&mut self, tab: &Tab, who: &str, addresses: &[&str]) {
        self.inspector.addresses(tab, &self.home.url, who, addresses).await;
    }

    /// Waits for what tells that the page is there, and inspects it.
    pub async fn page(&mut self, tab: &Tab, name: &str, sign: &str) {
        tab.find(sign).await;
        self.inspector.page(tab, name).await;
    }

    /// Goes there, presses and inspects what comes.
    pub async fn press(&mut self, tab: &Tab, address: &str, button: &str, name: &str, sign: &str) {
        tab.go(&format!("{}{address}", self.home.url)).await;
        tab.press_at(button).await;
        self.page(tab, name, sign).await;
    }

    /// Begins to sign in with a number, and inspects what comes.
    pub async fn begin_with(&mut self, tab: &Tab, method: &str, number: &str, name: &str, sign: &str) {
        tab.go(&format!("{}/logga-in", self.home.url)).await;
        tab.fill(&format!("#number-{method}"), number).await;
        tab.press_at(&format!("form:has(#number-{method}) button")).await;
        self.page(tab, name, sign).await;
    }

    /// Begins to sign in with mobile BankID.
    pub async fn begin_with_mobile(&self, tab: &Tab) {
        tab.go(&format!("{}/logga-in", self.home.url)).await;
        tab.press_at("form:has(input[name=method][value=mobile]) button").await;
        tab.find(".qr").await;
    }

    pub async fn end(self) {
        self.home.end().await;
        self.inspector.finish();
    }
}

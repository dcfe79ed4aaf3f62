//! Waiting for BankID, to sign in and to sign.

use super::{Place, Section, View, parts::Purpose};
use serde::Serialize;

/// The page that waits for BankID. Without JavaScript it is fetched again by hand.
#[derive(Clone, Debug, Serialize)]
pub struct BankIdWait {
    /// What is signed in to or signed.
    pub purpose: Purpose,
    /// With which kind.
    pub kind: BankIdKind,
    /// How far it has come.
    pub progress: BankIdProgress,
    /// What to do now: BankID's recommended text in the language of the page.
    pub message: String,
    /// The address of this page, to fetch it again.
    pub here: String,
    /// Answers [`BankIdStatus`] as JSON; asked every other second.
    pub status: String,
    /// Where *Avbryt* posts to.
    pub cancel: String,
}

/// Which BankID.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum BankIdKind {
    /// *BankID på kort*, in the reader of this computer.
    OnCard {
        /// Starts the BankID program on this device: `bankid:///?autostarttoken=…`.
        start: String,
    },
    /// *Mobilt BankID*.
    Mobile {
        /// Starts the app on this device: `https://app.bankid.com/?autostarttoken=…`.
        start: String,
        /// Answers the QR code of the moment as an SVG; asked every second.
        qr: String,
    },
}

/// How far the attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BankIdProgress {
    /// The app has not been started: the QR code is shown.
    Waiting,
    /// The app has been started: nothing to scan.
    Started,
    /// It is over, either way; `next` tells where to go.
    Ended,
}

/// What the status address answers to the page's script.
#[derive(Clone, Debug, Serialize)]
pub struct BankIdStatus {
    /// How far it has come.
    pub state: BankIdProgress,
    /// What to do now.
    pub message: String,
    /// Where to go when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl View for BankIdWait {
    const TEMPLATE: &'static str = "bankid";

    fn title(&self) -> &'static str {
        match self.purpose {
            Purpose::SignIn => "bankid-title-sign-in",
            Purpose::Sign { .. } => "bankid-title-sign",
        }
    }

    fn place(&self) -> Place {
        self.purpose.place()
    }

    fn help(&self) -> Section {
        self.purpose.help()
    }
}

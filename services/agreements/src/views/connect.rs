//! *Anslut*, step 1: choose kinds.

use super::{FieldFault, Place, Section, View};
use bevaka_domain::agreement::HeldThrough;
use serde::Serialize;

/// The page where the kinds are chosen. Its form is `POST` [`crate::paths::CONNECT`]: `kind` once for each chosen
/// kind, and for a sole trader `channel` (`private`, `corporate`).
#[derive(Clone, Debug, Serialize)]
pub struct ChooseKinds {
    /// The company's name.
    pub company: String,
    /// The kinds of the catalogue.
    pub kinds: Vec<KindChoice>,
    /// Only a sole trader is asked for the channel (R5).
    pub channel: Option<SoleTraderChannel>,
    /// What is wrong with the choice.
    #[serde(skip)]
    pub faults: Vec<ConnectFault>,
}

/// A kind to choose.
#[derive(Clone, Debug, Serialize)]
pub struct KindChoice {
    /// The value of `kind`, such as `payment.rejected`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// The channel that a sole trader chooses.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct SoleTraderChannel {
    /// What has been chosen.
    pub chosen: Option<HeldThrough>,
}

/// What is wrong with the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectFault {
    /// No kind (R8).
    NothingChosen,
    /// A sole trader has not chosen the channel (R5).
    ChannelMissing,
}

impl View for ChooseKinds {
    const TEMPLATE: &'static str = "connect";

    fn title(&self) -> &'static str {
        "connect-title"
    }

    fn place(&self) -> Place {
        Place::Agreement
    }

    fn help(&self) -> Section {
        Section::Connect
    }

    fn faults(&self) -> Vec<FieldFault> {
        let fault = |fault: &ConnectFault| match fault {
            ConnectFault::NothingChosen => FieldFault::new("kinds", "connect-nothing-chosen"),
            ConnectFault::ChannelMissing => FieldFault::new("channel", "connect-channel-missing"),
        };
        self.faults.iter().map(fault).collect()
    }
}

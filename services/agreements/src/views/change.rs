//! *Ändra avtalet*, step 1: choose kinds. What it means for people is shown by the order, before it is signed.

use super::{FieldFault, Message, Place, Section, View};
use bevaka_web::layout::Tone;
use serde::Serialize;

/// The page where the scope is changed. Its form is `POST` [`crate::paths::CHANGE`]: `kind` once for each chosen
/// kind, and `version`, the version of the agreement that was shown.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeScope {
    /// The version that is changed.
    pub version: u32,
    /// The kinds of the catalogue.
    pub kinds: Vec<KindRow>,
    /// What is wrong with the choice.
    #[serde(skip)]
    pub fault: Option<ChangeFault>,
}

/// A kind, now and as chosen.
#[derive(Clone, Debug, Serialize)]
pub struct KindRow {
    /// The value of `kind`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Whether it is in scope now.
    pub now: bool,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// What is wrong with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeFault {
    /// No kind is left; the agreement has to be ended instead.
    NothingChosen,
    /// The scope would stay as it is.
    NothingChanged,
    /// Somebody has changed the agreement since it was shown; the page shows it as it is now.
    ChangedMeanwhile,
}

impl View for ChangeScope {
    const TEMPLATE: &'static str = "change";

    fn title(&self) -> &'static str {
        "change-title"
    }

    fn place(&self) -> Place {
        Place::Agreement
    }

    fn help(&self) -> Section {
        Section::Change
    }

    fn notice(&self) -> Option<Message> {
        (self.fault == Some(ChangeFault::ChangedMeanwhile))
            .then(|| Message::new(Tone::Warning, "change-meanwhile"))
    }

    fn faults(&self) -> Vec<FieldFault> {
        let key = match self.fault {
            Some(ChangeFault::NothingChosen) => "change-nothing-chosen",
            Some(ChangeFault::NothingChanged) => "change-nothing-changed",
            Some(ChangeFault::ChangedMeanwhile) | None => return Vec::new(),
        };
        vec![FieldFault::new("kinds", key)]
    }
}

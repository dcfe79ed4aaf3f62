//! *Avsluta avtalet*, in two steps and without a signature (R16).

use super::{Place, Section, View, parts::Effect};
use bevaka_domain::clock::Timestamp;
use serde::Serialize;

/// What ends, for whom, from when; then the same question again. The first step leads to
/// [`crate::paths::END_CONFIRM`], whose form is a `POST` there with `version`, the version that was shown.
#[derive(Clone, Debug, Serialize)]
pub struct EndAgreement {
    /// Which step.
    pub step: EndStep,
    /// The company's name.
    pub company: String,
    /// The version that ends.
    pub version: u32,
    /// What it means for people; `removed` holds the whole scope.
    pub effect: Effect,
}

/// Which of the two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndStep {
    /// What it means.
    Explain,
    /// The second *Avsluta*.
    Confirm,
}

impl View for EndAgreement {
    const TEMPLATE: &'static str = "end";

    fn title(&self) -> &'static str {
        match self.step {
            EndStep::Explain => "end-title",
            EndStep::Confirm => "end-title-confirm",
        }
    }

    fn place(&self) -> Place {
        Place::Agreement
    }

    fn help(&self) -> Section {
        Section::End
    }
}

/// The confirmation after the agreement has ended.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    /// The company's name.
    pub company: String,
    /// Since when nothing is sent (R17).
    pub at: Timestamp,
    /// Who ended it.
    pub by: String,
}

impl View for Ended {
    const TEMPLATE: &'static str = "ended";

    fn title(&self) -> &'static str {
        "ended-title"
    }

    fn place(&self) -> Place {
        Place::Agreement
    }

    fn help(&self) -> Section {
        Section::End
    }
}

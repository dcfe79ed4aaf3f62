//! *Hjälp*: four sections, each linked from its pages (R43).

use super::{Place, Section, View};
use serde::Serialize;

/// The help page.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Help {}

impl View for Help {
    const TEMPLATE: &'static str = "help";

    fn title(&self) -> &'static str {
        "help-title"
    }

    fn place(&self) -> Place {
        Place::Help
    }

    fn help(&self) -> Section {
        Section::Connect
    }
}

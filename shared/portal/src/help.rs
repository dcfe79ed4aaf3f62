//! The sections of *Hjälp*, each linked from its pages (R43).

use crate::paths;
use bevaka_web::page::HelpSection;

/// Connect.
pub const CONNECT: HelpSection = HelpSection { id: "anslut", link: "help-link-connect" };
/// View or change my watches.
pub const WATCHES: HelpSection = HelpSection { id: "mina-bevakningar", link: "help-link-watches" };
/// Change the agreement.
pub const CHANGE: HelpSection = HelpSection { id: "andra-avtal", link: "help-link-change" };
/// End the agreement.
pub const END: HelpSection = HelpSection { id: "avsluta-avtal", link: "help-link-end" };

/// All sections in their order.
pub const ALL: [HelpSection; 4] = [CONNECT, WATCHES, CHANGE, END];

/// A section's address.
pub fn href(section: HelpSection) -> String {
    format!("{}#{}", paths::HELP, section.id)
}

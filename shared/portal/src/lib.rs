//! What the customers' pages of every service share: who is signed in, for which company, and the frame around the page.
//!
//! A service implements [`Site`] for its state, adds [`texts`] to its pages, and takes [`Guest`], [`UserSession`] or
//! [`CompanySession`] as the first argument of a handler; its API lets requests through [`bearer::authenticate`]. So people sign
//! in once, with the agreements service, and meet one product, whichever process serves a page.

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod bearer;
pub mod company;
pub mod company_session;
pub mod error;
pub mod frame;
pub mod guest;
pub mod help;
pub mod nav;
pub mod openapi;
pub mod paths;
pub mod refusal;
pub mod session;
pub mod user_session;

pub use company::{Caller, Company};
pub use company_session::CompanySession;
pub use error::Error;
pub use frame::{AgreementLink, CustomerFrame, Member, Viewer, Watching};
pub use guest::Guest;
pub use refusal::{Act, Refused};
pub use user_session::UserSession;

use bevaka_chassis::process::Chassis;
use bevaka_domain::clock::Timestamp;
use bevaka_web::{
    pages::Pages,
    translations::{Translations, TranslationsError},
};

/// The state of a service that has pages for customers.
pub trait Site: Clone + Send + Sync + 'static {
    /// Database, clock, chance, settings.
    fn chassis(&self) -> &Chassis;

    /// Templates and texts, among them [`texts`].
    fn pages(&self) -> &Pages;

    /// Whether a route only takes forms, so that nothing may link to its address: the same page in the other language is
    /// then the start page.
    fn takes_forms_only(_route: &str) -> bool {
        false
    }

    /// Now, as the service's clock has it.
    fn now(&self) -> Timestamp {
        self.chassis().clock.now()
    }
}

/// The texts of navigation, refusals and links to the help page; every service adds them to its pages.
///
/// # Errors
/// [`TranslationsError`] if the catalogues do not hold the same texts, which a test rules out.
pub fn texts() -> Result<Translations, TranslationsError> {
    Translations::parse(include_str!("../translations/sv.toml"), include_str!("../translations/en.toml"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_texts_are_in_both_languages() {
        assert!(super::texts().is_ok());
    }
}

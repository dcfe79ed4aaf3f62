//! Sample data for every page in every state.

mod agreement;
mod signing;
pub mod stage;
mod users;

use bevaka_domain::language::Language;
use bevaka_portal::{CustomerFrame, Viewer};
use bevaka_web::page::{PageFrame, View};
use std::sync::LazyLock;

/// A page in one state.
pub struct Shown {
    /// The page and its state.
    pub name: String,
    pub language: Language,
    pub html: String,
}

/// Collects the states of one language.
pub struct Book {
    frame: CustomerFrame,
    pub shown: Vec<Shown>,
}

impl Book {
    pub fn language(&self) -> Language {
        self.frame.language
    }

    /// A page of a person who is signed in for a company.
    pub fn page(&mut self, name: &str, view: &impl View) {
        self.page_for(name, stage::member(), view);
    }

    pub fn page_for(&mut self, name: &str, viewer: Viewer, view: &impl View) {
        let frame: &dyn PageFrame = &CustomerFrame { viewer, ..self.frame.clone() };
        let html = frame.page(view).unwrap_or_else(|fault| panic!("{name}: {fault}")).0;
        self.shown.push(Shown { name: name.to_owned(), language: frame.language(), html });
    }
}

/// Every page in every state, in both languages.
pub fn everything() -> &'static [Shown] {
    static EVERYTHING: LazyLock<Vec<Shown>> =
        LazyLock::new(|| Language::ALL.into_iter().flat_map(written_in).collect());
    &EVERYTHING
}

/// Every page in every state.
pub fn in_language(language: Language) -> impl Iterator<Item = &'static Shown> {
    everything().iter().filter(move |shown| shown.language == language)
}

fn written_in(language: Language) -> Vec<Shown> {
    let pages = bevaka_agreements::pages::pages().unwrap();
    let frame = CustomerFrame { pages, language, here: stage::here(), viewer: Viewer::Guest };
    let mut book = Book { frame, shown: Vec::new() };
    signing::write(&mut book);
    agreement::write(&mut book);
    users::write(&mut book);
    book.shown
}

//! What all pages share: layout, assets, translations, problem answers.
//!
//! A service embeds its templates, assets and catalogues, hands them to [`pages::PagesBuilder`] and renders with
//! [`pages::Pages`]. The process that serves them wraps its router in [`serve::finish`] once.

pub mod assets;
pub mod body;
pub mod extract;
pub mod language;
pub mod layout;
pub mod list;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod serve;
pub mod translations;

mod check;
mod figures;
mod helpers;

//! One kit for all pages and all APIs: layout, assets, translations, sessions' frames, refusals, extractors, documents.
//!
//! A service embeds its templates, assets and catalogues, hands them to [`pages::PagesBuilder`] and renders with
//! [`pages::Pages`]. The process that serves them wraps its router in [`serve::finish`] once.

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod accept_language;
pub mod assets;
pub mod body;
pub mod cookies;
pub mod extract;
pub mod form;
pub mod language;
pub mod layout;
pub mod list;
pub mod local_path;
pub mod openapi;
pub mod page;
pub mod page_error;
pub mod pages;
pub mod problem;
pub mod serve;
pub mod translations;

mod check;
mod figures;
mod helpers;

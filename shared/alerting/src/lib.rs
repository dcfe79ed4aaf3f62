//! From a message to words: whether it is an event ([`accept`]), who is told of it and why the others are not ([`decide`]),
//! and what an alert says ([`Texts`]). The dispatcher does so with what comes by the bus, the operators' console with what
//! somebody wants to know.

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod accept;
pub mod decide;
mod texts;

pub use texts::{Message, Texts, Told};

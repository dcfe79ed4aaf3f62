//! BankID as a relying party sees it, version 6.0 of its API.
//!
//! An order is started by [`RelyingParty::auth`] or [`RelyingParty::sign`], and collected every two seconds until it has
//! failed or is complete; after that never again.

mod client;
mod completion;
mod error;
mod hint;
mod message;
mod method;
mod qr;
mod request;

pub use client::{Collected, Config, ConfigError, RelyingParty, Started};
pub use completion::{Completion, Device, InvalidCompletion, User};
pub use error::{BankIdError, ErrorCode};
pub use hint::{Hint, Unknown};
pub use message::{Message, TEXTS, Way};
pub use method::Method;
pub use qr::qr;
pub use request::{Request, RequestFault};

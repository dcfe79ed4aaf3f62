//! BankID as a relying party sees it, version 6.0 of its API.

mod completion;
mod method;

pub use completion::{Completion, Device, InvalidCompletion, User};
pub use method::Method;

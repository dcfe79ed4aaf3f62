//! The agreements API: everything that the pages do, for programs.

mod agreement;
mod attempt;
mod company;
mod idempotency;
mod kinds;
mod methods;
mod orders;
mod problems;
mod routes;
mod session;
mod sign_in;
mod signatures;
mod signing;
mod users;

pub use routes::{openapi, router};

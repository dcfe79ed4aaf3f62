//! Proving who one is, for signing in and for signing.
//!
//! An [`attempt::Attempt`] is stored before BankID is asked and carries what it is for, so that whichever process finds
//! BankID's answer can finish it: the browser only looks on. [`bankid`] and [`token`] begin attempts and bring them to
//! their end, [`collector`] looks after those that BankID has, [`session`] is who is signed in.

pub mod attempt;
pub mod bankid;
pub mod collector;
pub mod methods;
pub(crate) mod rate_limit;
pub mod session;
pub mod token;

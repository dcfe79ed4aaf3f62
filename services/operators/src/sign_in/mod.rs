//! How the bank's own people sign in: by the bank's `OpenID` provider, apart from customers (`OpenID` Connect Core 1.0,
//! the authorisation code with PKCE).
//!
//! [`provider`] talks to it and believes only tokens that it signed for us; [`claims`] reads from them who somebody is;
//! [`ticket`] is what a browser keeps for us meanwhile; [`session`] begins and ends what follows.

mod claims;
mod provider;
pub(crate) mod session;
mod ticket;

pub(crate) use claims::{Unusable, operator};
pub(crate) use provider::{Fault, Provider};
pub(crate) use ticket::{LIFETIME, Ticket};

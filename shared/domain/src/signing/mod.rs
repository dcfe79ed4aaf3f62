//! Who may sign for a company, and what happens to an order until all who must have signed it.
//!
//! [`authority`] answers whether these persons together may bind the company; [`order`] is the life of what is
//! signed; [`refusal`] is why something may not be done.

pub mod authority;
pub mod order;
pub mod refusal;

pub use authority::{Authority, Clause, Evaluation, Extent, Mandate, Rule, Seat, Selector, Signer};
pub use order::{
    Content, Method, Order, OrderKind, OrderState, OrderStateName, Overtaken, Signature, Signed,
};
pub use refusal::Refusal;

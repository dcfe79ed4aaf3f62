//! What can be done with watches and contact points: each command begins a transaction, asks who is let in, checks,
//! saves, and appends to outbox and trail before it commits.

pub mod contacts;
pub mod review;
pub mod save;
pub mod switch;
pub mod test;

mod limits;

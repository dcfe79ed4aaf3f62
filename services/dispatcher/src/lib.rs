//! From an event on the bus to an alert in somebody's hand.
//!
//! The way of an event, in the order in which it happens: [`intake`] reads it from the bus and checks it,
//! [`decide`](bevaka_alerting::decide) finds who hears of it and why the others do not, [`record`] makes event, decisions and alerts durable
//! in one transaction, [`deliver`] sends what [`handoff`] gives it, and [`outcomes`] writes down what came of it.
//! [`sweep`] brings back what waits, and what a process that died has left.

pub mod deliver;
pub mod handoff;
pub mod intake;
pub mod outcomes;
pub mod pauses;
pub mod record;
pub mod reports;
pub mod sweep;

mod dead_letters;
mod dispatcher;
mod figures;
mod gather;
mod readdress;

pub use dispatcher::Dispatcher;

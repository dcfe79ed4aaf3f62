//! From an event on the bus to an alert in somebody's hand.
//!
//! The way of an event, in the order in which it happens: [`intake`] reads it from the bus and checks it,
//! [`decide`] finds who hears of it and why the others do not, [`record`] makes event, decisions and alerts durable
//! in one transaction, [`deliver`] sends what [`handoff`] gives it, and [`outcomes`] writes down what came of it.
//! [`sweep`] brings back what waits, and what a process that died has left.
//!
//! Beside it stands what operators use: [`api`] for programs and [`pages`] for people. Both call the same commands, which
//! change something, and queries, which do not.

pub mod api;
mod app;
pub mod channels;
pub mod decide;
pub mod deliver;
pub mod handoff;
pub mod intake;
pub mod outcomes;
pub mod record;
pub mod reports;
pub mod sweep;
pub mod texts;

mod commands;
mod couriers;
mod dead_letters;
mod dispatcher;
mod figures;
mod gather;
pub mod pages;
pub mod pauses;
mod queries;
mod readdress;
mod shown;
mod sign_in;

pub use app::App;
pub use dispatcher::Dispatcher;

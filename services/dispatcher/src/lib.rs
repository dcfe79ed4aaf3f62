//! From an event on the bus to an alert in somebody's hand.

pub mod channels;

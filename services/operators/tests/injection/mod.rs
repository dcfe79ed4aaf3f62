//! Operators put events on the bus, and above a number of recipients a second one approves (R37).

mod approving;
mod client;
mod limits;
mod pages;
mod publishing;
mod repeating;

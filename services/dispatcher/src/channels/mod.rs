//! The ways out: a mail server and an SMS gateway. Each answers an attempt with an
//! [`Outcome`](bevaka_domain::delivery::Outcome); none of them decides what follows from it.

pub mod gateway;
pub mod mail;
pub mod smtp;

//! One attempt to send, one outcome: SMS by a gateway over HTTP, e-mail by a mail server over SMTP.
//!
//! Each answers an attempt with an [`Outcome`](bevaka_domain::delivery::Outcome); none of them decides what follows from it.

#![warn(missing_docs, clippy::missing_errors_doc)]

mod courier;
pub mod gateway;
pub mod mail;
pub mod smtp;

pub use courier::{Alert, Courier, MailCourier, Sending, SmsCourier};

//! What the tests of several crates need: private instances of the real servers, and the rules that every page keeps.
//!
//! Each server listens on free ports of 127.0.0.1, keeps its files in a temporary directory and is stopped when
//! its value is dropped, or by a guard process when the test itself is killed. What is not installed is
//! installed by the system's package manager, see [`install`].

pub mod axe;
mod databases;
pub mod html;
pub mod install;
mod kannel;
mod openid;
pub mod pages;
pub mod ports;
mod postgres;
pub mod process;
pub mod python;
mod rabbitmq;
pub mod schemathesis;
mod smtp;

pub use databases::{POSTGRES_URL, RABBITMQ_API_URL, RABBITMQ_URL, postgres_database, rabbitmq_vhost};
pub use kannel::{FakeSms, Kannel, KannelOptions};
pub use openid::OpenIdProvider;
pub use postgres::Postgres;
pub use rabbitmq::RabbitMq;
pub use smtp::{Mail, SmtpAuth, SmtpBehaviour, SmtpSink, SmtpSinkOptions};

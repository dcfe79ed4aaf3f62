//! What callers rely on, the same on every bus: each check is written once and run over a table of SQLite, over a
//! table of PostgreSQL and over RabbitMQ.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a check that cannot go on fails")]

mod amqp;
mod ground;
mod promises;
mod proxy;
mod table;

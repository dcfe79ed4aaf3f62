//! The message bus, over RabbitMQ or a table of the same database.

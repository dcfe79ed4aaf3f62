//! The SQL of Bevaka, one text for PostgreSQL and SQLite.

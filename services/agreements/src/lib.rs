//! Organisations, users, permissions, agreements.

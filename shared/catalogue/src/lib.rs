//! The event kinds of the bank, read from files.

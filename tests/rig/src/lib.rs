//! Private instances of the real servers that the tests need.

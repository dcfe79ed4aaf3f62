//! Every page in every state and both languages, from sample data: whether it is sound, and as files for the eye.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a check that cannot go on fails")]

mod gallery;
mod rules;
mod samples;

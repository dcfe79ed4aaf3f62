//! The benchmark, with its ceiling program.

fn main() {}

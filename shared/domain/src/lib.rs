//! The rules of Bevaka as pure functions over plain values.

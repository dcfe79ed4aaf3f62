//! What operators ask. Nothing here changes anything.

pub mod channels;
pub(crate) mod dead_letters;
pub(crate) mod deliveries;
pub mod explain;
pub mod injectable;
pub mod injections;
pub mod now;
pub(crate) mod search;
pub mod timeline;
pub(crate) mod trail;

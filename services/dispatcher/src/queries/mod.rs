//! What operators ask. Nothing here changes anything.

pub mod explain;
pub mod timeline;

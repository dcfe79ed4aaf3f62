//! What operators ask. Nothing here changes anything.

pub mod channels;
pub mod explain;
pub mod now;
pub mod timeline;

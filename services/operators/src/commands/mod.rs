//! What operators do. Each command is one transaction, whose last act is the entry in the trail (R41).

pub mod approve;
pub mod channels;
pub(crate) mod dead_letters;
pub(crate) mod deliveries;
pub mod expire;
pub mod export_trail;
pub mod inject;
pub mod read_content;
pub mod reject;
pub mod send_again;

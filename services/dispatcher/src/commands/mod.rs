//! What operators do. Each command is one transaction, whose last act is the entry in the trail (R41).

pub mod channels;
pub mod read_content;
pub mod send_again;

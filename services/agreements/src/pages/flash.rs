//! What has just been done, for the next page to say once.

use bevaka_domain::ids::{OrderId, UserId};
use bevaka_web::cookies::Flash;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Done {
    /// An order (R11).
    Signed(OrderId),
    /// An order was taken back.
    Cancelled,
    /// The agreement was ended (R16).
    Ended,
    /// *Hantera Bevaka ärenden*.
    Granted(UserId),
    Withdrawn(UserId),
    Blocked(UserId),
    Unblocked(UserId),
}

impl Flash for Done {
    const NAME: &'static str = "agreements";
}

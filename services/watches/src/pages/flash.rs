//! What has just been done, for the next page to say.

use bevaka_domain::{clock::Timestamp, event::Kind, ids::ContactId};
use bevaka_web::cookies::Flash;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Done {
    /// The watches were saved (R25).
    Saved,
    /// A watch was switched on again.
    SwitchedOn(Kind),
    /// A test is on its way.
    TestSent(ContactId),
    /// No test was sent; the next one can be from then on.
    TooManyTests(Timestamp),
    /// A code is on its way (R28).
    CodeSent(ContactId),
    /// No code was sent; the next one can be from then on.
    TooManyCodes(ContactId, Timestamp),
    Confirmed(ContactId),
    /// A contact point was confirmed, and has replaced another.
    Replaced(ContactId),
    Removed,
    /// What the company watches was confirmed.
    Reviewed,
}

impl Flash for Done {
    const NAME: &'static str = "watches";
}

//! What the process ends with.

use crate::client::ServiceError;

/// For the help of the whole command.
pub(crate) const CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the input was refused or nothing is there, 4 not settled in time, 5 the trail is
broken, 6 not allowed: the token is missing or lacks the role, 7 waits for another operator's approval, 8 no service answers.
Those of verify-evidence stand in its own help.";

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All that was asked is done.
    Done,
    /// It failed, for none of the reasons below.
    Failed,
    /// The input was refused, or there is no such thing, and it was said why.
    Refused,
    /// What was waited for did not happen in time.
    Unsettled,
    /// The trail was altered.
    Broken,
    /// No token that counts, or none with the role.
    NotAllowed,
    /// Nothing happens before another operator approves it.
    Waits,
    /// The service does not answer.
    Away,
    /// An evidence document does not prove what it says.
    Refuted,
    /// An evidence document, or the profile to check it by, cannot be read.
    Unreadable,
    /// An evidence document says what the bank recorded, which is no proof.
    Recorded,
}

impl Ended {
    /// The exit code. `verify-evidence` has its own meanings, for scripts that ask about many documents.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed | Self::Refuted => 1,
            Self::Unreadable => 2,
            Self::Refused | Self::Recorded => 3,
            Self::Unsettled => 4,
            Self::Broken => 5,
            Self::NotAllowed => 6,
            Self::Waits => 7,
            Self::Away => 8,
        }
    }

    /// What an error means for the process.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<ServiceError>() {
            Some(error) => error.ended(),
            None => Self::Failed,
        }
    }
}

//! Why a command about agreements is refused.

use serde::{Deserialize, Serialize};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        /// Why something may not be done. Each has a page and a problem answer of its own (R46).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
        #[serde(rename_all = "snake_case")]
        pub enum Refusal {
            $($(#[$doc])* #[error($code)] $name,)+
        }

        impl Refusal {
            /// Every refusal.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code in the API and in the keys of texts.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

refusals! {
    /// The person has no mandate to sign for the company (R1, R2, R3).
    NoMandate = "no_mandate",
    /// No kind was chosen (R8).
    NothingChosen = "nothing_chosen",
    /// A chosen kind is not in the catalogue (R7).
    UnknownKind = "unknown_kind",
    /// A sole trader must choose the internet bank that holds the agreement (R5).
    ChannelMissing = "channel_missing",
    /// Only sole traders choose the internet bank that holds the agreement (R5).
    ChannelNotAsked = "channel_not_asked",
    /// The agreement is held through the other internet bank (R6).
    OtherChannel = "other_channel",
    /// The company has an agreement in force already.
    AlreadyConnected = "already_connected",
    /// The company has no agreement in force.
    NotConnected = "not_connected",
    /// The choice is what is in force already (R14).
    NoChange = "no_change",
    /// The agreement was changed by someone else meanwhile (R14).
    ChangedMeanwhile = "changed_meanwhile",
    /// The same person has signed the order already (R13).
    AlreadySigned = "already_signed",
    /// The order is completed, taken back, refused or expired.
    OrderOver = "order_over",
    /// The order was not signed within 30 days (R13).
    OrderExpired = "order_expired",
    /// Only whoever placed an order takes it back.
    NotYours = "not_yours",
    /// The person is no permission administrator (R21).
    NotAdministrator = "not_administrator",
    /// Nobody changes their own permissions (R21).
    OwnPermissions = "own_permissions",
    /// An unrestricted user needs no permission (R19).
    NotNeeded = "not_needed",
    /// The user is denied or expired; only a new order brings them back (R23).
    NotActive = "not_active",
    /// A user with that reference is there already.
    UserExists = "user_exists",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_the_same_in_json() {
        let codes: std::collections::BTreeSet<_> =
            Refusal::ALL.iter().map(|refusal| refusal.as_str()).collect();
        assert_eq!(codes.len(), Refusal::ALL.len());
        for refusal in Refusal::ALL {
            assert_eq!(serde_json::to_value(refusal).unwrap(), refusal.as_str());
        }
    }
}

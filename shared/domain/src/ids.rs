//! Identifiers as types of their own, so that a user's id is never taken for a company's.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A company that is, was or may become a customer of the service.
    OrganisationId
    /// One person's access to one company.
    UserId
    /// One agreement of one company, through all its versions.
    AgreementId
    /// A natural person, whichever companies they act for.
    PersonId
    /// One order to be signed: to connect, to change, to add or to remove a user.
    OrderId
    /// One signature on an order.
    SignatureId
    /// One try to prove an identity, for signing in or for signing.
    AttemptId
    /// One user's choice about one event kind.
    WatchId
    /// A mobile number or an e-mail address of one user.
    ContactId
    /// An accepted event. Not the publisher's id: that one is only unique together with its source.
    EventId
    /// One alert to one contact point. Also the idempotency key of every attempt (R32).
    DeliveryId
    /// Several gathered alerts to one contact point that leave as one message. Also the idempotency key of every
    /// attempt (R32).
    ParcelId
}

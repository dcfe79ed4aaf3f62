//! An order: what is to be signed, by whom it has been, and how it ended (R1–R15).

use super::{
    authority::{Authority, Evaluation},
    refusal::Refusal,
};
use crate::{
    agreement::{Agreement, HeldThrough, Scope},
    clock::Timestamp,
    ids::{AgreementId, OrderId, OrganisationId, PersonId, SignatureId, UserId},
    user::Access,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};

/// How long an order waits for its signatures (R13).
pub const LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What takes effect when all have signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum_discriminants(
    name(OrderKind),
    doc = "The kind of a [`Content`].",
    derive(Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case"),
    cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(description = "What takes effect."))
)]
pub enum Content {
    /// The company connects (R8).
    Connect {
        /// The kinds in scope.
        scope: Scope,
        /// Through which internet bank (R5).
        held_through: HeldThrough,
    },
    /// The scope changes (R14).
    Change {
        /// Of which agreement.
        agreement: AgreementId,
        /// The version that was in force when the order was placed.
        from_version: u32,
        /// The kinds in scope afterwards.
        scope: Scope,
    },
    /// A user joins the company.
    AddUser {
        /// The user they become when all have signed.
        user: UserId,
        /// Who.
        person: PersonId,
        /// Their name, as the signed text has it.
        name: String,
        /// Their personal number, masked, as the signed text has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number_masked: Option<String>,
        /// Unrestricted or restricted.
        access: Access,
    },
    /// A user leaves the company.
    RemoveUser {
        /// Whose access ends.
        user: UserId,
        /// Their name, as the signed text has it.
        name: String,
        /// Their personal number, masked, as the signed text has it, if it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number_masked: Option<String>,
    },
}

/// With what an order was signed (R9).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AuthMethod))]
pub enum Method {
    /// *BankID på kort*.
    OnCard,
    /// *Mobilt BankID*.
    Mobile,
    /// *Säkerhetsdosa*.
    Token,
}

/// One person's signature on an order. Its evidence is stored beside it, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Our id.
    pub id: SignatureId,
    /// The user who signed.
    pub user: UserId,
    /// The person behind the user; two signatures are of two persons (R13).
    pub person: PersonId,
    /// With what.
    pub method: Method,
    /// When.
    pub at: Timestamp,
}

/// Why an order that was signed has no effect.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Overtaken {
    /// A signer's mandate was gone when the last signature came (R4).
    MandateRevoked,
    /// The agreement is no longer what the order was about.
    AgreementChanged,
    /// The user whom the order names is no longer there, or is already.
    UserChanged,
}

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "state", rename_all = "snake_case")]
#[strum_discriminants(
    name(OrderStateName),
    doc = "The name of an [`OrderState`].",
    derive(Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case"),
    cfg_attr(
        feature = "schema",
        derive(utoipa::ToSchema),
        schema(as = OrderState, description = "How far an order has come.")
    )
)]
pub enum OrderState {
    /// Waits for signatures.
    Open,
    /// All have signed; it took effect.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// Whoever placed it has taken it back.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// Not signed within [`LIFETIME`].
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Signed, but without effect.
    Refused {
        /// Why.
        why: Overtaken,
        /// When.
        at: Timestamp,
    },
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Our id; the receipt's number too.
    pub id: OrderId,
    /// The company.
    pub organisation: OrganisationId,
    /// What takes effect.
    pub content: Content,
    /// The text that is signed, byte for byte (R10).
    pub text: String,
    /// Who placed it.
    pub placed_by: UserId,
    /// When.
    pub placed_at: Timestamp,
    /// How far it has come.
    pub state: OrderState,
    /// In the order they came.
    pub signatures: Vec<Signature>,
}

/// What a signature did to its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Others have to sign too.
    Waits(Order),
    /// All have signed: the content takes effect in the same transaction.
    Completed(Order),
    /// Nothing takes effect, now or later.
    Refused(Order),
}

impl Signed {
    /// The order as it stands afterwards.
    pub const fn order(&self) -> &Order {
        match self {
            Self::Waits(order) | Self::Completed(order) | Self::Refused(order) => order,
        }
    }
}

impl Order {
    /// When it expires (R13).
    pub fn expires_at(&self) -> Timestamp {
        self.placed_at.plus(LIFETIME)
    }

    /// Whether a person may begin to sign it now.
    ///
    /// # Errors
    /// The reason why not.
    pub fn may_be_signed(
        &self,
        person: PersonId,
        authority: &Authority,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.state != OrderState::Open {
            return Err(Refusal::OrderOver);
        }
        if now >= self.expires_at() {
            return Err(Refusal::OrderExpired);
        }
        if self.signatures.iter().any(|signature| signature.person == person) {
            return Err(Refusal::AlreadySigned);
        }
        if authority.may_sign(person, now) { Ok(()) } else { Err(Refusal::NoMandate) }
    }

    /// Adds a signature whose evidence has been verified. The authority of every signer is asked for again, as of now
    /// (R4), and `agreement` is what is in force now: what has become of them meanwhile refuses the order for good.
    ///
    /// # Errors
    /// Why the signature does not count and the order stays as it is.
    pub fn sign(
        mut self,
        signature: Signature,
        authority: &Authority,
        agreement: Option<&Agreement>,
        now: Timestamp,
    ) -> Result<Signed, Refusal> {
        match self.may_be_signed(signature.person, authority, now) {
            // The mandate was there when the signing began.
            Ok(()) | Err(Refusal::NoMandate) => {}
            Err(refusal) => return Err(refusal),
        }
        self.signatures.push(signature);
        let persons: BTreeSet<_> = self.signatures.iter().map(|signature| signature.person).collect();
        if !persons.iter().all(|person| authority.may_sign(*person, now)) {
            return Ok(Signed::Refused(self.refused(Overtaken::MandateRevoked, now)));
        }
        if self.content.is_overtaken(agreement) {
            return Ok(Signed::Refused(self.refused(Overtaken::AgreementChanged, now)));
        }
        if authority.evaluate(&persons, now) != Evaluation::Satisfied {
            return Ok(Signed::Waits(self));
        }
        self.state = OrderState::Completed { at: now };
        Ok(Signed::Completed(self))
    }

    /// The order, ended without effect.
    #[must_use]
    pub fn refused(mut self, why: Overtaken, now: Timestamp) -> Self {
        self.state = OrderState::Refused { why, at: now };
        self
    }

    /// Takes it back. An orphan, whose maker is no longer an active user, can be taken back by any signatory: `by` is one.
    ///
    /// # Errors
    /// [`Refusal::NotYours`] for anyone but whoever placed it; [`Refusal::OrderOver`] if it has ended.
    pub fn cancel(mut self, by: UserId, is_orphan: bool, now: Timestamp) -> Result<Self, Refusal> {
        if self.state != OrderState::Open {
            return Err(Refusal::OrderOver);
        }
        if self.placed_by != by && !is_orphan {
            return Err(Refusal::NotYours);
        }
        self.state = OrderState::Cancelled { at: now };
        Ok(self)
    }

    /// Lets it expire if it is time (R13); gives it back unchanged otherwise.
    #[must_use]
    pub fn expire(mut self, now: Timestamp) -> Self {
        if self.state == OrderState::Open && now >= self.expires_at() {
            self.state = OrderState::Expired { at: now };
        }
        self
    }

    /// Whether others than whoever placed it can see it: from the first signature on (R13). Whoever orders about users
    /// may have no mandate, so the signatories see those at once.
    pub fn is_visible_to_all(&self) -> bool {
        !self.signatures.is_empty()
            || matches!(self.content, Content::AddUser { .. } | Content::RemoveUser { .. })
    }
}

impl Content {
    /// Whether it is about the agreement, and not about users.
    pub const fn is_about_agreement(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Change { .. })
    }

    /// Whether the agreement in force is no longer what the order was placed about.
    fn is_overtaken(&self, agreement: Option<&Agreement>) -> bool {
        match self {
            Self::Connect { .. } => agreement.is_some(),
            Self::Change { agreement: of, from_version, .. } => {
                agreement.is_none_or(|now| now.id != *of || now.version != *from_version)
            }
            Self::AddUser { .. } | Self::RemoveUser { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::authority::{Mandate, Signer};
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    fn id<T: From<Uuid>>(n: u128) -> T {
        Uuid::from_u128(n).into()
    }

    fn authority(mandates: &[(u128, Mandate)]) -> Authority {
        let signer = |&(n, mandate): &(u128, Mandate)| Signer {
            person: id(n),
            mandate: Some(mandate),
            roles: BTreeSet::new(),
            groups: BTreeSet::new(),
        };
        Authority { clauses: Vec::new(), signers: mandates.iter().map(signer).collect() }
    }

    fn order() -> Order {
        Order {
            id: id(1),
            organisation: id(2),
            content: Content::Connect { scope: Scope::new(), held_through: HeldThrough::Corporate },
            text: "…".to_owned(),
            placed_by: id(11),
            placed_at: NOW,
            state: OrderState::Open,
            signatures: Vec::new(),
        }
    }

    fn signature(n: u128) -> Signature {
        Signature { id: id(100 + n), user: id(10 + n), person: id(n), method: Method::Mobile, at: NOW }
    }

    const BOTH: [(u128, Mandate); 2] = [(1, Mandate::TwoJointly), (2, Mandate::TwoJointly)];

    #[test]
    fn r13_the_first_of_two_waits_and_the_second_completes() {
        let authority = authority(&BOTH);
        let Ok(Signed::Waits(order)) = order().sign(signature(1), &authority, None, NOW) else {
            panic!("waits")
        };
        assert!(order.is_visible_to_all());
        assert_eq!(order.clone().sign(signature(1), &authority, None, NOW), Err(Refusal::AlreadySigned));
        let done = order.sign(signature(2), &authority, None, NOW).unwrap();
        assert_eq!(done.order().state, OrderState::Completed { at: NOW });
    }

    #[test]
    fn r04_a_mandate_revoked_between_the_signatures_refuses_the_order() {
        let Ok(Signed::Waits(order)) = order().sign(signature(1), &authority(&BOTH), None, NOW) else {
            panic!("waits")
        };
        let after = authority(&[(2, Mandate::Alone)]);
        let refused = order.sign(signature(2), &after, None, NOW).unwrap();
        assert_eq!(refused.order().state, OrderState::Refused { why: Overtaken::MandateRevoked, at: NOW });
    }

    #[test]
    fn r04_a_mandate_revoked_while_signing_refuses_the_order() {
        let refused = order().sign(signature(1), &authority(&[]), None, NOW).unwrap();
        assert!(matches!(refused, Signed::Refused(_)));
        assert_eq!(order().may_be_signed(id(1), &authority(&[]), NOW), Err(Refusal::NoMandate));
    }

    #[test]
    fn r13_after_thirty_days_an_order_cannot_be_signed() {
        let (authority, late) = (authority(&[(1, Mandate::Alone)]), NOW.plus(LIFETIME));
        assert_eq!(order().sign(signature(1), &authority, None, late), Err(Refusal::OrderExpired));
        assert_eq!(order().expire(late).state, OrderState::Expired { at: late });
        let just = Timestamp::from_micros(late.as_micros() - 1);
        assert_eq!(order().expire(just).state, OrderState::Open);
    }

    #[test]
    fn r12_an_ended_order_takes_no_signature_and_only_its_maker_takes_it_back() {
        let authority = authority(&[(1, Mandate::Alone)]);
        let done = order().sign(signature(1), &authority, None, NOW).unwrap().order().clone();
        assert_eq!(done.clone().sign(signature(2), &authority, None, NOW), Err(Refusal::OrderOver));
        assert_eq!(done.cancel(id(11), false, NOW), Err(Refusal::OrderOver));
        assert_eq!(order().cancel(id(12), false, NOW), Err(Refusal::NotYours));
        assert!(order().cancel(id(12), true, NOW).is_ok());
        assert_eq!(order().cancel(id(11), false, NOW).unwrap().state, OrderState::Cancelled { at: NOW });
    }

    #[test]
    fn r14_an_order_about_an_agreement_that_changed_meanwhile_is_refused() {
        let agreement = Agreement {
            id: id(5),
            organisation: id(2),
            version: 2,
            scope: Scope::new(),
            held_through: HeldThrough::Corporate,
            state: crate::agreement::AgreementState::Active { since: NOW },
        };
        let authority = authority(&[(1, Mandate::Alone)]);
        let connect = order().sign(signature(1), &authority, Some(&agreement), NOW).unwrap();
        assert_eq!(connect.order().state, OrderState::Refused { why: Overtaken::AgreementChanged, at: NOW });
        let change = |from_version| Order {
            content: Content::Change { agreement: id(5), from_version, scope: Scope::new() },
            ..order()
        };
        let signed = |order: Order| order.sign(signature(1), &authority, Some(&agreement), NOW).unwrap();
        assert!(matches!(signed(change(1)), Signed::Refused(_)));
        assert!(matches!(signed(change(2)), Signed::Completed(_)));
    }
}

//! Orders as the API shows them.

use super::super::described;
use crate::{
    commands::{place::kind_of, receipt},
    company::{Caller, Company, is_orphan},
};
use bevaka_domain::{
    agreement::{HeldThrough, Scope},
    clock::Timestamp,
    ids::{OrderId, SignatureId, UserId},
    signing::{Content, Method, Order, OrderState, Overtaken},
    user::Access,
};
use bevaka_store::{Result as Stored, Tx, people, people::Users};
use serde::Serialize;
use std::iter::once;
use utoipa::ToSchema;

/// An order.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct OrderView {
    /// Our id.
    #[schema(value_type = String, format = Uuid)]
    order: OrderId,
    /// What people refer to it by.
    receipt: String,
    #[schema(schema_with = described::order_kind)]
    kind: &'static str,
    /// The kinds in scope afterwards, where it connects or changes.
    #[schema(value_type = Option<Vec<String>>, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    kinds: Option<Scope>,
    #[schema(schema_with = described::held_through, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    held_through: Option<HeldThrough>,
    /// The version in force when a change was ordered.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    from_version: Option<u32>,
    /// The user who is added or removed.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<NamedUser>,
    #[schema(schema_with = described::access, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<Access>,
    /// Who placed it.
    placed_by: NamedUser,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    /// When it expires unless all have signed.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(schema_with = described::order_state)]
    state: &'static str,
    /// Since when, if it is over.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[schema(schema_with = described::overtaken, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_because: Option<Overtaken>,
    /// Who has signed.
    signatures: Vec<SignatureView>,
    /// Whether the person signed in may sign it now.
    may_sign: bool,
    /// Whether the person signed in may cancel it now.
    may_cancel: bool,
}

/// A user by name.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct NamedUser {
    /// The id.
    #[schema(value_type = String, format = Uuid)]
    user: UserId,
    /// The name.
    name: String,
}

/// A signature.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SignatureView {
    /// Our id, for its evidence.
    #[schema(value_type = String, format = Uuid)]
    signature: SignatureId,
    /// Who signed.
    #[serde(flatten)]
    by: NamedUser,
    #[schema(schema_with = described::method)]
    method: Method,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// The names of all whom an order concerns, also of those who have left.
pub(in crate::api) async fn names(tx: &mut Tx, order: &Order) -> Stored<Users> {
    let signers = order.signatures.iter().map(|signature| signature.user);
    people::users(tx, once(order.placed_by).chain(signers)).await
}

fn named(user: UserId, names: &Users) -> NamedUser {
    NamedUser { user, name: names.get(&user).map(|(_, name)| name.clone()).unwrap_or_default() }
}

/// Who has signed an order.
pub(in crate::api) fn signatures(order: &Order, names: &Users) -> Vec<SignatureView> {
    let view = |signature: &bevaka_domain::signing::Signature| SignatureView {
        signature: signature.id,
        by: named(signature.user, names),
        method: signature.method,
        at: signature.at,
    };
    order.signatures.iter().map(view).collect()
}

impl OrderView {
    /// An order as somebody sees it.
    pub fn new(order: &Order, names: &Users, company: &Company, caller: Caller, now: Timestamp) -> Self {
        let (state, ended_at, refused_because) = match order.state {
            OrderState::Open if now >= order.expires_at() => ("expired", Some(order.expires_at()), None),
            OrderState::Open => ("open", None, None),
            OrderState::Completed { at } => ("completed", Some(at), None),
            OrderState::Cancelled { at } => ("cancelled", Some(at), None),
            OrderState::Expired { at } => ("expired", Some(at), None),
            OrderState::Refused { why, at } => ("refused", Some(at), Some(why)),
        };
        let mut view = Self {
            order: order.id,
            receipt: receipt(order.id),
            kind: kind_of(&order.content),
            kinds: None,
            held_through: None,
            from_version: None,
            user: None,
            access: None,
            placed_by: named(order.placed_by, names),
            placed_at: order.placed_at,
            expires_at: order.expires_at(),
            state,
            ended_at,
            refused_because,
            signatures: signatures(order, names),
            may_sign: order.may_be_signed(caller.person, &company.authority, now).is_ok(),
            may_cancel: order
                .clone()
                .cancel(caller.user, is_orphan(company, order, caller, now), now)
                .is_ok(),
        };
        view.describe(&order.content);
        view
    }

    fn describe(&mut self, content: &Content) {
        match content {
            Content::Connect { scope, held_through } => {
                self.kinds = Some(scope.clone());
                self.held_through = Some(*held_through);
            }
            Content::Change { from_version, scope, .. } => {
                self.kinds = Some(scope.clone());
                self.from_version = Some(*from_version);
            }
            Content::AddUser { user, name, access, .. } => {
                self.user = Some(NamedUser { user: *user, name: name.clone() });
                self.access = Some(*access);
            }
            Content::RemoveUser { user, name, .. } => {
                self.user = Some(NamedUser { user: *user, name: name.clone() });
            }
        }
    }
}

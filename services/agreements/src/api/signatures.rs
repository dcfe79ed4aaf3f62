//! Signatures: who gave them, and what proves one (R10).

use super::problems::{CommonErrors, NotFound};
use crate::{
    App,
    company::{Company, insight},
    fault::Fault,
    numbers,
};
use axum::{extract::State, http::header, response::IntoResponse};
use bevaka_domain::{
    clock::Timestamp,
    ids::{SignatureId, UserId},
    signing::{Method, Order, Signature},
};
use bevaka_portal::Caller;
use bevaka_store::{Result as Stored, Tx, orders, people, people::Users};
use bevaka_web::{extract::Id, problem::Problem};
use serde::Serialize;
use std::iter::once;
use utoipa::ToSchema;

/// A signature.
#[derive(Serialize, ToSchema)]
pub(super) struct SignatureView {
    /// Our id, for its evidence.
    signature: SignatureId,
    /// Who signed.
    #[serde(flatten)]
    by: NamedUser,
    /// With what.
    method: Method,
    /// When.
    at: Timestamp,
}

/// A user by name.
#[derive(Serialize, ToSchema)]
pub(super) struct NamedUser {
    /// The id.
    pub user: UserId,
    /// The name.
    pub name: String,
}

impl NamedUser {
    pub fn new(user: UserId, names: &Users) -> Self {
        Self { user, name: names.get(&user).map(|(_, name)| name.clone()).unwrap_or_default() }
    }
}

/// The names of all whom an order concerns, also of those who have left.
pub(super) async fn names(tx: &mut Tx, order: &Order) -> Stored<Users> {
    let signers = order.signatures.iter().map(|signature| signature.user);
    people::users(tx, once(order.placed_by).chain(signers)).await
}

/// Who has signed an order.
pub(super) fn signatures(order: &Order, names: &Users) -> Vec<SignatureView> {
    let view = |signature: &Signature| SignatureView {
        signature: signature.id,
        by: NamedUser::new(signature.user, names),
        method: signature.method,
        at: signature.at,
    };
    order.signatures.iter().map(view).collect()
}

/// The evidence of one signature, byte for byte as it was stored. It can be verified years later without Bevaka, by
/// `bevaka verify-evidence`. It names the signatory by personal number, so only signatories and permission
/// administrators of the company get it; other users get 403 `no_insight`.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/signatures/{signature}/evidence",
    operation_id = "getEvidence",
    params(("signature" = SignatureId, Path, description = "The signature.")),
    responses(
        (status = OK, description = "The evidence.", body = Object, content_type = "application/json"),
        CommonErrors, NotFound,
    ),
)]
pub(super) async fn get_evidence(
    app: State<App>,
    caller: Caller,
    Id(signature): Id<SignatureId>,
) -> Result<impl IntoResponse, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    let found = orders::evidence(&mut tx, signature).await?;
    let (_, sealed) =
        found.filter(|(organisation, _)| *organisation == caller.organisation).ok_or(Fault::NotFound)?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    insight(&company, caller, app.now())?;
    let evidence = numbers::evidence_of(&app.vault, &sealed).map_err(Fault::from)?;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"bevaka-evidence-{signature}.json\"")),
    ];
    Ok((headers, evidence))
}

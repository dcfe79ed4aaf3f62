//! `GET /signatures/{signature}/evidence`: what proves a signature (R10).

use super::{
    described::{ErrorsOfOurs, Forbidden, NotFound, Unauthorized},
    id,
};
use crate::{
    App,
    company::{Company, insight},
    fault::Fault,
    numbers,
};
use axum::{
    extract::{Path, State},
    http::{HeaderName, header},
    response::IntoResponse,
};
use bevaka_domain::ids::SignatureId;
use bevaka_portal::bearer::Who;
use bevaka_store::orders;
use bevaka_web::problem::Problem;

/// The evidence of one signature, byte for byte as it was stored. It can be verified years later without Bevaka, by
/// `bevaka verify-evidence`. It names the signatory by personal number, so only signatories and permission
/// administrators of the company get it; other users get 403 `no_insight`.
///
/// # Errors
/// 403 `no_insight` for other users; 404 for another company's signature.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/signatures/{signature}/evidence",
    operation_id = "getEvidence",
    params(("signature" = String, Path, format = Uuid, description = "The signature.")),
    responses(
        (status = OK, description = "The evidence.", body = Object, content_type = "application/json"),
        Unauthorized, Forbidden, NotFound, ErrorsOfOurs,
    ),
)]
pub(super) async fn get(
    State(app): State<App>,
    Who(caller): Who,
    Path(signature): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let signature: SignatureId = id(&signature)?;
    let mut tx = app.chassis.db.begin_read().await?;
    let found = orders::evidence(&mut tx, signature).await?;
    let (_, sealed) =
        found.filter(|(organisation, _)| *organisation == caller.organisation).ok_or(Fault::NotFound)?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    insight(&company, caller, app.now())?;
    let evidence = numbers::evidence_of(&app.vault, &sealed).map_err(Fault::from)?;
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"bevaka-evidence-{signature}.json\"")),
    ];
    Ok((headers, evidence))
}

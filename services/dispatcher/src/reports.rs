//! Delivery reports: what the SMS gateway tells later about an alert that it took. Reports repeat and arrive out of
//! order; the state only moves forward.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use bevaka_channels::gateway::{ParsedReport, ReportRefused, SmsGateway};
use bevaka_chassis::process::Chassis;
use bevaka_domain::{
    delivery::{self, Delivery, operated::CANCELLED},
    ids::{DeliveryId, ParcelId},
};
use bevaka_store::{Tx, deliveries};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Clone)]
struct Reports {
    chassis: Chassis,
    gateway: Arc<SmsGateway>,
}

/// `/dispatcher/reports/{gateway}/{key}/{code}`, by GET or POST as the provider likes.
pub fn router(chassis: Chassis, gateway: Arc<SmsGateway>) -> Router {
    Router::new()
        .route("/dispatcher/reports/{gateway}/{key}/{code}", get(take).post(take))
        .with_state(Reports { chassis, gateway })
}

/// Providers only look at the status: 204 ends their tries, 503 asks for another one.
async fn take(
    State(reports): State<Reports>,
    Path((gateway, key, code)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Ok(key) = key.parse::<Uuid>() else { return StatusCode::NOT_FOUND };
    if gateway != reports.gateway.name() {
        return StatusCode::NOT_FOUND;
    }
    let settings = &reports.chassis.settings.http;
    let mut url = format!("{}/dispatcher/reports/{gateway}/{key}/{code}", settings.public_url());
    if let Some(query) = &query {
        url = format!("{url}?{query}");
    }
    let read = reports.gateway.read_report(key, &code, &url, &headers, query.as_deref(), &body);
    match read {
        Ok(report) => record(&reports.chassis, key, report).await,
        Err(ReportRefused::NotAskedFor) => StatusCode::NOT_FOUND,
        Err(ReportRefused::Forged) => {
            metrics::counter!("bevaka_reports_refused_total").increment(1);
            StatusCode::FORBIDDEN
        }
        Err(ReportRefused::Illegible) => {
            tracing::warn!(delivery.id = %key, "a delivery report says nothing that the gateway's file knows");
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

async fn record(chassis: &Chassis, key: Uuid, read: ParsedReport) -> StatusCode {
    let recorded = async {
        let mut tx = chassis.db.begin().await?;
        let reported_on = reported_on(&mut tx, key).await?;
        if reported_on.is_empty() {
            return Ok(false);
        }
        let now = chassis.clock.now();
        let report =
            |delivery: &Delivery| delivery.clone().after_report(read.report, read.cause.clone(), now);
        let changed: Vec<_> = reported_on
            .iter()
            .map(|delivery| (delivery, report(delivery)))
            .filter(|(before, after)| *before != after)
            .map(|(_, after)| after)
            .collect();
        deliveries::save(&mut tx, &changed, now).await?;
        tx.commit().await.map(|()| true)
    };
    match recorded.await {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(error) => {
            tracing::error!(%error, delivery.id = %key, "a delivery report cannot be recorded now");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// The alert of that id, or all that left in the parcel of that id. What was withdrawn before the last attempt was not
/// in it, and the report does not tell which attempt it means.
async fn reported_on(tx: &mut Tx, key: Uuid) -> bevaka_store::Result<Vec<Delivery>> {
    if let Some(alert) = deliveries::find_for_update(tx, DeliveryId(key)).await? {
        return Ok(vec![alert]);
    }
    let mut members = deliveries::of_parcel(tx, ParcelId(key)).await?;
    // What expired before another attempt was in an earlier one at most, whose answer was that it did not leave.
    members.retain(|member| match member.state {
        delivery::State::Suppressed(_) => false,
        delivery::State::Expired { .. } => member.possible_duplicate,
        // Nor was what an operator stopped.
        delivery::State::Failed { ref cause } if cause == CANCELLED => member.possible_duplicate,
        _ => true,
    });
    Ok(members)
}

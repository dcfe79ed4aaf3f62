//! What can be done with one alert, for the page that shows it (template `delivery_actions`).

use crate::{
    commands::deliveries::{self as commands, Refusal, What},
    pages::{OperatorSession, paths, repairs::Done},
};
use axum::http::StatusCode;
use bevaka_domain::{
    delivery::{Delivery, operated::Unchanged},
    ids::DeliveryId,
    operator::{Act, Justification},
};
use bevaka_web::{
    form::HtmlForm,
    page_error::{PageError, PageId, PageResult},
};
use serde::{Deserialize, Serialize};

/// What the session may do with an alert now.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Actions {
    pub id: DeliveryId,
    /// Whether it can be tried again.
    pub retry: bool,
    pub cancel: bool,
}

impl Actions {
    pub(crate) fn of(session: &OperatorSession, delivery: &Delivery) -> Option<Self> {
        let retry = delivery.may_be_retried(session.now).is_ok();
        let cancel = delivery.may_be_cancelled().is_ok();
        let any = session.is_allowed(Act::Repair) && (retry || cancel);
        any.then_some(Self { id: delivery.id, retry, cancel })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Because {
    because: String,
}

pub(super) async fn retry(
    session: OperatorSession,
    PageId(id): PageId<DeliveryId>,
    HtmlForm(form): HtmlForm<Because>,
) -> PageResult {
    order(&session, What::Retry, id, &form.because).await?;
    Ok(session.redirect_with_flash(&Done::Retried, &address(id)))
}

pub(super) async fn cancel(
    session: OperatorSession,
    PageId(id): PageId<DeliveryId>,
    HtmlForm(form): HtmlForm<Because>,
) -> PageResult {
    order(&session, What::Cancel, id, &form.because).await?;
    Ok(session.redirect_with_flash(&Done::Cancelled, &address(id)))
}

fn address(id: DeliveryId) -> String {
    format!("{}/{id}", paths::DELIVERIES)
}

async fn order(session: &OperatorSession, what: What, id: DeliveryId, because: &str) -> PageResult<()> {
    session.may(Act::Repair)?;
    let unjustified = |_| PageError::refused(StatusCode::UNPROCESSABLE_ENTITY, "refused-alert-because");
    let because = Justification::parse(because).map_err(unjustified)?;
    match commands::one(&session.app, &session.operator, what, id, &because).await {
        Ok(_) => Ok(()),
        Err(Refusal::Unchanged(why)) => Err(PageError::refused(StatusCode::CONFLICT, key(why))),
        Err(Refusal::Store(error)) => Err(error.into()),
        Err(Refusal::NotFound | Refusal::CountChanged { .. }) => Err(PageError::not_found()),
    }
}

const fn key(why: Unchanged) -> &'static str {
    match why {
        Unchanged::UnderWay => "refused-alert-under-way",
        Unchanged::Held => "refused-alert-held",
        Unchanged::DueAlready => "refused-alert-due-already",
        Unchanged::Accepted => "refused-alert-accepted",
        Unchanged::Delivered => "refused-alert-delivered",
        Unchanged::Failed => "refused-alert-failed",
        Unchanged::Expired => "refused-alert-expired",
        Unchanged::Suppressed => "refused-alert-suppressed",
        Unchanged::Cancelled => "refused-alert-cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::pages;
    use bevaka_domain::language::Language;

    #[test]
    fn r46_each_refusal_has_its_three_parts_in_both_languages() {
        let pages = pages().unwrap();
        for key in Unchanged::ALL.map(key).into_iter().chain(["refused-alert-because"]) {
            for language in [Language::Swedish, Language::English] {
                for part in ["title", "reason", "action"] {
                    assert!(pages.text(language, &format!("{key}-{part}")).is_ok(), "{key}-{part}");
                }
            }
        }
    }
}

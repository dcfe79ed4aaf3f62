//! What can be done with one alert, for the page that shows it (template `delivery_actions`).

use crate::{
    commands::deliveries::{self as commands, Refusal, What},
    pages::{
        Answer, Place, Stop, Visitor, paths,
        repaired::{News, because},
    },
};
use axum::{extract::Path, http::StatusCode, response::Response};
use bevaka_domain::{
    delivery::{Delivery, operated::Unchanged},
    ids::DeliveryId,
    operator::Act,
};
use bevaka_portal::{Fields, Message};
use serde::{Deserialize, Serialize};

/// What the visitor may do with an alert now.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Actions {
    /// The alert.
    pub id: DeliveryId,
    /// Whether it can be tried again.
    pub retry: bool,
    /// Whether it can be stopped.
    pub cancel: bool,
}

impl Actions {
    /// None if there is nothing.
    pub(crate) fn of(visitor: &Visitor, delivery: &Delivery) -> Option<Self> {
        let retry = delivery.may_be_retried(visitor.now).is_ok();
        let cancel = delivery.may_be_cancelled().is_ok();
        let any = visitor.is_allowed(Act::Repair) && (retry || cancel);
        any.then_some(Self { id: delivery.id, retry, cancel })
    }

    /// What has just been done with it, for the top of its page; then answer by [`Visitor::told`].
    pub(crate) fn news(visitor: &Visitor) -> Option<Message> {
        visitor.cookies.news::<News>().map(News::message)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    because: String,
}

pub(super) async fn retry(
    visitor: Visitor,
    Path(id): Path<String>,
    Fields(typed): Fields<Typed>,
) -> Response {
    visitor.answer(Place::Events, done(&visitor, What::Retry, &id, &typed).await)
}

pub(super) async fn cancel(
    visitor: Visitor,
    Path(id): Path<String>,
    Fields(typed): Fields<Typed>,
) -> Response {
    visitor.answer(Place::Events, done(&visitor, What::Cancel, &id, &typed).await)
}

async fn done(visitor: &Visitor, what: What, id: &str, typed: &Typed) -> Answer {
    visitor.may(Act::Repair)?;
    let id: DeliveryId = id.parse().map_err(|_| Stop::NotFound)?;
    let refused = |key| Stop::Refused(StatusCode::UNPROCESSABLE_ENTITY, key);
    let because = because(&typed.because).map_err(|_| refused("alert-because"))?;
    let news = match what {
        What::Retry => News::Retried,
        What::Cancel => News::Cancelled,
    };
    match commands::one(&visitor.app, &visitor.operator, what, id, &because).await {
        Ok(_) => Ok(visitor.telling(&news, &format!("{}/{id}", paths::DELIVERIES))),
        Err(Refusal::Unchanged(why)) => Err(Stop::Refused(StatusCode::CONFLICT, key(why))),
        Err(Refusal::Store(fault)) => Err(fault.into()),
        Err(Refusal::NotFound | Refusal::CountChanged { .. }) => Err(Stop::NotFound),
    }
}

const fn key(why: Unchanged) -> &'static str {
    match why {
        Unchanged::UnderWay => "alert-under-way",
        Unchanged::Held => "alert-held",
        Unchanged::DueAlready => "alert-due-already",
        Unchanged::Accepted => "alert-accepted",
        Unchanged::Delivered => "alert-delivered",
        Unchanged::Failed => "alert-failed",
        Unchanged::Expired => "alert-expired",
        Unchanged::Suppressed => "alert-suppressed",
        Unchanged::Cancelled => "alert-cancelled",
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
        for key in Unchanged::ALL.map(key).into_iter().chain(["alert-because"]) {
            for language in [Language::Swedish, Language::English] {
                for part in ["title", "reason", "action"] {
                    assert!(pages.text(language, &format!("refused-{key}-{part}")).is_ok(), "{key}-{part}");
                }
            }
        }
    }
}

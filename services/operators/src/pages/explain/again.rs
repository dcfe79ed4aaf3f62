//! Sending an event again, with a look at what that would do.

use super::event::{self, SentAgain};
use crate::{
    commands::send_again::{self, Owed, Refusal},
    pages::{OperatorSession, justification::justification, nav, paths},
};
use axum::http::StatusCode;
use bevaka_domain::{ids::EventId, operator::Act};
use bevaka_store::{Tx, events::Decided, people};
use bevaka_web::{
    form::HtmlForm,
    page::{At, FieldError, View},
    page_error::{PageError, PageId, PageResult},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Again {
    id: String,
    kind: String,
    rows: Vec<AgainRow>,
    because: String,
    #[serde(skip)]
    error: Option<FieldError>,
}

/// One alert that would be made.
#[derive(Serialize)]
struct AgainRow {
    name: String,
    way: String,
    when: String,
}

impl View for Again {
    const TEMPLATE: &'static str = "explain_again";
    const TITLE: &'static str = "explain-again-title";
    const AT: At = nav::EVENTS;

    fn errors(&self) -> Vec<FieldError> {
        self.error.iter().cloned().collect()
    }
}

pub(super) async fn preview(session: OperatorSession, PageId(id): PageId<EventId>) -> PageResult {
    page(&session, id, String::new(), None).await
}

async fn page(
    session: &OperatorSession,
    id: EventId,
    because: String,
    error: Option<FieldError>,
) -> PageResult {
    session.may(Act::Repair)?;
    let mut tx = session.app.chassis.db.begin_snapshot().await?;
    let decided = event::find(&mut tx, id).await?;
    let owed = send_again::owed(&mut tx, &decided, session.now).await.map_err(refused)?;
    session.page(&Again { because, error, ..view(session, &mut tx, &decided, &owed).await? })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Because {
    because: String,
}

pub(super) async fn send(
    session: OperatorSession,
    PageId(id): PageId<EventId>,
    HtmlForm(Because { because }): HtmlForm<Because>,
) -> PageResult {
    session.may(Act::Repair)?;
    let justification = match justification("because", &because) {
        Ok(justification) => justification,
        Err(error) => return page(&session, id, because, Some(error)).await,
    };
    let alerts = send_again::send_again(&session.app, &session.operator, id, &justification).await;
    let sent = SentAgain(alerts.map_err(refused)?.len());
    Ok(session.redirect_with_flash(&sent, &format!("{}/{id}", paths::EVENTS)))
}

fn refused(refusal: Refusal) -> PageError {
    let key = match refusal {
        Refusal::NotFound => return PageError::not_found(),
        Refusal::Store(fault) => return fault.into(),
        Refusal::Notice => "refused-explain-notice",
        Refusal::Expired => "refused-explain-expired",
        Refusal::Nobody => "refused-explain-nobody",
    };
    PageError::refused(StatusCode::CONFLICT, key)
}

async fn view(session: &OperatorSession, tx: &mut Tx, decided: &Decided, owed: &[Owed]) -> PageResult<Again> {
    let users = people::users(tx, owed.iter().map(|owed| owed.user)).await?;
    let contacts = people::contacts(tx, owed.iter().map(|owed| owed.contact)).await?;
    let words = event::words(session);
    let mut rows = Vec::with_capacity(owed.len());
    for owed in owed {
        let way = words.channel(owed.channel)?;
        let to = contacts.get(&owed.contact).map(bevaka_domain::contact::Address::masked);
        rows.push(AgainRow {
            name: users.get(&owed.user).map(|(_, name)| name.clone()).unwrap_or_default(),
            way: to.map_or(way.clone(), |to| format!("{way} · {to}")),
            when: owed.later.map_or_else(String::new, |later| words.moment(later.at)),
        });
    }
    let kind = &decided.event.kind;
    Ok(Again {
        id: decided.event.id.to_string(),
        kind: session.app.chassis.catalogue.name(kind, session.language).to_owned(),
        rows,
        because: String::new(),
        error: None,
    })
}

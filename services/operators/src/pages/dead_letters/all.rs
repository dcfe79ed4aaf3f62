//! All open letters of one reason, with what a command about them would be about.

use super::words;
use crate::{
    commands::dead_letters::{self as commands, Chosen, Outcome, Refusal},
    pages::{OperatorSession, justification::justification, nav, paths, repairs::Done},
    queries::dead_letters::{self as queries, Preview},
};
use axum::extract::Query;
use bevaka_domain::{clock::Timestamp, operator::Act};
use bevaka_web::{
    form::HtmlForm,
    local_path::with_query,
    page::{At, FieldError, Message, View},
    page_error::{PageError, PageResult},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OfReasonQuery {
    skal: String,
}

/// What is to be done with which letters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Order {
    skal: String,
    till: String,
    antal: String,
    gor: String,
    because: String,
}

#[derive(Serialize)]
struct AllView {
    word: &'static str,
    reason: String,
    count: usize,
    more: bool,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
    through: Option<Uuid>,
    sample: Vec<Uuid>,
    pass: usize,
    faults_of: Vec<FaultRow>,
    may_repair: bool,
    because: String,
    #[serde(skip)]
    notice: Option<Message>,
    #[serde(skip)]
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct FaultRow {
    word: &'static str,
    count: usize,
}

impl View for AllView {
    const TEMPLATE: &'static str = "dead_letters_all";
    const TITLE: &'static str = "dead-letters-all-title";
    const AT: At = nav::DEAD_LETTERS;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

pub(super) async fn show(session: OperatorSession, Query(asked): Query<OfReasonQuery>) -> PageResult {
    session.may(Act::See)?;
    let done = session.cookies.flash::<Done>();
    session.page(&AllView { notice: done.map(Done::message), ..view(&session, &asked.skal).await? })
}

async fn view(session: &OperatorSession, reason: &str) -> PageResult<AllView> {
    if reason.contains(char::is_control) {
        return Err(PageError::not_found());
    }
    let Preview { count, more, oldest, newest, through, sample, pass, faults } =
        queries::preview(&session.app, reason).await?;
    let faults_of =
        faults.into_iter().map(|(why, count)| FaultRow { word: words::known(why), count }).collect();
    Ok(AllView {
        word: words::known(reason),
        reason: reason.to_owned(),
        count,
        more,
        oldest,
        newest,
        through,
        sample,
        pass,
        faults_of,
        may_repair: session.is_allowed(Act::Repair),
        because: String::new(),
        notice: None,
        errors: Vec::new(),
    })
}

pub(super) async fn submit(session: OperatorSession, HtmlForm(order): HtmlForm<Order>) -> PageResult {
    session.may(Act::Repair)?;
    let (Ok(through), Ok(expected)) = (order.till.parse::<Uuid>(), order.antal.parse::<usize>()) else {
        return Err(PageError::not_found());
    };
    let because = match justification("because", &order.because) {
        Ok(because) => because,
        Err(error) => {
            let because = order.because.clone();
            let view = AllView { because, errors: vec![error], ..view(&session, &order.skal).await? };
            return session.page(&view);
        }
    };
    if order.skal.contains(char::is_control) {
        return Err(PageError::not_found());
    }
    let chosen = Chosen { reason: &order.skal, through, expected };
    let outcomes = match order.gor.as_str() {
        "skicka" => commands::requeue_all(&session.app, &session.operator, &chosen, &because).await,
        "kasta" => commands::discard_all(&session.app, &session.operator, &chosen, &because).await,
        _ => return Err(PageError::not_found()),
    };
    let (done, to) = match outcomes {
        Ok(outcomes) => {
            let is_left = |outcome: &Outcome| matches!(outcome, Outcome::Left(_) | Outcome::NotTried);
            let left = outcomes.iter().filter(|(_, outcome)| is_left(outcome)).count();
            (Done::Letters { done: outcomes.len() - left, left }, paths::DEAD_LETTERS)
        }
        Err(Refusal::CountChanged { .. }) => (Done::CountChanged, paths::DEAD_LETTERS_ALL),
        Err(Refusal::Store(fault)) => return Err(fault.into()),
        Err(refusal) => return Err(PageError::other(format!("an answer for it is missing: {refusal:?}"))),
    };
    Ok(session.redirect_with_flash(&done, &with_query(to, [("skal", &*order.skal)])))
}

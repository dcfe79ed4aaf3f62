//! All open letters of one reason, with what a command about them would be about.

use super::words;
use crate::{
    commands::dead_letters::{self as commands, Chosen, Outcome, Refusal},
    pages::{
        Answer, Place, Stop, Title, View, Visitor, paths,
        repaired::{News, because},
    },
    queries::dead_letters::{self as queries, Preview},
};
use axum::{extract::Query, http::StatusCode, response::Response};
use bevaka_domain::{clock::Timestamp, operator::Act};
use bevaka_portal::{FieldFault, Fields, Message, local::with_query};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which letters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
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
    faults: Vec<FieldFault>,
}

#[derive(Serialize)]
struct FaultRow {
    word: &'static str,
    count: usize,
}

impl View for AllView {
    const TEMPLATE: &'static str = "dead_letters_all";

    fn title(&self) -> Title {
        "dead-letters-all-title".into()
    }

    fn place(&self) -> Place {
        Place::DeadLetters
    }

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

pub(super) async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    visitor.answer(Place::DeadLetters, preview(&visitor, &asked.skal).await)
}

async fn preview(visitor: &Visitor, reason: &str) -> Answer {
    visitor.may(Act::See)?;
    let news = visitor.cookies.news::<News>();
    let view = AllView { notice: news.map(News::message), ..view(visitor, reason).await? };
    let page = visitor.page(StatusCode::OK, &view)?;
    Ok(if news.is_some() { visitor.told(page) } else { page })
}

async fn view(visitor: &Visitor, reason: &str) -> Answer<AllView> {
    if reason.contains(char::is_control) {
        return Err(Stop::NotFound);
    }
    let Preview { count, more, oldest, newest, through, sample, pass, faults } =
        queries::preview(&visitor.app, reason).await?;
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
        may_repair: visitor.is_allowed(Act::Repair),
        because: String::new(),
        notice: None,
        faults: Vec::new(),
    })
}

pub(super) async fn submit(visitor: Visitor, Fields(order): Fields<Order>) -> Response {
    visitor.answer(Place::DeadLetters, done(&visitor, &order).await)
}

async fn done(visitor: &Visitor, order: &Order) -> Answer {
    visitor.may(Act::Repair)?;
    let (Ok(through), Ok(expected)) = (order.till.parse::<Uuid>(), order.antal.parse::<usize>()) else {
        return Err(Stop::NotFound);
    };
    let because = match because(&order.because) {
        Ok(because) => because,
        Err(fault) => {
            let because = order.because.clone();
            let view = AllView { because, faults: vec![fault], ..view(visitor, &order.skal).await? };
            return Ok(visitor.page(StatusCode::UNPROCESSABLE_ENTITY, &view)?);
        }
    };
    if order.skal.contains(char::is_control) {
        return Err(Stop::NotFound);
    }
    let chosen = Chosen { reason: &order.skal, through, expected };
    let outcomes = match order.gor.as_str() {
        "skicka" => commands::requeue_all(&visitor.app, &visitor.operator, &chosen, &because).await,
        "kasta" => commands::discard_all(&visitor.app, &visitor.operator, &chosen, &because).await,
        _ => return Err(Stop::NotFound),
    };
    let (news, to) = match outcomes {
        Ok(outcomes) => {
            let is_left = |outcome: &Outcome| matches!(outcome, Outcome::Left(_) | Outcome::NotTried);
            let left = outcomes.iter().filter(|(_, outcome)| is_left(outcome)).count();
            (News::Letters { done: outcomes.len() - left, left }, paths::DEAD_LETTERS)
        }
        Err(Refusal::CountChanged { .. }) => (News::CountChanged, paths::DEAD_LETTERS_ALL),
        Err(Refusal::Store(fault)) => return Err(fault.into()),
        Err(refusal) => return Err(Stop::ours(format!("an answer for it is missing: {refusal:?}"))),
    };
    Ok(visitor.telling(&news, &with_query(to, [("skal", &*order.skal)])))
}

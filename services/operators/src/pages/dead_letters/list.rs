//! What nobody has dealt with, by reason, and all letters page by page.

use super::{address, words};
use crate::pages::{Answer, Place, Stop, Title, View, Visitor, paths, repaired::News};
use axum::{extract::Query, http::StatusCode, response::Response};
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp, Zone},
    dead_letter,
    operator::Act,
};
use bevaka_portal::{FieldFault, Message, local::with_query};
use bevaka_store::dead_letters::{self, Filter, Listed, OfReason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many letters a page shows.
const ROWS: u32 = 50;
/// The longest reason that is looked for, in characters.
const LONGEST: usize = 400;

/// What the form asks for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
    lage: String,
    skal: String,
    fran: String,
    till: String,
    #[serde(skip_serializing)]
    fore: String,
}

#[derive(Serialize)]
struct ListView {
    asked: Asked,
    states: [&'static str; 3],
    reasons: Vec<ReasonRow>,
    rows: Vec<LetterRow>,
    newest: Option<String>,
    older: Option<String>,
    may_repair: bool,
    #[serde(skip)]
    notice: Option<Message>,
    #[serde(skip)]
    faults: Vec<FieldFault>,
}

#[derive(Serialize)]
struct ReasonRow {
    word: &'static str,
    code: String,
    open: u64,
    oldest: Timestamp,
    newest: Timestamp,
    letters: String,
    all: String,
}

#[derive(Serialize)]
struct LetterRow {
    address: String,
    word: &'static str,
    detail: String,
    received_at: Timestamp,
    bytes: usize,
    state: &'static str,
    by: Option<String>,
}

impl View for ListView {
    const TEMPLATE: &'static str = "dead_letters";

    fn title(&self) -> Title {
        "dead-letters-title".into()
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
    visitor.answer(Place::DeadLetters, page(&visitor, asked).await)
}

async fn page(visitor: &Visitor, asked: Asked) -> Answer {
    visitor.may(Act::See)?;
    let (filter, faults) = match filter(&asked) {
        Ok(filter) => (Some(filter), Vec::new()),
        Err(Unreadable::Cursor) => return Err(Stop::NotFound),
        Err(Unreadable::Fields(faults)) => (None, faults),
    };
    let mut tx = visitor.app.chassis.db.begin_read().await?;
    let reasons = dead_letters::reasons(&mut tx).await?;
    let mut found = match &filter {
        Some(filter) => dead_letters::list(&mut tx, filter, ROWS + 1).await?,
        None => Vec::new(),
    };
    drop(tx);
    let rows = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let more = found.len() > rows;
    found.truncate(rows);
    let next = found.last().filter(|_| more).map(|letter| letter.id.to_string());
    let link = |before: &str| {
        let pairs = [
            ("lage", &*asked.lage),
            ("skal", &*asked.skal),
            ("fran", &*asked.fran),
            ("till", &*asked.till),
            ("fore", before),
        ];
        with_query(paths::DEAD_LETTERS, pairs).into_owned()
    };
    let news = visitor.cookies.news::<News>();
    let view = ListView {
        states: dead_letter::StateName::ALL.map(dead_letter::StateName::as_str),
        reasons: reasons.into_iter().map(ReasonRow::from).collect(),
        rows: found.into_iter().map(LetterRow::from).collect(),
        newest: (!asked.fore.is_empty()).then(|| link("")),
        older: next.map(|next| link(&next)),
        may_repair: visitor.is_allowed(Act::Repair),
        notice: news.map(News::message),
        asked,
        faults,
    };
    let status = if view.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = visitor.page(status, &view)?;
    Ok(if news.is_some() { visitor.told(page) } else { page })
}

/// What cannot be looked for.
#[derive(Debug)]
enum Unreadable {
    Cursor,
    Fields(Vec<FieldFault>),
}

fn filter(asked: &Asked) -> Result<Filter, Unreadable> {
    let mut faults = Vec::new();
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let state = given(&asked.lage);
    if state.as_deref().is_some_and(|state| state.parse::<dead_letter::StateName>().is_err()) {
        faults.push(FieldFault::new("lage", "dead-letters-state-invalid"));
    }
    let reason = given(&asked.skal);
    if reason.as_deref().is_some_and(|text| text.chars().count() > LONGEST || text.contains(char::is_control))
    {
        faults.push(FieldFault::new("skal", "dead-letters-reason-invalid"));
    }
    let mut day = |field: &'static str, text: &str, later| {
        let text = given(text)?;
        let at = begin(&text, later);
        if at.is_none() {
            faults.push(FieldFault::new(field, "dead-letters-day-invalid"));
        }
        at
    };
    let (from, until) = (day("fran", &asked.fran, 0), day("till", &asked.till, 1));
    if !faults.is_empty() {
        return Err(Unreadable::Fields(faults));
    }
    let before: Option<Result<Uuid, _>> = given(&asked.fore).map(|id| id.parse());
    let before = before.transpose().map_err(|_| Unreadable::Cursor)?;
    Ok(Filter { state, reason, from, until, before })
}

/// When a day begins by the bank's clock, so many days later.
pub(in crate::pages) fn begin(text: &str, later: u64) -> Option<Timestamp> {
    let day = LocalDate::parse(text).ok()?.plus_days(later);
    Some(Zone::STOCKHOLM.first_instant(day, TimeOfDay::new(0, 0)?))
}

impl From<OfReason> for ReasonRow {
    fn from(of: OfReason) -> Self {
        let open = [("lage", "open"), ("skal", &*of.reason)];
        Self {
            word: words::known(&of.reason),
            open: of.open,
            oldest: of.oldest,
            newest: of.newest,
            letters: with_query(paths::DEAD_LETTERS, open).into_owned(),
            all: with_query(paths::DEAD_LETTERS_ALL, [("skal", &*of.reason)]).into_owned(),
            code: of.reason,
        }
    }
}

impl From<Listed> for LetterRow {
    fn from(letter: Listed) -> Self {
        Self {
            address: address(letter.id),
            word: words::known(&letter.reason),
            detail: letter.detail,
            received_at: letter.received_at,
            bytes: letter.bytes,
            state: letter.state.name(),
            by: letter.state.ending().map(|ending| ending.by.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_that_cannot_be_looked_for_is_named() {
        let asked = Asked {
            lage: "lost".into(),
            skal: "\u{0}".into(),
            fran: "i går".into(),
            till: "2026-02-30".into(),
            fore: String::new(),
        };
        let Err(Unreadable::Fields(faults)) = filter(&asked) else { panic!("it cannot be read") };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(fields, ["lage", "skal", "fran", "till"]);
    }
}

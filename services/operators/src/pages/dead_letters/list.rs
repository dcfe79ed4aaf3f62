//! What nobody has dealt with, by reason, and all letters page by page.

use super::{address, words};
use crate::pages::{
    OperatorSession,
    days::{first_instant_after, first_instant_of},
    nav, paths,
    repairs::Done,
};
use axum::extract::Query;
use bevaka_domain::{clock::Timestamp, dead_letter, operator::Act};
use bevaka_store::dead_letters::{self, Filter, Listed, OfReason};
use bevaka_web::{
    form::FieldReader,
    local_path::with_query,
    page::{At, FieldError, Message, View},
    page_error::{PageError, PageResult},
};
use serde::{Deserialize, Serialize};

/// How many letters a page shows.
const ROWS: u32 = 50;
/// The longest reason that is looked for, in characters.
const MAX_LEN: usize = 400;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct DeadLettersQuery {
    lage: String,
    skal: String,
    fran: String,
    till: String,
    #[serde(skip_serializing)]
    fore: String,
}

#[derive(Serialize)]
struct ListView {
    asked: DeadLettersQuery,
    states: [&'static str; 3],
    reasons: Vec<ReasonRow>,
    rows: Vec<LetterRow>,
    newest: Option<String>,
    older: Option<String>,
    may_repair: bool,
    #[serde(skip)]
    notice: Option<Message>,
    #[serde(skip)]
    errors: Vec<FieldError>,
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
    const TITLE: &'static str = "dead-letters-title";
    const AT: At = nav::DEAD_LETTERS;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

pub(super) async fn show(session: OperatorSession, Query(asked): Query<DeadLettersQuery>) -> PageResult {
    page(&session, asked).await
}

async fn page(session: &OperatorSession, asked: DeadLettersQuery) -> PageResult {
    session.may(Act::See)?;
    let (filter, errors) = match filter(&asked) {
        Ok(filter) => (Some(filter), Vec::new()),
        Err(Unreadable::Cursor) => return Err(PageError::not_found()),
        Err(Unreadable::Fields(errors)) => (None, errors),
    };
    let mut tx = session.app.chassis.db.begin_read().await?;
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
    let done = session.cookies.flash::<Done>();
    let view = ListView {
        states: dead_letter::StateName::ALL.map(dead_letter::StateName::as_str),
        reasons: reasons.into_iter().map(ReasonRow::from).collect(),
        rows: found.into_iter().map(LetterRow::from).collect(),
        newest: (!asked.fore.is_empty()).then(|| link("")),
        older: next.map(|next| link(&next)),
        may_repair: session.is_allowed(Act::Repair),
        notice: done.map(Done::message),
        asked,
        errors,
    };
    session.page(&view)
}

#[derive(Debug)]
enum Unreadable {
    Cursor,
    Fields(Vec<FieldError>),
}

fn filter(asked: &DeadLettersQuery) -> Result<Filter, Unreadable> {
    let mut fields = FieldReader::default();
    let known =
        |text: &str| text.parse::<dead_letter::StateName>().ok().map(|state| state.as_str().to_owned());
    let state = fields.read(&asked.lage, FieldError::new("lage", "dead-letters-state-invalid"), known);
    let sound = |text: &str| {
        let is_sound = text.chars().count() <= MAX_LEN && !text.contains(char::is_control);
        is_sound.then(|| text.to_owned())
    };
    let reason = fields.read(&asked.skal, FieldError::new("skal", "dead-letters-reason-invalid"), sound);
    let day = |field| FieldError::new(field, "dead-letters-day-invalid");
    let from = fields.read(&asked.fran, day("fran"), first_instant_of);
    let until = fields.read(&asked.till, day("till"), first_instant_after);
    let before = Some(asked.fore.trim()).filter(|text| !text.is_empty()).map(str::parse);
    let filter =
        fields.finish(Filter { state, reason, from, until, before: None }).map_err(Unreadable::Fields)?;
    Ok(Filter { before: before.transpose().map_err(|_| Unreadable::Cursor)?, ..filter })
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
        let asked = DeadLettersQuery {
            lage: "lost".into(),
            skal: "\u{0}".into(),
            fran: "i går".into(),
            till: "2026-02-30".into(),
            fore: String::new(),
        };
        let Err(Unreadable::Fields(errors)) = filter(&asked) else { panic!("it cannot be read") };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["lage", "skal", "fran", "till"]);
    }
}

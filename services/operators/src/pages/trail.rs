//! *Spår*: who did what (R41), for whom it concerns to download it with its proof, and to see whether it is whole.

mod rows;

use super::{Answer, Place, Stop, Title, View, Visitor, paths};
use crate::{
    app::App,
    commands::export_trail::export_trail,
    queries::{
        self,
        trail::{Checked, Search, SearchFault},
    },
};
use axum::{
    Router,
    extract::Query,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp, Zone},
    operator::Act,
    trail::{Action, export::MEDIA_TYPE},
};
use bevaka_portal::{FieldFault, local::with_query};
use rows::Row;
use serde::{Deserialize, Serialize};

/// How many entries a page shows.
const ROWS: u32 = 50;
/// The longest subject or actor that is searched for, in characters.
const LONGEST: usize = 200;
const TOO_LONG: &str = "trail-text-invalid";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::TRAIL, get(show))
        .route(paths::TRAIL_CHECK, post(check))
        .route(paths::TRAIL_EXPORT, get(export))
}

/// What the form asks for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Asked {
    foretag: String,
    vad: String,
    vem: String,
    handling: String,
    fran: String,
    till: String,
    #[serde(skip_serializing)]
    fore: String,
}

impl Asked {
    /// The same as a query, for links that keep what is asked for.
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("foretag", &self.foretag),
            ("vad", &self.vad),
            ("vem", &self.vem),
            ("handling", &self.handling),
            ("fran", &self.fran),
            ("till", &self.till),
        ];
        fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, value.as_str()))
            .collect()
    }
}

/// The page.
#[derive(Serialize)]
struct TrailView {
    asked: Asked,
    is_narrowed: bool,
    actions: Vec<Choice>,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
    heads: Vec<String>,
    may_export: bool,
    check: Check,
    #[serde(skip)]
    faults: Vec<FieldFault>,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    text: String,
    chosen: bool,
}

/// What became of the check of the chains.
#[derive(Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum Check {
    Unasked,
    Whole { entries: u64 },
    Broken { chain: &'static str, seq: u64, fault: &'static str },
    TooMany,
}

impl View for TrailView {
    const TEMPLATE: &'static str = "trail";

    fn title(&self) -> Title {
        "trail-title".into()
    }

    fn place(&self) -> Place {
        Place::Trail
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    visitor.answer(Place::Trail, page(&visitor, asked, Check::Unasked).await)
}

async fn check(visitor: Visitor) -> Response {
    visitor.answer(Place::Trail, checked(&visitor).await)
}

async fn checked(visitor: &Visitor) -> Answer {
    visitor.may(Act::ReadTrail)?;
    let check = match queries::trail::check(&visitor.app).await? {
        Checked::TooMany => Check::TooMany,
        Checked::Chains(chains) => {
            let broken = chains.iter().find_map(|(_, broken)| broken.as_ref());
            match broken {
                Some(broken) => Check::Broken {
                    chain: broken.chain.as_str(),
                    seq: broken.seq,
                    fault: broken.what.as_str(),
                },
                None => Check::Whole { entries: chains.iter().map(|(head, _)| head.seq).sum() },
            }
        }
    };
    page(visitor, Asked::default(), check).await
}

async fn export(visitor: Visitor) -> Response {
    visitor.answer(Place::Trail, exported(&visitor).await)
}

async fn exported(visitor: &Visitor) -> Answer {
    visitor.may(Act::ExportTrail)?;
    let body = export_trail(&visitor.app, &visitor.operator).await?;
    let body = body.ok_or(Stop::Refused(StatusCode::SERVICE_UNAVAILABLE, "trail-busy"))?;
    let at: String = visitor.now.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    let name = format!("attachment; filename=\"bevaka-trail-{at}.jsonl\"");
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body).into_response())
}

async fn page(visitor: &Visitor, asked: Asked, check: Check) -> Answer {
    visitor.may(Act::ReadTrail)?;
    let behind = match asked.fore.as_str() {
        "" => None,
        cursor => Some(queries::trail::parse_cursor(cursor).ok_or(Stop::NotFound)?),
    };
    let (stretch, faults) = match search(&asked) {
        Err(faults) => (None, faults),
        Ok(search) => match queries::trail::search(&visitor.app, search, behind.as_ref(), ROWS).await {
            Ok(stretch) => (Some(stretch), Vec::new()),
            Err(SearchFault::UnknownCompany) => {
                (None, vec![FieldFault::new("foretag", "trail-company-unknown")])
            }
            Err(SearchFault::Store(fault)) => return Err(fault.into()),
        },
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let next = stretch.as_ref().and_then(|stretch| stretch.next.as_ref()).map(queries::trail::cursor);
    let link = |more: Option<&str>| {
        let more = more.map(|cursor| ("fore", cursor));
        with_query(paths::TRAIL, asked.pairs().into_iter().chain(more)).into_owned()
    };
    let mut rows = Vec::new();
    for found in stretch.into_iter().flat_map(|stretch| stretch.entries) {
        rows.push(Row::new(visitor, found)?);
    }
    let view = TrailView {
        is_narrowed: !asked.pairs().is_empty(),
        actions: actions(visitor, &asked.handling)?,
        rows,
        newest: behind.map(|_| link(None)),
        older: next.as_deref().map(|cursor| link(Some(cursor))),
        heads: queries::trail::heads(&visitor.app).await?.iter().map(ToString::to_string).collect(),
        may_export: visitor.is_allowed(Act::ExportTrail),
        check,
        faults,
        asked,
    };
    Ok(visitor.page(status, &view)?)
}

fn actions(visitor: &Visitor, chosen: &str) -> Answer<Vec<Choice>> {
    let mut actions = Vec::with_capacity(Action::ALL.len());
    for action in Action::ALL {
        let value = action.as_str();
        actions.push(Choice { value, text: rows::action(visitor, value)?, chosen: value == chosen });
    }
    actions.sort_by(|one, other| one.text.cmp(&other.text));
    Ok(actions)
}

/// What is searched for, or which fields cannot be.
fn search(asked: &Asked) -> Result<Search, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let company =
        read(&asked.foretag, "foretag", "trail-company-invalid", |text| text.parse().ok(), &mut faults);
    let action =
        read(&asked.handling, "handling", "trail-action-invalid", |text| text.parse().ok(), &mut faults);
    let from = read(&asked.fran, "fran", "trail-day-invalid", |text| begin(text, 0), &mut faults);
    let until = read(&asked.till, "till", "trail-day-invalid", |text| begin(text, 1), &mut faults);
    let subject = read(&asked.vad, "vad", TOO_LONG, word, &mut faults);
    let actor = read(&asked.vem, "vem", TOO_LONG, |text| word(text).map(actor), &mut faults);
    if faults.is_empty() { Ok(Search { company, subject, actor, action, from, until }) } else { Err(faults) }
}

fn read<T>(
    text: &str,
    field: &'static str,
    fault: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
    faults: &mut Vec<FieldFault>,
) -> Option<T> {
    let text = Some(text.trim()).filter(|text| !text.is_empty())?;
    let read = parse(text);
    if read.is_none() {
        let fault = FieldFault::new(field, fault);
        faults.push(if fault.key == TOO_LONG { fault.with("limit", LONGEST.to_string()) } else { fault });
    }
    read
}

fn word(text: &str) -> Option<String> {
    (text.chars().count() <= LONGEST && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// An actor as it is stored; a bare name is an operator's.
fn actor(text: String) -> String {
    let is_stored = text.contains(':') || matches!(text.as_str(), "system" | "import" | "person");
    if is_stored { text } else { format!("operator:{text}") }
}

/// When a day begins by the bank's clock, so many days later.
fn begin(text: &str, later: u64) -> Option<Timestamp> {
    let day = LocalDate::parse(text).ok()?.plus_days(later);
    Some(Zone::STOCKHOLM.first_instant(day, TimeOfDay::new(0, 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_searched_from_its_first_moment_to_its_last_by_the_banks_clock() {
        let asked =
            |fran: &str, till: &str| Asked { fran: fran.into(), till: till.into(), ..Asked::default() };
        let search = search(&asked("2026-10-25", "2026-10-25")).unwrap();
        assert_eq!(search.from, Some(Timestamp::parse("2026-10-24T22:00:00Z").unwrap()));
        assert_eq!(search.until, Some(Timestamp::parse("2026-10-25T23:00:00Z").unwrap()));
    }

    #[test]
    fn who_did_it_is_found_by_the_name_alone() {
        for (given, stored) in [
            ("karin", "operator:karin"),
            ("karin (nightly)", "operator:karin (nightly)"),
            ("system", "system"),
            ("user:7", "user:7"),
        ] {
            assert_eq!(actor(given.to_owned()), stored);
        }
    }

    #[test]
    fn each_field_that_cannot_be_searched_for_is_named() {
        let asked = Asked {
            foretag: "1".into(),
            handling: "x".into(),
            fran: "i går".into(),
            till: "2026-02-30".into(),
            vad: "\u{0}".into(),
            vem: "x".repeat(201),
            ..Asked::default()
        };
        let faults = search(&asked).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(fields, ["foretag", "handling", "fran", "till", "vad", "vem"]);
    }
}

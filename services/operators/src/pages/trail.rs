//! *Spår*: who did what (R41), for whom it concerns to download it with its proof, and to see whether it is whole.

mod rows;

use super::{
    OperatorSession,
    days::{first_instant_after, first_instant_of},
    nav, paths,
};
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
    response::IntoResponse,
    routing::{get, post},
};
use bevaka_domain::{
    operator::Act,
    trail::{Action, export::MEDIA_TYPE},
};
use bevaka_web::{
    form::FieldReader,
    local_path::with_query,
    page::{At, FieldError, View},
    page_error::{PageError, PageResult},
};
use rows::Row;
use serde::{Deserialize, Serialize};

/// How many entries a page shows.
const ROWS: u32 = 50;
/// The longest subject or actor that is searched for, in characters.
const MAX_LEN: usize = 200;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::TRAIL, get(show))
        .route(paths::TRAIL_CHECK, post(check))
        .route(paths::TRAIL_EXPORT, get(export))
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct TrailQuery {
    foretag: String,
    vad: String,
    vem: String,
    handling: String,
    fran: String,
    till: String,
    #[serde(skip_serializing)]
    fore: String,
}

impl TrailQuery {
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

#[derive(Serialize)]
struct TrailView {
    asked: TrailQuery,
    is_narrowed: bool,
    actions: Vec<Choice>,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
    heads: Vec<String>,
    may_export: bool,
    check: Check,
    #[serde(skip)]
    errors: Vec<FieldError>,
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
    const TITLE: &'static str = "trail-title";
    const AT: At = nav::TRAIL;

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

async fn show(session: OperatorSession, Query(asked): Query<TrailQuery>) -> PageResult {
    page(&session, asked, Check::Unasked).await
}

async fn check(session: OperatorSession) -> PageResult {
    session.may(Act::ReadTrail)?;
    let check = match queries::trail::check(&session.app).await? {
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
    page(&session, TrailQuery::default(), check).await
}

async fn export(session: OperatorSession) -> PageResult {
    session.may(Act::ExportTrail)?;
    let body = export_trail(&session.app, &session.operator).await?;
    let body =
        body.ok_or_else(|| PageError::refused(StatusCode::SERVICE_UNAVAILABLE, "refused-trail-busy"))?;
    let at: String = session.now.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    let name = format!("attachment; filename=\"bevaka-trail-{at}.jsonl\"");
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body).into_response())
}

async fn page(session: &OperatorSession, asked: TrailQuery, check: Check) -> PageResult {
    session.may(Act::ReadTrail)?;
    let behind = match asked.fore.as_str() {
        "" => None,
        cursor => Some(queries::trail::parse_cursor(cursor).ok_or_else(PageError::not_found)?),
    };
    let (stretch, errors) = match search(&asked) {
        Err(errors) => (None, errors),
        Ok(search) => match queries::trail::search(&session.app, search, behind.as_ref(), ROWS).await {
            Ok(stretch) => (Some(stretch), Vec::new()),
            Err(SearchFault::UnknownCompany) => {
                (None, vec![FieldError::new("foretag", "trail-company-unknown")])
            }
            Err(SearchFault::Store(fault)) => return Err(fault.into()),
        },
    };
    let next = stretch.as_ref().and_then(|stretch| stretch.next.as_ref()).map(queries::trail::cursor);
    let link = |more: Option<&str>| {
        let more = more.map(|cursor| ("fore", cursor));
        with_query(paths::TRAIL, asked.pairs().into_iter().chain(more)).into_owned()
    };
    let mut rows = Vec::new();
    for found in stretch.into_iter().flat_map(|stretch| stretch.entries) {
        rows.push(Row::new(session, found)?);
    }
    let view = TrailView {
        is_narrowed: !asked.pairs().is_empty(),
        actions: actions(session, &asked.handling)?,
        rows,
        newest: behind.map(|_| link(None)),
        older: next.as_deref().map(|cursor| link(Some(cursor))),
        heads: queries::trail::heads(&session.app).await?.iter().map(ToString::to_string).collect(),
        may_export: session.is_allowed(Act::ExportTrail),
        check,
        errors,
        asked,
    };
    session.page(&view)
}

fn actions(session: &OperatorSession, chosen: &str) -> PageResult<Vec<Choice>> {
    let mut actions = Vec::with_capacity(Action::ALL.len());
    for action in Action::ALL {
        let value = action.as_str();
        actions.push(Choice { value, text: rows::action(session, value)?, chosen: value == chosen });
    }
    actions.sort_by(|one, other| one.text.cmp(&other.text));
    Ok(actions)
}

/// What is searched for, or which fields cannot be.
fn search(asked: &TrailQuery) -> Result<Search, Vec<FieldError>> {
    let mut fields = FieldReader::default();
    let too_long = |field| FieldError::new(field, "trail-text-invalid").with("limit", MAX_LEN.to_string());
    let company = FieldError::new("foretag", "trail-company-invalid");
    let company = fields.read(&asked.foretag, company, |text| text.parse().ok());
    let action = FieldError::new("handling", "trail-action-invalid");
    let action = fields.read(&asked.handling, action, |text| text.parse().ok());
    let from = fields.read(&asked.fran, FieldError::new("fran", "trail-day-invalid"), first_instant_of);
    let until = fields.read(&asked.till, FieldError::new("till", "trail-day-invalid"), first_instant_after);
    let subject = fields.read(&asked.vad, too_long("vad"), word);
    let actor = fields.read(&asked.vem, too_long("vem"), |text| word(text).map(actor));
    fields.finish(Search { company, subject, actor, action, from, until })
}

fn word(text: &str) -> Option<String> {
    (text.chars().count() <= MAX_LEN && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// An actor as it is stored; a bare name is an operator's.
fn actor(text: String) -> String {
    let is_stored = text.contains(':') || matches!(text.as_str(), "system" | "import" | "person");
    if is_stored { text } else { format!("operator:{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::clock::Timestamp;

    #[test]
    fn a_day_is_searched_from_its_first_moment_to_its_last_by_the_banks_clock() {
        let asked = |fran: &str, till: &str| TrailQuery {
            fran: fran.into(),
            till: till.into(),
            ..TrailQuery::default()
        };
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
        let asked = TrailQuery {
            foretag: "1".into(),
            handling: "x".into(),
            fran: "i går".into(),
            till: "2026-02-30".into(),
            vad: "\u{0}".into(),
            vem: "x".repeat(201),
            ..TrailQuery::default()
        };
        let errors = search(&asked).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["foretag", "handling", "fran", "till", "vad", "vem"]);
    }
}

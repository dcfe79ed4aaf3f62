//! `/dispatcher/api/trail…`: the trail for auditors (R41).

use super::{
    Caller,
    refusals::{Invalid, Refusals, away, limit, unavailable},
};
use crate::{
    app::App,
    commands,
    queries::{
        self,
        trail::{Found, Search, SearchFault},
        words,
    },
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bevaka_domain::{operator::Act, trail::export::MEDIA_TYPE};
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};

/// The longest actor or subject that is searched for, in characters; none that is stored is longer.
const LONGEST: usize = 200;

/// What is searched for: entries for which all of it holds.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The organisation number of the company that they concern.
    company: Option<String>,
    /// What they are about: a user, agreement, order, contact point, event…, by its id.
    #[param(max_length = 200)]
    subject: Option<String>,
    /// Who did it: `operator:NAME`, `operator:NAME (CLIENT)`, `user:ID`, `person`, `system` or `import`.
    #[param(max_length = 200)]
    actor: Option<String>,
    /// What was done.
    #[param(schema_with = words::action, required = false)]
    action: Option<String>,
    /// From this time on.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this time.
    #[param(format = DateTime)]
    until: Option<String>,
    /// `next` of the page before; left out: the newest.
    before: Option<String>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// A stretch of the trail, the newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TrailPage {
    /// The entries.
    pub items: Vec<TrailEntryView>,
    /// Send it as `before` for older ones; null at the end. What comes meanwhile does not move it.
    #[schema(required)]
    pub next: Option<String>,
}

/// One entry.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TrailEntry)]
pub struct TrailEntryView {
    /// Its chain: `agreements`, `watches` or `operators`.
    pub chain: String,
    /// Its number in the chain.
    pub seq: u64,
    /// When, RFC 3339.
    pub at: String,
    /// By whom.
    pub actor: String,
    /// The name of the user by whom, as it is now.
    #[schema(required)]
    pub actor_name: Option<String>,
    /// What was done.
    pub action: String,
    /// The company that it concerns.
    #[schema(required)]
    pub company: Option<CompanyRef>,
    /// What it was done to.
    pub subject: String,
    /// More about it.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// Its hash, which covers all entries before it.
    pub hash: String,
}

/// A company that an entry concerns.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CompanyRef {
    /// Our id.
    pub id: String,
    /// Its organisation number, if it is still known.
    #[schema(required)]
    pub number: Option<String>,
    /// Its name, as it is now.
    #[schema(required)]
    pub name: Option<String>,
}

/// Entries of all chains, the newest first.
#[utoipa::path(
    get,
    path = "/dispatcher/api/trail",
    operation_id = "listTrail",
    params(ListQuery),
    responses((status = OK, description = "The entries.", body = TrailPage), Invalid, Refusals),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<TrailPage>, Problem> {
    caller.may(Act::ReadTrail)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("limit"))?;
    let limit = limit(asked.limit)?;
    let behind = match &asked.before {
        Some(before) => Some(queries::trail::parse_cursor(before).ok_or_else(|| {
            invalid("before", "before is no cursor of this list.", "Send `next` of the page before.")
        })?),
        None => None,
    };
    let found = queries::trail::search(&app, search(asked)?, behind.as_ref(), limit).await;
    let stretch = found.map_err(|fault| match fault {
        SearchFault::UnknownCompany => invalid(
            "company",
            "No company with this organisation number is known to Bevaka.",
            "Check the number, or search by subject.",
        )
        .coded("unknown_company"),
        SearchFault::Store(error) => unavailable(&error),
    })?;
    Ok(Json(TrailPage {
        items: stretch.entries.into_iter().map(TrailEntryView::from).collect(),
        next: stretch.next.as_ref().map(queries::trail::cursor),
    }))
}

fn search(asked: ListQuery) -> Result<Search, Problem> {
    Ok(Search {
        company: read("company", asked.company, "a Swedish organisation number, such as 556016-0680")?,
        subject: word("subject", asked.subject)?,
        actor: word("actor", asked.actor)?,
        action: read("action", asked.action, "an action of the trail; the document of this API lists them")?,
        from: read("from", asked.from, "a time as RFC 3339 has it, such as 2026-11-21T13:02:00Z")?,
        until: read("until", asked.until, "a time as RFC 3339 has it, such as 2026-11-21T13:02:00Z")?,
    })
}

fn invalid(field: &'static str, detail: impl Into<String>, action: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid field", detail, action)
        .coded("invalid_field")
        .at(field)
}

fn read<T: FromStr>(field: &'static str, text: Option<String>, what: &str) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let read = text
        .parse()
        .map_err(|_| invalid(field, format!("{field} is not {what}."), "Correct it and ask again."))?;
    Ok(Some(read))
}

fn word(field: &'static str, text: Option<String>) -> Result<Option<String>, Problem> {
    let is_fit = |text: &String| text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
    if text.as_ref().is_none_or(is_fit) {
        return Ok(text);
    }
    let detail = format!("{field} has more than {LONGEST} characters, or control characters.");
    Err(invalid(field, detail, "Correct it and ask again."))
}

impl From<Found> for TrailEntryView {
    fn from(Found { listed, company, user }: Found) -> Self {
        let link = listed.link;
        let (number, name) = company.unzip();
        Self {
            chain: listed.chain,
            seq: link.seq,
            at: link.at,
            actor: link.actor,
            actor_name: user,
            action: link.action,
            company: link.organisation.map(|id| CompanyRef { id, number, name }),
            subject: link.subject,
            // What was altered by hand may be no JSON any longer; then it is shown as it stands there.
            detail: serde_json::from_str(&link.detail).unwrap_or(Value::String(link.detail)),
            hash: link.hash,
        }
    }
}

/// Where the chains of the trail end.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TrailHeads)]
pub struct Heads {
    /// One for each chain.
    pub heads: Vec<HeadView>,
}

/// The last entry of a chain.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TrailHead)]
pub struct HeadView {
    /// Which chain: `agreements`, `watches` or `operators`.
    pub chain: String,
    /// Its number; 0 while the chain is empty.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// All of it as `CHAIN:SEQ:HASH`, fit for `bevaka trail verify --head`.
    pub head: String,
}

/// Where each chain ends now.
#[utoipa::path(
    get,
    path = "/dispatcher/api/trail/heads",
    operation_id = "getTrailHeads",
    responses((status = OK, description = "The heads.", body = Heads), Refusals),
)]
pub(super) async fn heads(State(app): State<App>, caller: Caller) -> Result<Json<Heads>, Problem> {
    caller.may(Act::ReadTrail)?;
    let heads = queries::trail::heads(&app).await.map_err(|error| unavailable(&error))?;
    let view = |head: &bevaka_domain::trail::chain::Head| HeadView {
        chain: head.chain.as_str().to_owned(),
        seq: head.seq,
        hash: head.hash.clone(),
        head: head.to_string(),
    };
    Ok(Json(Heads { heads: heads.iter().map(view).collect() }))
}

/// The whole trail as JSON lines, from one snapshot: a header with the heads of all chains, every entry with its fields as
/// they were hashed, and a footer with the counts and a digest. The last entry of the chain `operators` notes the export
/// itself. A file without its footer was cut; `bevaka trail verify --export` checks it without database or service.
#[utoipa::path(
    get,
    path = "/dispatcher/api/trail/export",
    operation_id = "exportTrail",
    responses(
        (status = OK, description = "The trail.", content_type = "application/x-ndjson", body = String),
        Refusals,
    ),
)]
pub(super) async fn export(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let operator = caller.may(Act::ExportTrail)?;
    let exported = commands::export_trail::export_trail(&app, operator).await;
    let body = exported.map_err(|error| unavailable(&error))?;
    let body = body.ok_or_else(|| away("Other exports of the trail are running, as many as may at once."))?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], body).into_response())
}

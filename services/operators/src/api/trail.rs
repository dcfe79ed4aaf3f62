//! `/dispatcher/api/trail…`: the trail for auditors (R41).

use super::{
    operator::{Operator, may},
    refusals::Refusals,
};
use crate::{
    app::App,
    commands,
    queries::{
        self,
        trail::{Found, Search, SearchFault},
    },
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bevaka_domain::{
    clock::Timestamp,
    organisation::OrganisationNumber,
    trail::{Action, Writer, chain::Head, export::MEDIA_TYPE},
};
use bevaka_store::trail::Place;
use bevaka_web::{
    extract::QueryParams,
    list::{Page, limit},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// The longest actor or subject that is searched for, in characters; none that is stored is longer.
const MAX_LEN: usize = 200;

/// What is searched for: entries for which all of it holds.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The organisation number of the company that they concern.
    company: Option<OrganisationNumber>,
    /// What they are about: a user, agreement, order, contact point, event…, by its id.
    #[param(max_length = 200)]
    subject: Option<String>,
    /// Who did it: `operator:NAME`, `operator:NAME (CLIENT)`, `user:ID`, `person`, `system` or `import`.
    #[param(max_length = 200)]
    actor: Option<String>,
    /// What was done.
    #[param(inline, nullable = false)]
    action: Option<Action>,
    /// From this time on.
    from: Option<Timestamp>,
    /// Before this time.
    until: Option<Timestamp>,
    /// `next` of the page before; left out: the newest.
    before: Option<String>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
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
    responses((status = OK, description = "The entries.", body = Page<TrailEntryView>), UnknownCompany, Refusals),
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Operator<may::ReadTrail>,
    QueryParams(asked): QueryParams<ListQuery>,
) -> Result<Json<Page<TrailEntryView>>, Problem> {
    let limit = limit(asked.limit)?;
    let behind = asked.before.as_deref().map(cursor).transpose()?;
    let found = queries::trail::search(&app, asked.parse()?, behind.as_ref(), limit).await?;
    Ok(Json(Page {
        items: found.entries.into_iter().map(TrailEntryView::from).collect(),
        next: found.next.as_ref().map(queries::trail::cursor),
    }))
}

bevaka_web::refusals! {
    /// A parameter does not hold what it must (`invalid_field`), or no company has the number (`unknown_company`).
    UnknownCompany = UNPROCESSABLE_ENTITY;
    /// As many exports run as may at once, or the database does not answer at the moment (`unavailable`).
    TooManyExports = SERVICE_UNAVAILABLE;
}

fn cursor(before: &str) -> Result<Place, Problem> {
    queries::trail::parse_cursor(before)
        .ok_or_else(|| Problem::invalid_field("before", "before is no `next` of this list."))
}

impl ListQuery {
    fn parse(self) -> Result<Search, Problem> {
        for (field, text) in [("subject", &self.subject), ("actor", &self.actor)] {
            let fits = |text: &String| text.chars().count() <= MAX_LEN && !text.contains(char::is_control);
            if !text.as_ref().is_none_or(fits) {
                let detail = format!("{field} has more than {MAX_LEN} characters, or control characters.");
                return Err(Problem::invalid_field(field, detail));
            }
        }
        let Self { company, subject, actor, action, from, until, .. } = self;
        Ok(Search { company, subject, actor, action, from, until })
    }
}

impl From<SearchFault> for Problem {
    fn from(fault: SearchFault) -> Self {
        match fault {
            SearchFault::UnknownCompany => Self {
                action: "Check the number, or search by subject.".to_owned(),
                ..Self::invalid_field(
                    "company",
                    "No company with this organisation number is known to Bevaka.",
                )
                .coded("unknown_company")
            },
            SearchFault::Store(error) => error.into(),
        }
    }
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
    /// Which chain.
    pub chain: Writer,
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
pub(super) async fn heads(
    State(app): State<App>,
    _: Operator<may::ReadTrail>,
) -> Result<Json<Heads>, Problem> {
    let view =
        |head: Head| HeadView { chain: head.chain, seq: head.seq, head: head.to_string(), hash: head.hash };
    Ok(Json(Heads { heads: queries::trail::heads(&app).await?.into_iter().map(view).collect() }))
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
        Refusals, TooManyExports,
    ),
)]
pub(super) async fn export(
    State(app): State<App>,
    operator: Operator<may::ExportTrail>,
) -> Result<Response, Problem> {
    let body = commands::export_trail::export_trail(&app, &operator).await?.ok_or_else(|| {
        Problem::unavailable("Other exports of the trail are running, as many as may at once.")
    })?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], body).into_response())
}

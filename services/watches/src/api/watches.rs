//! What a user watches, all of it with one version (R24–R27).

use super::{
    if_match::{IfMatch, VersionMissing, etag},
    refusals::{BodyFaults, CommonErrors, InvalidFields, JsonResult, NotConnected, NotFound, Refusal, Stale},
    watch::{SettingsView, WatchView},
};
use crate::{
    App,
    choice::Choice,
    commands,
    fault::Outcome,
    queries::{
        self,
        mine::{Colleague, Mine, Narrowed, WatchedKind},
        preview::Preview,
    },
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use bevaka_domain::{clock::Timestamp, event::Kind, ids::ContactId, language::Language};
use bevaka_portal::Caller;
use bevaka_web::{accept_language::AcceptLanguage, body::JsonBody, extract::Id, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a user watches and could watch.
#[derive(Serialize, ToSchema)]
#[schema(as = Watches)]
pub(super) struct WatchesView {
    /// The version of the watches, which is their `ETag`.
    version: u64,
    /// Since when it stands; left out before the first watch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    changed_at: Option<Timestamp>,
    /// Every kind of the catalogue, and watched ones that it has no longer.
    kinds: Vec<KindView>,
    /// Who may stand in, by name.
    colleagues: Vec<Colleague>,
    /// The names of who can change which kinds are included.
    signatories: Vec<String>,
}

/// A kind of event with the user's watch of it.
#[derive(Serialize, ToSchema)]
#[schema(as = WatchedKind)]
struct KindView {
    /// Its id.
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    /// When it happens.
    description: String,
    /// Whether the agreement covers it; only then it can be chosen.
    is_included: bool,
    /// Whether its alerts always leave at once.
    is_critical: bool,
    /// What a watch of it can be narrowed by.
    filters: Narrowed,
    /// How long telling of it helps, in seconds; what is gathered must leave within.
    helps_s: u64,
    /// What the user chose; left out: not watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    watch: Option<WatchView>,
}

impl WatchesView {
    fn new(app: &App, mine: Mine, language: Language) -> Self {
        Self {
            version: mine.version.number,
            changed_at: mine.version.changed_at,
            kinds: mine.kinds.into_iter().map(|kind| KindView::new(app, kind, language)).collect(),
            colleagues: mine.colleagues,
            signatories: mine.signatories,
        }
    }
}

impl KindView {
    fn new(app: &App, kind: WatchedKind, language: Language) -> Self {
        let known = app.chassis.catalogue.get(kind.kind.as_str());
        Self {
            name: app.chassis.catalogue.name(&kind.kind, language).to_owned(),
            description: known.map(|known| known.description(language)).unwrap_or_default().to_owned(),
            kind: kind.kind,
            is_included: kind.is_included,
            is_critical: kind.is_critical,
            filters: Narrowed { amount: kind.filters.amount, account: kind.filters.account },
            helps_s: kind.helps_s,
            watch: kind.watch.as_ref().map(WatchView::new),
        }
    }
}

/// What the user watches and could watch. `ETag` is the version of the watches, over which the next ones are saved.
#[utoipa::path(
    get,
    path = "/api/watches/v1/watches",
    operation_id = "getWatches",
    responses(
        (status = OK, description = "The watches.", body = WatchesView,
         headers(("ETag" = String, description = "Their version."))),
        CommonErrors, NotConnected,
    ),
)]
pub(super) async fn get(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
) -> Result<Response, Refusal> {
    Ok(watches(&app, caller, language).await?)
}

/// The caller's watches as they stand, with their version.
async fn watches(app: &App, caller: Caller, language: Language) -> Outcome<Response> {
    let mine = queries::mine(app, caller).await?;
    let version = etag(mine.version.number);
    Ok((version, Json(WatchesView::new(app, mine, language))).into_response())
}

/// What to watch.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Choices {
    /// One for each kind that is to change; a kind that is not named stays as it is.
    choices: Vec<ChoiceView>,
}

/// What to choose for a kind.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Choice)]
struct ChoiceView {
    /// The kind.
    kind: Kind,
    /// The mobile number to use; left out: no SMS. Without either channel the kind is no longer watched.
    #[serde(default)]
    sms: Option<ContactId>,
    /// The e-mail address to use; left out: no e-mail.
    #[serde(default)]
    email: Option<ContactId>,
    /// Left out: nothing set.
    #[serde(default)]
    #[schema(required = false)]
    settings: SettingsView,
}

impl Choices {
    fn parse(self, now: Timestamp) -> Result<Vec<Choice>, Problem> {
        let choice = |(n, choice): (usize, ChoiceView)| {
            let settings = choice.settings.parse(&format!("choices[{n}].settings"), now)?;
            Ok(Choice { kind: choice.kind, sms: choice.sms, email: choice.email, settings })
        };
        self.choices.into_iter().enumerate().map(choice).collect()
    }
}

/// Chooses for the kinds that are named, all of them or, if any field is wrong, none. One with a channel is switched on,
/// one without is no longer watched.
#[utoipa::path(
    put,
    path = "/api/watches/v1/watches",
    operation_id = "saveWatches",
    params(("If-Match" = String, Header, description = "The ETag of the watches as they were read.")),
    request_body = Choices,
    responses(
        (status = OK, description = "The watches.", body = WatchesView,
         headers(("ETag" = String, description = "Their version."))),
        BodyFaults, InvalidFields, CommonErrors, NotConnected, Stale, VersionMissing,
    ),
)]
pub(super) async fn save(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
    IfMatch(version): IfMatch,
    JsonBody(choices): JsonBody<Choices>,
) -> Result<Response, Refusal> {
    commands::save::save(&app, caller, version, &choices.parse(app.now())?).await?;
    Ok(watches(&app, caller, language).await?)
}

/// How many alerts the user would have got with these choices, by today's rights, contact points and agreement. Nothing
/// is changed; kinds that are not named count as they are stored.
#[utoipa::path(
    post,
    path = "/api/watches/v1/watches/preview",
    operation_id = "previewWatches",
    request_body = Choices,
    responses(
        (status = OK, description = "What they would have meant.", body = Preview),
        BodyFaults, InvalidFields, CommonErrors, NotConnected,
    ),
)]
pub(super) async fn preview(
    app: State<App>,
    caller: Caller,
    JsonBody(choices): JsonBody<Choices>,
) -> JsonResult<Preview> {
    let choices = choices.parse(app.now())?;
    Ok(Json(queries::preview(&app, caller, &choices).await?))
}

/// Switches a watch on again, as it was chosen. One that is on stays so.
#[utoipa::path(
    post,
    path = "/api/watches/v1/watches/{kind}/on",
    operation_id = "switchWatchOn",
    params(("kind" = String, Path, description = "The kind.")),
    responses(
        (status = OK, description = "The watches.", body = WatchesView,
         headers(("ETag" = String, description = "Their version."))),
        CommonErrors, NotFound, NotConnected,
    ),
)]
pub(super) async fn switch_on(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
    Id(kind): Id<Kind>,
) -> Result<Response, Refusal> {
    commands::switch::on(&app, caller, &kind).await?;
    Ok(watches(&app, caller, language).await?)
}

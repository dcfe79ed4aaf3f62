//! What a user watches, all of it with one version.

pub(super) mod get;
pub(super) mod preview;
pub(super) mod save;
pub(super) mod switch_on;

use super::{described, refused::etag, settings::SettingsView};
use crate::{
    App,
    choice::Choice,
    fault::Outcome,
    queries::{
        self,
        mine::{Mine, WatchedKind},
    },
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bevaka_domain::{
    clock::Timestamp,
    event::Kind,
    ids::{ContactId, UserId},
    language::Language,
    watch::{Channel, Watch},
};
use bevaka_portal::Caller;
use bevaka_web::problem::Problem;
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
    #[schema(value_type = String, format = DateTime, required = false)]
    changed_at: Option<Timestamp>,
    /// Every kind of the catalogue, and watched ones that it has no longer.
    kinds: Vec<KindView>,
    /// Who may stand in, by name.
    colleagues: Vec<ColleagueView>,
    /// The names of who can change which kinds are included.
    signatories: Vec<String>,
}

/// A kind of event with the user's watch of it.
#[derive(Serialize, ToSchema)]
#[schema(as = WatchedKind)]
struct KindView {
    /// Its id.
    #[schema(value_type = String)]
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
    filters: FiltersView,
    /// How long telling of it helps, in seconds; what is gathered must leave within.
    helps_s: u64,
    /// What the user chose; left out: not watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    watch: Option<WatchView>,
}

/// What a watch can be narrowed by.
#[derive(Serialize, ToSchema)]
#[schema(as = Filters)]
struct FiltersView {
    /// By a least amount.
    amount: bool,
    /// By accounts.
    account: bool,
}

/// What a user chose for a kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Watch)]
pub(super) struct WatchView {
    /// The mobile number to use; left out: no SMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    sms: Option<ContactId>,
    /// The e-mail address to use; left out: no e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    email: Option<ContactId>,
    /// Channels that were chosen and tell nothing, as their contact point has been removed.
    #[schema(schema_with = channels)]
    missing: Vec<Channel>,
    settings: SettingsView,
    /// Since when it is switched off from a mail; left out: it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    off_at: Option<Timestamp>,
}

/// A watch with its kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StoredWatch {
    /// What is watched.
    #[schema(value_type = String)]
    kind: Kind,
    #[serde(flatten)]
    watch: WatchView,
}

/// Somebody who may stand in.
#[derive(Serialize, ToSchema)]
#[schema(as = Colleague)]
struct ColleagueView {
    /// Who.
    #[schema(value_type = String, format = Uuid)]
    user: UserId,
    /// The name.
    name: String,
}

/// What to watch.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Choices {
    /// One for each kind that is to change; a kind that is not named stays as it is.
    choices: Vec<ChoiceWish>,
}

/// What to choose for a kind.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Choice)]
struct ChoiceWish {
    /// The kind.
    #[schema(value_type = String)]
    kind: Kind,
    /// The mobile number to use; left out: no SMS. Without either channel the kind is no longer watched.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    sms: Option<ContactId>,
    /// The e-mail address to use; left out: no e-mail.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    email: Option<ContactId>,
    /// Left out: nothing set.
    #[serde(default)]
    #[schema(required = false)]
    settings: SettingsView,
}

fn channels() -> utoipa::openapi::schema::Array {
    let about = "Channels that were chosen and tell nothing, as their contact point has been removed.";
    utoipa::openapi::schema::ArrayBuilder::new().items(described::channel()).description(Some(about)).build()
}

impl WatchesView {
    fn new(app: &App, mine: Mine, language: Language) -> Self {
        let colleague = |colleague: queries::mine::Colleague| ColleagueView {
            user: colleague.user,
            name: colleague.name,
        };
        Self {
            version: mine.version.number,
            changed_at: mine.version.changed_at,
            kinds: mine.kinds.into_iter().map(|kind| KindView::new(app, kind, language)).collect(),
            colleagues: mine.colleagues.into_iter().map(colleague).collect(),
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
            filters: FiltersView { amount: kind.filters.amount, account: kind.filters.account },
            helps_s: kind.helps_s,
            watch: kind.watch.as_ref().map(WatchView::new),
        }
    }
}

impl WatchView {
    fn new(watch: &Watch) -> Self {
        let chosen = |channel| watch.channels.get(&channel).copied().flatten();
        let missing = watch.channels.iter().filter(|(_, contact)| contact.is_none());
        Self {
            sms: chosen(Channel::Sms),
            email: chosen(Channel::Email),
            missing: missing.map(|(channel, _)| *channel).collect(),
            settings: (&watch.settings).into(),
            off_at: watch.off_at,
        }
    }
}

impl StoredWatch {
    pub fn new(watch: &Watch) -> Self {
        Self { kind: watch.kind.clone(), watch: WatchView::new(watch) }
    }
}

impl Choices {
    /// What is chosen.
    fn chosen(self, now: Timestamp) -> Result<Vec<Choice>, Problem> {
        let choice = |(n, wish): (usize, ChoiceWish)| {
            let settings = wish.settings.chosen(&format!("choices[{n}].settings"), now)?;
            Ok(Choice { kind: wish.kind, sms: wish.sms, email: wish.email, settings })
        };
        self.choices.into_iter().enumerate().map(choice).collect()
    }
}

/// The caller's watches as they stand, with their version.
async fn standing(app: &App, caller: Caller, language: Language) -> Outcome<Response> {
    let mine = queries::mine(app, caller).await?;
    let version = etag(mine.version.number);
    Ok((version, Json(WatchesView::new(app, mine, language))).into_response())
}

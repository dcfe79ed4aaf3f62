//! The contact points of a user (R28). Addresses are told to their owner only.

use super::refusals::{
    BodyFaults, CommonErrors, Conflict, InvalidFields, JsonResult, NotConnected, NotFound, Refusal, TooMany,
};
use crate::{
    App,
    commands::{contacts, test},
    fault::{Broken, Fault, Outcome},
    queries::{
        self,
        losses::Loss,
        mine::{ContactState, ContactStateName, ContactView as Known},
    },
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_domain::{clock::Timestamp, contact::Address, event::Kind, ids::ContactId, watch::Channel};
use bevaka_portal::Caller;
use bevaka_web::{accept_language::AcceptLanguage, body::JsonBody, extract::Id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A contact point as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactPoint)]
pub(super) struct ContactView {
    /// Our id.
    contact: ContactId,
    /// By which way.
    channel: Channel,
    /// A mobile number (E.164) or an e-mail address.
    address: String,
    /// Whether alerts are sent there.
    state: ContactStateName,
    /// Since when it is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    confirmed_at: Option<Timestamp>,
    /// Until when the code under way counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code_until: Option<Timestamp>,
    /// How many wrong answers the code under way still takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    tries_left: Option<u32>,
    /// Which one it takes the place of once it is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    replaces: Option<ContactId>,
    /// Which kinds are told here.
    used_for: Vec<Kind>,
}

impl From<Known> for ContactView {
    fn from(known: Known) -> Self {
        let (confirmed_at, code_until, tries_left) = match known.state {
            ContactState::Confirmed { since } => (Some(since), None, None),
            ContactState::CodeUnderWay { until, tries_left } => (None, Some(until), Some(tries_left)),
            ContactState::Unconfirmed => (None, None, None),
        };
        Self {
            contact: known.id,
            channel: known.address.channel(),
            address: known.address.reveal().to_owned(),
            state: known.state.into(),
            confirmed_at,
            code_until,
            tries_left,
            replaces: known.replaces,
            used_for: known.used_for,
        }
    }
}

async fn all(app: &App, caller: Caller) -> Outcome<Vec<Known>> {
    Ok(queries::mine(app, caller).await?.contacts)
}

async fn one(app: &App, caller: Caller, id: ContactId) -> Outcome<Known> {
    all(app, caller).await?.into_iter().find(|known| known.id == id).ok_or(Fault::NotFound)
}

/// The user's own contact points, numbers before addresses, the oldest first.
#[utoipa::path(
    get,
    path = "/api/watches/v1/contacts",
    operation_id = "listContacts",
    responses(
        (status = OK, description = "The contact points.", body = Vec<ContactView>),
        CommonErrors, NotConnected,
    ),
)]
pub(super) async fn list(app: State<App>, caller: Caller) -> JsonResult<Vec<ContactView>> {
    Ok(Json(all(&app, caller).await?.into_iter().map(ContactView::from).collect()))
}

/// A contact point to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewContact {
    /// By which way.
    channel: Channel,
    /// A mobile number or an e-mail address, in any usual spelling.
    address: String,
}

/// Adds a contact point, and sends the code that confirms it. One that is there already is told as it stands, and sent
/// nothing.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts",
    operation_id = "addContact",
    request_body = NewContact,
    responses(
        (status = CREATED, description = "It is added, and its code sent.", body = ContactView),
        (status = OK, description = "It was there already.", body = ContactView),
        BodyFaults, InvalidFields, CommonErrors, NotConnected, TooMany,
    ),
)]
pub(super) async fn add(
    app: State<App>,
    caller: Caller,
    JsonBody(new): JsonBody<NewContact>,
) -> Result<(StatusCode, Json<ContactView>), Refusal> {
    Ok(add_once(&app, caller, (new.channel, &new.address), None).await?)
}

/// What takes the place of a contact point.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Replacement {
    /// A number or address for the same channel, in any usual spelling.
    address: String,
}

/// Adds a contact point of the same channel, and sends the code that confirms it. Until then the old one goes on; after,
/// watches that used it use the new one, and it is removed. The same again changes nothing.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts/{contact}/replace",
    operation_id = "replaceContact",
    params(("contact" = ContactId, Path, description = "The contact point to replace.")),
    request_body = Replacement,
    responses(
        (status = CREATED, description = "The new one is added, and its code sent.", body = ContactView),
        (status = OK, description = "The new one was there already.", body = ContactView),
        BodyFaults, InvalidFields, CommonErrors, NotFound, NotConnected, TooMany,
    ),
)]
pub(super) async fn replace(
    app: State<App>,
    caller: Caller,
    Id(contact): Id<ContactId>,
    JsonBody(new): JsonBody<Replacement>,
) -> Result<(StatusCode, Json<ContactView>), Refusal> {
    let old = one(&app, caller, contact).await?;
    Ok(add_once(&app, caller, (old.address.channel(), &new.address), Some(old.id)).await?)
}

/// Adds a contact point. The same again changes nothing, sends nothing, and is answered with what is there.
async fn add_once(
    app: &App,
    caller: Caller,
    (channel, text): (Channel, &str),
    replaces: Option<ContactId>,
) -> Outcome<(StatusCode, Json<ContactView>)> {
    let (status, known) = match contacts::add(app, caller, channel, text, replaces).await {
        Ok(id) => (StatusCode::CREATED, one(app, caller, id).await?),
        Err(Fault::Invalid(faults)) if faults.iter().any(|fault| fault.broken == Broken::Taken) => {
            let address = Address::parse(channel, text).ok();
            let is_same =
                |known: &Known| Some(&known.address) == address.as_ref() && known.replaces == replaces;
            let same = all(app, caller).await?.into_iter().find(is_same);
            (StatusCode::OK, same.ok_or(Fault::Invalid(faults))?)
        }
        Err(fault) => return Err(fault),
    };
    Ok((status, Json(known.into())))
}

/// Sends a new code, which is valid for 30 minutes; an earlier one no longer counts.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts/{contact}/code",
    operation_id = "sendCode",
    params(("contact" = ContactId, Path, description = "The contact point.")),
    responses(
        (status = OK, description = "The code is sent.", body = ContactView),
        CommonErrors, NotFound, Conflict, TooMany,
    ),
)]
pub(super) async fn send_code(
    app: State<App>,
    caller: Caller,
    Id(contact): Id<ContactId>,
) -> JsonResult<ContactView> {
    contacts::send_code(&app, caller, contact).await?;
    Ok(Json(one(&app, caller, contact).await?.into()))
}

/// The code that was sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SentCode {
    /// Six digits, blanks and dashes aside.
    code: String,
}

/// Confirms a contact point; one that replaces another takes its place. Confirming again changes nothing.
///
/// 409 where no code counts any more; 422 for a wrong code, of which five are taken.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts/{contact}/confirm",
    operation_id = "confirmContact",
    params(("contact" = ContactId, Path, description = "The contact point.")),
    request_body = SentCode,
    responses(
        (status = OK, description = "It is confirmed.", body = ContactView),
        BodyFaults, InvalidFields, CommonErrors, NotFound, Conflict,
    ),
)]
pub(super) async fn confirm(
    app: State<App>,
    caller: Caller,
    Id(contact): Id<ContactId>,
    JsonBody(sent): JsonBody<SentCode>,
) -> JsonResult<ContactView> {
    contacts::confirm(&app, caller, contact, &sent.code).await?;
    Ok(Json(one(&app, caller, contact).await?.into()))
}

/// Sends a test alert by the way of every alert; the list of alerts then tells what became of it.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts/{contact}/test",
    operation_id = "sendTest",
    params(("contact" = ContactId, Path, description = "The contact point.")),
    responses(
        (status = ACCEPTED, description = "It is under way."),
        CommonErrors, NotFound, Conflict, TooMany,
    ),
)]
pub(super) async fn send_test(
    app: State<App>,
    caller: Caller,
    Id(contact): Id<ContactId>,
) -> Result<StatusCode, Refusal> {
    test::send_test(&app, caller, contact).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Which watches lose their channel if the contact point is removed.
#[utoipa::path(
    get,
    path = "/api/watches/v1/contacts/{contact}/losses",
    operation_id = "listLosses",
    params(("contact" = ContactId, Path, description = "The contact point.")),
    responses(
        (status = OK, description = "The watches, by kind.", body = Vec<Loss>),
        CommonErrors, NotFound, NotConnected,
    ),
)]
pub(super) async fn list_losses(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
    Id(contact): Id<ContactId>,
) -> JsonResult<Vec<Loss>> {
    let mut losses = queries::losses(&app, caller, contact).await?;
    for loss in &mut losses {
        loss.name = app.chassis.catalogue.name(&loss.kind, language).to_owned();
    }
    Ok(Json(losses))
}

/// Removes a contact point. Watches that used it keep the channel, and tell nothing by it until another is chosen.
#[utoipa::path(
    delete,
    path = "/api/watches/v1/contacts/{contact}",
    operation_id = "removeContact",
    params(("contact" = ContactId, Path, description = "The contact point.")),
    responses((status = NO_CONTENT, description = "It is removed."), CommonErrors, NotFound, NotConnected),
)]
pub(super) async fn remove(
    app: State<App>,
    caller: Caller,
    Id(contact): Id<ContactId>,
) -> Result<StatusCode, Refusal> {
    contacts::remove(&app, caller, contact).await?;
    Ok(StatusCode::NO_CONTENT)
}

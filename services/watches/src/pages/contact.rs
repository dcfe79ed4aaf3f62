//! One contact point: replaced, removed (R28).

use super::{
    contacts::{AddressFault, add_one},
    display,
    flash::Done,
    session::{CompanySession, Names},
};
use crate::{
    app::App,
    commands::contacts::remove,
    fault::Fault,
    paths,
    queries::{
        self,
        mine::{ContactView, Mine},
    },
};
use axum::{Router, routing::get};
use bevaka_domain::{
    ids::ContactId,
    watch::{Channel, Watch},
};
use bevaka_portal::{help, nav};
use bevaka_web::{
    form::HtmlForm,
    page::{At, FieldError, Title, View},
    page_error::{PageId, PageResult},
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::REPLACE, get(ask_replacement).post(replace))
        .route(paths::REMOVE, get(ask_removal).post(remove_one))
}

/// The user's contact point of an address, with everything around it.
async fn own(session: &CompanySession, contact: ContactId) -> PageResult<(ContactView, Mine)> {
    let mine = queries::mine(session.app(), session.caller).await?;
    let own = display::contact(&mine.contacts, contact).cloned().ok_or(Fault::NotFound)?;
    Ok((own, mine))
}

async fn ask_replacement(session: CompanySession, PageId(contact): PageId<ContactId>) -> PageResult {
    let (old, _) = own(&session, contact).await?;
    session.page(&replacing(&old, Names::for_session(&session), ("", None)))
}

fn replacing(
    old: &ContactView,
    names: Names<'_>,
    (typed, fault): (&str, Option<AddressFault>),
) -> ReplaceContact {
    ReplaceContact {
        id: old.id.to_string(),
        channel: old.address.channel(),
        old: display::address(&old.address),
        kinds: old.used_for.iter().map(|kind| names.of(kind)).collect(),
        typed: typed.to_owned(),
        fault,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewAddress {
    address: String,
}

async fn replace(
    session: CompanySession,
    PageId(contact): PageId<ContactId>,
    HtmlForm(new): HtmlForm<NewAddress>,
) -> PageResult {
    let (old, _) = own(&session, contact).await?;
    match add_one(&session, old.address.channel(), &new.address, Some(old.id)).await? {
        Ok(added) => Ok(session.redirect_with_flash(&Done::CodeSent(added), paths::CONTACTS)),
        Err((status, fault)) => session
            .page_with(status, &replacing(&old, Names::for_session(&session), (&new.address, Some(fault)))),
    }
}

async fn ask_removal(session: CompanySession, PageId(contact): PageId<ContactId>) -> PageResult {
    let (old, mine) = own(&session, contact).await?;
    session.page(&removing(&old, &mine, Names::for_session(&session)))
}

fn removing(old: &ContactView, mine: &Mine, names: Names<'_>) -> RemoveContact {
    let uses = |watch: &&Watch| watch.channels.values().any(|contact| *contact == Some(old.id));
    let watches = mine.kinds.iter().filter_map(|kind| kind.watch.as_ref());
    let loss = |watch: &Watch| {
        let others = watch.channels.values().copied().flatten().filter(|contact| *contact != old.id);
        let left: Vec<_> =
            others.filter_map(|contact| display::address_of(&mine.contacts, contact)).collect();
        ChannelLoss { kind: names.of(&watch.kind), left: left.into_iter().next() }
    };
    RemoveContact {
        id: old.id.to_string(),
        channel: old.address.channel(),
        address: display::address(&old.address),
        losses: watches.filter(uses).map(loss).collect(),
    }
}

async fn remove_one(session: CompanySession, PageId(contact): PageId<ContactId>) -> PageResult {
    remove(session.app(), session.caller, contact).await?;
    Ok(session.redirect_with_flash(&Done::Removed, paths::CONTACTS))
}

/// Puts another number or address in the place of one, `POST` [`crate::paths::REPLACE`] with `address`.
#[derive(Clone, Serialize)]
pub struct ReplaceContact {
    /// The id of the one to replace.
    pub id: String,
    pub channel: Channel,
    pub old: String,
    /// The names of the kinds that are told there.
    pub kinds: Vec<String>,
    pub typed: String,
    #[serde(skip)]
    pub fault: Option<AddressFault>,
}

/// Removes a number or address, `POST` [`crate::paths::REMOVE`].
#[derive(Clone, Serialize)]
pub struct RemoveContact {
    pub id: String,
    pub channel: Channel,
    pub address: String,
    /// The watches that lose a channel.
    pub losses: Vec<ChannelLoss>,
}

/// A watch that loses a channel.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelLoss {
    pub kind: String,
    /// Where its alerts still go; left out if nowhere.
    pub left: Option<String>,
}

impl View for ReplaceContact {
    const TEMPLATE: &'static str = "contact_replace";
    const AT: At = At::new(nav::CONTACTS, help::WATCHES);

    fn title(&self) -> Title {
        match self.channel {
            Channel::Sms => "replace-title-sms".into(),
            Channel::Email => "replace-title-email".into(),
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        self.fault.iter().map(|fault| FieldError::new("address", fault.key())).collect()
    }
}

impl View for RemoveContact {
    const TEMPLATE: &'static str = "contact_remove";
    const AT: At = At::new(nav::CONTACTS, help::WATCHES);

    fn title(&self) -> Title {
        match self.channel {
            Channel::Sms => "remove-title-sms".into(),
            Channel::Email => "remove-title-email".into(),
        }
    }
}

//! One contact point: replaced, removed (R28).

use super::{
    contacts::add_one,
    news::News,
    shown,
    visitor::{Answer, Fields, Names, Visitor, answer, id, page},
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
    views::{AddressFault, ChannelLoss, Place, RemoveContact, ReplaceContact},
};
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use bevaka_domain::{ids::ContactId, watch::Watch};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::REPLACE, get(ask_replacement).post(replace))
        .route(paths::REMOVE, get(ask_removal).post(remove_one))
}

/// The user's contact point of an address, with everything around it.
async fn own(visitor: &Visitor, contact: &str) -> Answer<(ContactView, Mine)> {
    let contact: ContactId = id(contact)?;
    let mine = queries::mine(visitor.app(), visitor.caller).await?;
    let own = shown::contact(&mine.contacts, contact).cloned().ok_or(Fault::NotFound)?;
    Ok((own, mine))
}

async fn ask_replacement(visitor: Visitor, Path(contact): Path<String>) -> Response {
    answer(&visitor, Place::Contacts, replacement(&visitor, &contact).await)
}

async fn replacement(visitor: &Visitor, contact: &str) -> Answer {
    let (old, _) = own(visitor, contact).await?;
    page(visitor, StatusCode::OK, &replacing(&old, Names::for_visitor(visitor), ("", None)))
}

fn replacing(
    old: &ContactView,
    names: Names<'_>,
    (typed, fault): (&str, Option<AddressFault>),
) -> ReplaceContact {
    ReplaceContact {
        id: old.id.to_string(),
        channel: old.address.channel(),
        old: shown::address(&old.address),
        kinds: old.used_for.iter().map(|kind| names.of(kind)).collect(),
        typed: typed.to_owned(),
        fault,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct New {
    address: String,
}

async fn replace(visitor: Visitor, Path(contact): Path<String>, Fields(new): Fields<New>) -> Response {
    answer(&visitor, Place::Contacts, replaced(&visitor, &contact, &new.address).await)
}

async fn replaced(visitor: &Visitor, contact: &str, typed: &str) -> Answer {
    let (old, _) = own(visitor, contact).await?;
    match add_one(visitor, old.address.channel(), typed, Some(old.id)).await? {
        Ok(new) => Ok(visitor.browser.telling(&News::CodeSent(new), paths::CONTACTS)),
        Err((status, fault)) => {
            page(visitor, status, &replacing(&old, Names::for_visitor(visitor), (typed, Some(fault))))
        }
    }
}

async fn ask_removal(visitor: Visitor, Path(contact): Path<String>) -> Response {
    answer(&visitor, Place::Contacts, removal(&visitor, &contact).await)
}

async fn removal(visitor: &Visitor, contact: &str) -> Answer {
    let (old, mine) = own(visitor, contact).await?;
    page(visitor, StatusCode::OK, &removing(&old, &mine, Names::for_visitor(visitor)))
}

fn removing(old: &ContactView, mine: &Mine, names: Names<'_>) -> RemoveContact {
    let uses = |watch: &&Watch| watch.channels.values().any(|contact| *contact == Some(old.id));
    let watches = mine.kinds.iter().filter_map(|kind| kind.watch.as_ref());
    let loss = |watch: &Watch| {
        let others = watch.channels.values().copied().flatten().filter(|contact| *contact != old.id);
        let left: Vec<_> = others.filter_map(|contact| shown::address_of(&mine.contacts, contact)).collect();
        ChannelLoss { kind: names.of(&watch.kind), left: left.into_iter().next() }
    };
    RemoveContact {
        id: old.id.to_string(),
        channel: old.address.channel(),
        address: shown::address(&old.address),
        losses: watches.filter(uses).map(loss).collect(),
    }
}

async fn remove_one(visitor: Visitor, Path(contact): Path<String>) -> Response {
    answer(&visitor, Place::Contacts, removed(&visitor, &contact).await)
}

async fn removed(visitor: &Visitor, contact: &str) -> Answer {
    remove(visitor.app(), visitor.caller, id(contact)?).await?;
    Ok(visitor.browser.telling(&News::Removed, paths::CONTACTS))
}

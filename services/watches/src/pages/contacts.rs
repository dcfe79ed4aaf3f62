//! *Kontaktuppgifter* (R28): added, confirmed by a code, with a new code.

use super::{
    news::News,
    shown,
    visitor::{Answer, Fields, Names, Stop, Visitor, answer, id, page},
};
use crate::{
    app::App,
    commands::contacts::{add, confirm, send_code},
    fault::{self, Broken, Fault},
    paths,
    queries::{
        self,
        mine::{self, ContactView, Mine},
    },
    views::{
        Adding, AddressFault, CodeFault, ContactFault, ContactRow, ContactState, Contacts, ContactsNotice,
        Place,
    },
};
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use bevaka_domain::{contact::InvalidAddress, ids::ContactId, watch::Channel};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::CONTACTS, get(show).post(submit))
        .route(paths::CONFIRM, post(confirm_one))
        .route(paths::NEW_CODE, post(new_code))
}

async fn show(visitor: Visitor) -> Response {
    answer(&visitor, Place::Contacts, shown_page(&visitor).await)
}

async fn shown_page(visitor: &Visitor) -> Answer {
    let mine = queries::mine(visitor.app(), visitor.caller).await?;
    let news = visitor.browser.cookies.news();
    let mut view = view(visitor, &mine);
    view.notice = news.as_ref().and_then(|news| notice(news, &mine));
    if let Some(News::TooManyCodes(contact, until)) = news {
        wait(&mut view, contact, ContactState::TooManyCodes { until });
    }
    let page = page(visitor, StatusCode::OK, &view)?;
    Ok(if view.notice.is_some() { visitor.browser.told(page) } else { page })
}

/// A contact point without a code gets none for a while.
fn wait(view: &mut Contacts, contact: ContactId, state: ContactState) {
    let id = contact.to_string();
    for row in view.numbers.iter_mut().chain(&mut view.addresses) {
        if row.id == id && row.state == ContactState::NoCode {
            row.state = state;
        }
    }
}

fn view(visitor: &Visitor, mine: &Mine) -> Contacts {
    let names = Names::for_visitor(visitor);
    let most = visitor.app().chassis.settings.contacts.max_contacts.get();
    let rows = |channel| shown::of_channel(mine, channel).map(|contact| row(contact, mine, names)).collect();
    let adding = || adding(mine.contacts.len(), most);
    Contacts {
        numbers: rows(Channel::Sms),
        addresses: rows(Channel::Email),
        add_number: adding(),
        add_address: adding(),
        language: visitor.language(),
        notice: None,
        faults: Vec::new(),
    }
}

fn adding(has: usize, most: usize) -> Adding {
    if has >= most { Adding::Full { most: most as u64 } } else { Adding::Open { typed: String::new() } }
}

fn row(contact: &ContactView, mine: &Mine, names: Names<'_>) -> ContactRow {
    let state = match contact.state {
        mine::ContactState::Confirmed { since } => ContactState::Confirmed { since },
        mine::ContactState::CodeUnderWay { until, tries_left } => {
            ContactState::CodeSent { until, tries_left: tries_left.into() }
        }
        mine::ContactState::Unconfirmed => ContactState::NoCode,
    };
    ContactRow {
        id: contact.id.to_string(),
        address: shown::address(&contact.address),
        state,
        replaces: contact.replaces.and_then(|old| shown::address_of(&mine.contacts, old)),
        kinds: contact.used_for.iter().map(|kind| names.of(kind)).collect(),
    }
}

fn notice(news: &News, mine: &Mine) -> Option<ContactsNotice> {
    type Notice = fn(String) -> ContactsNotice;
    let (contact, notice): (_, Notice) = match news {
        News::CodeSent(contact) => (*contact, ContactsNotice::CodeSent),
        News::Confirmed(contact) => (*contact, ContactsNotice::Confirmed),
        News::Replaced(contact) => (*contact, ContactsNotice::Replaced),
        News::Removed => return Some(ContactsNotice::Removed),
        News::TooManyCodes(_, until) => return Some(ContactsNotice::TooManyCodes { until: *until }),
        _ => return None,
    };
    Some(notice(shown::address_of(&mine.contacts, contact)?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct New {
    channel: String,
    address: String,
}

async fn submit(visitor: Visitor, Fields(new): Fields<New>) -> Response {
    answer(&visitor, Place::Contacts, added(&visitor, &new).await)
}

async fn added(visitor: &Visitor, new: &New) -> Answer {
    let channel: Channel = id(&new.channel)?;
    let outcome = add_one(visitor, channel, &new.address, None).await?;
    let (status, fault) = match outcome {
        Ok(contact) => return Ok(visitor.browser.telling(&News::CodeSent(contact), paths::CONTACTS)),
        Err(refused) => refused,
    };
    let mine = queries::mine(visitor.app(), visitor.caller).await?;
    let mut view = view(visitor, &mine);
    let adding = match channel {
        Channel::Sms => &mut view.add_number,
        Channel::Email => &mut view.add_address,
    };
    if let Adding::Open { typed } = adding {
        typed.clone_from(&new.address);
    }
    view.faults.push(ContactFault::Address(channel, fault));
    page(visitor, status, &view)
}

/// Adds a contact point, or gives what is wrong with what was typed, and the status that says so.
pub(super) async fn add_one(
    visitor: &Visitor,
    channel: Channel,
    typed: &str,
    replaces: Option<ContactId>,
) -> Answer<Result<ContactId, (StatusCode, AddressFault)>> {
    if typed.trim().is_empty() {
        return Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, AddressFault::Missing)));
    }
    match add(visitor.app(), visitor.caller, channel, typed, replaces).await {
        Ok(contact) => Ok(Ok(contact)),
        Err(fault) => address_fault(fault).map(Err),
    }
}

fn address_fault(fault: Fault) -> Answer<(StatusCode, AddressFault)> {
    let invalid = match &fault {
        Fault::TooMany { .. } => return Ok((StatusCode::TOO_MANY_REQUESTS, AddressFault::TooManyCodes)),
        Fault::Invalid(invalid) => invalid.first().map(|invalid| &invalid.broken),
        _ => None,
    };
    let found = match invalid {
        Some(Broken::Address(InvalidAddress::NotANumber)) => AddressFault::NotANumber,
        Some(Broken::Address(InvalidAddress::NotMobile)) => AddressFault::NotMobile,
        Some(Broken::Address(InvalidAddress::NotAnEmail)) => AddressFault::NotAnEmail,
        Some(Broken::Taken) => AddressFault::Already,
        Some(Broken::TooManyContacts { .. }) => AddressFault::Full,
        _ => return Err(Stop::from(fault)),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, found))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    code: String,
}

async fn confirm_one(
    visitor: Visitor,
    Path(contact): Path<String>,
    Fields(typed): Fields<Typed>,
) -> Response {
    answer(&visitor, Place::Contacts, confirmed(&visitor, &contact, &typed.code).await)
}

async fn confirmed(visitor: &Visitor, contact: &str, code: &str) -> Answer {
    let contact: ContactId = id(contact)?;
    let (app, caller) = (visitor.app(), visitor.caller);
    let before = queries::mine(app, caller).await?;
    let replaces = shown::contact(&before.contacts, contact).and_then(|contact| contact.replaces);
    let fault = match confirm(app, caller, contact, code).await {
        Ok(()) => {
            let news = if replaces.is_some() { News::Replaced(contact) } else { News::Confirmed(contact) };
            return Ok(visitor.browser.telling(&news, paths::CONTACTS));
        }
        Err(Fault::Code(fault)) => code_fault(fault),
        Err(Fault::Invalid(_)) => CodeFault::Malformed,
        Err(fault) => return Err(fault.into()),
    };
    // The tries that are left stand in the row.
    let mine = queries::mine(app, caller).await?;
    let mut view = view(visitor, &mine);
    view.faults.push(ContactFault::Code(contact.to_string(), fault));
    page(visitor, StatusCode::UNPROCESSABLE_ENTITY, &view)
}

const fn code_fault(fault: fault::CodeFault) -> CodeFault {
    match fault {
        fault::CodeFault::Wrong { .. } => CodeFault::Wrong,
        fault::CodeFault::UsedUp => CodeFault::UsedUp,
        fault::CodeFault::Expired => CodeFault::Expired,
        fault::CodeFault::NoneSent => CodeFault::NoneSent,
    }
}

async fn new_code(visitor: Visitor, Path(contact): Path<String>) -> Response {
    answer(&visitor, Place::Contacts, code_sent(&visitor, &contact).await)
}

async fn code_sent(visitor: &Visitor, contact: &str) -> Answer {
    let contact: ContactId = id(contact)?;
    let news = match send_code(visitor.app(), visitor.caller, contact).await {
        Ok(()) => News::CodeSent(contact),
        Err(Fault::TooMany { until, .. }) => News::TooManyCodes(contact, until),
        Err(fault) => return Err(fault.into()),
    };
    Ok(visitor.browser.telling(&news, paths::CONTACTS))
}

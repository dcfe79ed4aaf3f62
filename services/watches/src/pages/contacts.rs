//! *Kontaktuppgifter* (R28): added, confirmed by a code, with a new code.

use super::{
    display,
    flash::Done,
    session::{CompanySession, Names},
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
};
use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use bevaka_domain::{
    clock::Timestamp, contact::InvalidAddress, ids::ContactId, language::Language, watch::Channel,
};
use bevaka_portal::{help, nav};
use bevaka_web::{
    form::HtmlForm,
    layout::Tone,
    page::{At, FieldError, Message, View},
    page_error::{PageError, PageId, PageResult},
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::CONTACTS, get(show).post(submit))
        .route(paths::CONFIRM, post(confirm_one))
        .route(paths::NEW_CODE, post(new_code))
}

async fn show(session: CompanySession) -> PageResult {
    let mine = queries::mine(session.app(), session.caller).await?;
    let news = session.flash();
    let mut view = view(&session, &mine);
    view.notice = news.as_ref().and_then(|news| notice(news, &mine));
    if let Some(Done::TooManyCodes(contact, until)) = news {
        wait(&mut view, contact, ContactState::TooManyCodes { until });
    }
    session.page(&view)
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

fn view(session: &CompanySession, mine: &Mine) -> Contacts {
    let names = Names::for_session(session);
    let most = session.app().chassis.settings.contacts.max_contacts.get();
    let rows =
        |channel| display::of_channel(mine, channel).map(|contact| row(contact, mine, names)).collect();
    let adding = || adding(mine.contacts.len(), most);
    Contacts {
        numbers: rows(Channel::Sms),
        addresses: rows(Channel::Email),
        add_number: adding(),
        add_address: adding(),
        language: session.language(),
        notice: None,
        errors: Vec::new(),
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
        address: display::address(&contact.address),
        state,
        replaces: contact.replaces.and_then(|old| display::address_of(&mine.contacts, old)),
        kinds: contact.used_for.iter().map(|kind| names.of(kind)).collect(),
    }
}

fn notice(news: &Done, mine: &Mine) -> Option<ContactsNotice> {
    type Notice = fn(String) -> ContactsNotice;
    let (contact, notice): (_, Notice) = match news {
        Done::CodeSent(contact) => (*contact, ContactsNotice::CodeSent),
        Done::Confirmed(contact) => (*contact, ContactsNotice::Confirmed),
        Done::Replaced(contact) => (*contact, ContactsNotice::Replaced),
        Done::Removed => return Some(ContactsNotice::Removed),
        Done::TooManyCodes(_, until) => return Some(ContactsNotice::TooManyCodes { until: *until }),
        _ => return None,
    };
    Some(notice(display::address_of(&mine.contacts, contact)?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewContact {
    channel: String,
    address: String,
}

async fn submit(session: CompanySession, HtmlForm(new): HtmlForm<NewContact>) -> PageResult {
    let channel: Channel = new.channel.parse().map_err(|_| Fault::NotFound)?;
    let outcome = add_one(&session, channel, &new.address, None).await?;
    let (status, fault) = match outcome {
        Ok(contact) => return Ok(session.redirect_with_flash(&Done::CodeSent(contact), paths::CONTACTS)),
        Err(refused) => refused,
    };
    let mine = queries::mine(session.app(), session.caller).await?;
    let mut view = view(&session, &mine);
    let adding = match channel {
        Channel::Sms => &mut view.add_number,
        Channel::Email => &mut view.add_address,
    };
    if let Adding::Open { typed } = adding {
        typed.clone_from(&new.address);
    }
    view.errors.push(ContactFault::Address(channel, fault));
    session.page_with(status, &view)
}

/// Adds a contact point, or gives what is wrong with what was typed, and the status that says so.
pub(super) async fn add_one(
    session: &CompanySession,
    channel: Channel,
    typed: &str,
    replaces: Option<ContactId>,
) -> PageResult<Result<ContactId, (StatusCode, AddressFault)>> {
    if typed.trim().is_empty() {
        return Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, AddressFault::Missing)));
    }
    match add(session.app(), session.caller, channel, typed, replaces).await {
        Ok(contact) => Ok(Ok(contact)),
        Err(fault) => address_fault(fault).map(Err),
    }
}

fn address_fault(fault: Fault) -> PageResult<(StatusCode, AddressFault)> {
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
        _ => return Err(PageError::from(fault)),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, found))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CodeForm {
    code: String,
}

async fn confirm_one(
    session: CompanySession,
    PageId(contact): PageId<ContactId>,
    HtmlForm(form): HtmlForm<CodeForm>,
) -> PageResult {
    let (app, caller) = (session.app(), session.caller);
    let before = queries::mine(app, caller).await?;
    let replaces = display::contact(&before.contacts, contact).and_then(|contact| contact.replaces);
    let fault = match confirm(app, caller, contact, &form.code).await {
        Ok(()) => {
            let done = if replaces.is_some() { Done::Replaced(contact) } else { Done::Confirmed(contact) };
            return Ok(session.redirect_with_flash(&done, paths::CONTACTS));
        }
        Err(Fault::Code(fault)) => code_fault(fault),
        Err(Fault::Invalid(_)) => CodeFault::Malformed,
        Err(fault) => return Err(fault.into()),
    };
    // The tries that are left stand in the row.
    let mine = queries::mine(app, caller).await?;
    let mut view = view(&session, &mine);
    view.errors.push(ContactFault::Code(contact.to_string(), fault));
    session.page(&view)
}

const fn code_fault(fault: fault::CodeFault) -> CodeFault {
    match fault {
        fault::CodeFault::Wrong { .. } => CodeFault::Wrong,
        fault::CodeFault::UsedUp => CodeFault::UsedUp,
        fault::CodeFault::Expired => CodeFault::Expired,
        fault::CodeFault::NoneSent => CodeFault::NoneSent,
    }
}

async fn new_code(session: CompanySession, PageId(contact): PageId<ContactId>) -> PageResult {
    let done = match send_code(session.app(), session.caller, contact).await {
        Ok(()) => Done::CodeSent(contact),
        Err(Fault::TooMany { until, .. }) => Done::TooManyCodes(contact, until),
        Err(fault) => return Err(fault.into()),
    };
    Ok(session.redirect_with_flash(&done, paths::CONTACTS))
}

/// A user's numbers and addresses. Adding one is `POST` [`crate::paths::CONTACTS`] with `channel` (`sms`, `email`) and
/// `address`; a code is `POST` [`crate::paths::CONFIRM`] with `code`; the language is `POST` [`crate::paths::LANGUAGE`] with `language`
/// (`sv`, `en`) and `next`.
#[derive(Clone, Serialize)]
pub struct Contacts {
    pub numbers: Vec<ContactRow>,
    pub addresses: Vec<ContactRow>,
    /// Whether a number can be added.
    pub add_number: Adding,
    /// Whether an address can be added.
    pub add_address: Adding,
    /// The language of the user's pages and alerts.
    pub language: Language,
    #[serde(skip)]
    pub notice: Option<ContactsNotice>,
    /// What is wrong, in the order of the page.
    #[serde(skip)]
    pub errors: Vec<ContactFault>,
}

#[derive(Clone, Serialize)]
pub struct ContactRow {
    pub id: String,
    /// The number or address, as people write it.
    pub address: String,
    /// Whether its owner has confirmed it.
    pub state: ContactState,
    /// The one that it replaces as soon as it is confirmed.
    pub replaces: Option<String>,
    /// The names of the kinds that are told there.
    pub kinds: Vec<String>,
}

/// Whether a contact point is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ContactState {
    Confirmed {
        since: Timestamp,
    },
    /// A code has been sent to it.
    CodeSent {
        /// When the code stops being valid.
        until: Timestamp,
        /// How often a code may still be typed in.
        tries_left: u64,
    },
    /// It waits for a code, and none is valid: never sent, too old, or tried too often.
    NoCode,
    /// As [`ContactState::NoCode`], and no new one can be sent yet: too many have been.
    TooManyCodes {
        until: Timestamp,
    },
}

/// Whether a contact point can be added.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Adding {
    Open {
        typed: String,
    },
    /// There are as many as there may be.
    Full {
        most: u64,
    },
}

#[derive(Clone, PartialEq, Eq)]
pub enum ContactsNotice {
    /// A code is on its way; names where to.
    CodeSent(String),
    Confirmed(String),
    /// A contact point was confirmed and has replaced another; names the new one.
    Replaced(String),
    Removed,
    /// No code was sent: too many have been.
    TooManyCodes {
        /// When one can be sent again.
        until: Timestamp,
    },
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactFault {
    /// With what was typed to add one.
    Address(Channel, AddressFault),
    /// With the code for a contact point, by its id.
    Code(String, CodeFault),
}

/// What is wrong with a number or address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFault {
    Missing,
    NotANumber,
    /// A number that no SMS reaches.
    NotMobile,
    NotAnEmail,
    Already,
    /// There are as many as there may be.
    Full,
    /// Too many codes have been sent there.
    TooManyCodes,
}

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    Malformed,
    /// Not the one that was sent.
    Wrong,
    /// It was the fifth wrong one: a new code is needed.
    UsedUp,
    /// It is older than 30 minutes: a new code is needed.
    Expired,
    NoneSent,
}

impl ContactsNotice {
    const fn key(&self) -> &'static str {
        match self {
            Self::CodeSent(_) => "contacts-code-sent",
            Self::Confirmed(_) => "contacts-confirmed",
            Self::Replaced(_) => "contacts-replaced",
            Self::Removed => "contacts-removed",
            Self::TooManyCodes { .. } => "contacts-too-many-codes",
        }
    }

    fn message(&self, language: Language) -> Message {
        let done = Message::new(Tone::Success, self.key());
        match self {
            Self::CodeSent(address) | Self::Confirmed(address) | Self::Replaced(address) => {
                done.with("address", address)
            }
            Self::TooManyCodes { until } => {
                Message::new(Tone::Error, self.key()).with("time", until.local().moment(language))
            }
            Self::Removed => done,
        }
    }
}

impl AddressFault {
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Missing => "address-missing",
            Self::NotANumber => "address-not-a-number",
            Self::NotMobile => "address-not-mobile",
            Self::NotAnEmail => "address-not-an-email",
            Self::Already => "address-already",
            Self::Full => "address-full",
            Self::TooManyCodes => "address-too-many-codes",
        }
    }
}

impl CodeFault {
    const fn key(self) -> &'static str {
        match self {
            Self::Malformed => "code-malformed",
            Self::Wrong => "code-wrong",
            Self::UsedUp => "code-used-up",
            Self::Expired => "code-expired",
            Self::NoneSent => "code-none-sent",
        }
    }
}

impl ContactFault {
    fn field(&self) -> FieldError {
        match self {
            Self::Address(Channel::Sms, fault) => FieldError::new("number", fault.key()),
            Self::Address(Channel::Email, fault) => FieldError::new("email", fault.key()),
            Self::Code(contact, fault) => FieldError::new(format!("code-{contact}"), fault.key()),
        }
    }
}

impl View for Contacts {
    const TEMPLATE: &'static str = "contacts";
    const TITLE: &'static str = "contacts-title";
    const AT: At = At::new(nav::CONTACTS, help::WATCHES);

    fn notice(&self) -> Option<Message> {
        self.notice.as_ref().map(|notice| notice.message(self.language))
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.iter().map(ContactFault::field).collect()
    }
}

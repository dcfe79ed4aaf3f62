//! *Kontaktuppgifter* (R28).

use super::{FieldFault, Message, Place, Section, View};
use bevaka_domain::{clock::Timestamp, language::Language, watch::Channel};
use bevaka_web::layout::Tone;
use serde::Serialize;

/// A user's numbers and addresses. Adding one is `POST` [`crate::paths::CONTACTS`] with `channel` (`sms`, `email`) and
/// `address`; a code is `POST` [`crate::paths::CONFIRM`] with `code`; the language is `POST` [`crate::paths::LANGUAGE`] with `language`
/// (`sv`, `en`) and `next`.
#[derive(Clone, Serialize)]
pub struct Contacts {
    /// The mobile numbers.
    pub numbers: Vec<ContactRow>,
    /// The e-mail addresses.
    pub addresses: Vec<ContactRow>,
    /// Whether a number can be added.
    pub add_number: Adding,
    /// Whether an address can be added.
    pub add_address: Adding,
    /// The language of the user's pages and alerts.
    pub language: Language,
    /// What was done just before.
    #[serde(skip)]
    pub notice: Option<ContactsNotice>,
    /// What is wrong, in the order of the page.
    #[serde(skip)]
    pub faults: Vec<ContactFault>,
}

/// A contact point.
#[derive(Clone, Serialize)]
pub struct ContactRow {
    /// Its id.
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
    /// It is.
    Confirmed {
        /// Since when.
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
        /// From when on.
        until: Timestamp,
    },
}

/// Whether a contact point can be added.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Adding {
    /// It can.
    Open {
        /// What was typed.
        typed: String,
    },
    /// There are as many as there may be.
    Full {
        /// How many that is.
        most: u64,
    },
}

/// What was done just before.
#[derive(Clone, PartialEq, Eq)]
pub enum ContactsNotice {
    /// A code is on its way; names where to.
    CodeSent(String),
    /// A contact point was confirmed.
    Confirmed(String),
    /// A contact point was confirmed and has replaced another; names the new one.
    Replaced(String),
    /// A contact point was removed.
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
    /// Nothing was typed.
    Missing,
    /// Not a phone number.
    NotANumber,
    /// A number that no SMS reaches.
    NotMobile,
    /// Not an e-mail address.
    NotAnEmail,
    /// The user has it already.
    Already,
    /// There are as many as there may be.
    Full,
    /// Too many codes have been sent there.
    TooManyCodes,
}

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// Not six digits.
    Malformed,
    /// Not the one that was sent.
    Wrong,
    /// It was the fifth wrong one: a new code is needed.
    UsedUp,
    /// It is older than 30 minutes: a new code is needed.
    Expired,
    /// No code has been sent.
    NoneSent,
}

/// Puts another number or address in the place of one, `POST` [`crate::paths::REPLACE`] with `address`.
#[derive(Clone, Serialize)]
pub struct ReplaceContact {
    /// The id of the one to replace.
    pub id: String,
    /// How it is reached.
    pub channel: Channel,
    /// The one to replace.
    pub old: String,
    /// The names of the kinds that are told there.
    pub kinds: Vec<String>,
    /// What was typed.
    pub typed: String,
    /// What is wrong with it.
    #[serde(skip)]
    pub fault: Option<AddressFault>,
}

/// Removes a number or address, `POST` [`crate::paths::REMOVE`].
#[derive(Clone, Serialize)]
pub struct RemoveContact {
    /// Its id.
    pub id: String,
    /// How it is reached.
    pub channel: Channel,
    /// The number or address.
    pub address: String,
    /// The watches that lose a channel.
    pub losses: Vec<ChannelLoss>,
}

/// A watch that loses a channel.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelLoss {
    /// The kind's name.
    pub kind: String,
    /// Where its alerts still go; left out if nowhere.
    pub left: Option<String>,
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
    const fn key(self) -> &'static str {
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
    fn field(&self) -> FieldFault {
        match self {
            Self::Address(Channel::Sms, fault) => FieldFault::new("number", fault.key()),
            Self::Address(Channel::Email, fault) => FieldFault::new("email", fault.key()),
            Self::Code(contact, fault) => FieldFault::new(format!("code-{contact}"), fault.key()),
        }
    }
}

impl View for Contacts {
    const TEMPLATE: &'static str = "contacts";

    fn title(&self) -> &'static str {
        "contacts-title"
    }

    fn place(&self) -> Place {
        Place::Contacts
    }

    fn help(&self) -> Section {
        Section::Watches
    }

    fn notice(&self) -> Option<Message> {
        self.notice.as_ref().map(|notice| notice.message(self.language))
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.iter().map(ContactFault::field).collect()
    }
}

impl View for ReplaceContact {
    const TEMPLATE: &'static str = "contact_replace";

    fn title(&self) -> &'static str {
        match self.channel {
            Channel::Sms => "replace-title-sms",
            Channel::Email => "replace-title-email",
        }
    }

    fn place(&self) -> Place {
        Place::Contacts
    }

    fn help(&self) -> Section {
        Section::Watches
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.fault.iter().map(|fault| FieldFault::new("address", fault.key())).collect()
    }
}

impl View for RemoveContact {
    const TEMPLATE: &'static str = "contact_remove";

    fn title(&self) -> &'static str {
        match self.channel {
            Channel::Sms => "remove-title-sms",
            Channel::Email => "remove-title-email",
        }
    }

    fn place(&self) -> Place {
        Place::Contacts
    }

    fn help(&self) -> Section {
        Section::Watches
    }
}

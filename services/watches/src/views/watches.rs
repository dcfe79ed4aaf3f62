//! *Mina bevakningar* (R24, R25).

use super::{Away, Filters, Message, Place, Section, View, When};
use bevaka_domain::{
    clock::{LocalDate, Timestamp},
    language::Language,
};
use bevaka_web::layout::Tone;
use serde::Serialize;

/// What a user watches, to read. *Ändra* leads to [`crate::paths::WATCHES_CHANGE`]; the test is `POST`
/// [`crate::paths::TEST`] with `contact`; *Slå på igen* is `POST` [`crate::paths::SWITCH_ON`] with `kind`.
#[derive(Clone, Serialize)]
pub struct Watches {
    /// The company's name.
    pub company: String,
    /// The agreement's kinds.
    pub rows: Vec<WatchRow>,
    /// What is watched though the agreement no longer covers it.
    pub outside: Vec<WatchRow>,
    /// Who may change the agreement, for kinds outside it; may be empty.
    pub signatories: Vec<String>,
    /// Contact points that a watch uses and nobody has confirmed.
    pub unconfirmed: Vec<Unconfirmed>,
    /// Where a test alert can be sent: the confirmed contact points.
    pub testable: Vec<ContactChoice>,
    /// Whom the user stands in for.
    pub standing_in: Vec<StandingIn>,
    /// How many alerts there were.
    pub lately: Count,
    /// What was done just before.
    #[serde(skip)]
    pub notice: Option<WatchesNotice>,
    /// The language of the page, for times in the notice.
    #[serde(skip)]
    pub language: Language,
}

/// One kind.
#[derive(Clone, Serialize)]
pub struct WatchRow {
    /// The kind, such as `payment.rejected`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How the watch stands.
    pub state: WatchState,
    /// The mobile number that is told.
    pub sms: Chosen,
    /// The e-mail address that is told.
    pub email: Chosen,
    /// Which events.
    pub filters: Filters,
    /// When.
    pub when: When,
    /// Paused or with a stand-in, now or ahead.
    pub away: Vec<Away>,
}

/// How a watch stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum WatchState {
    /// Watched.
    On,
    /// Not chosen.
    Unwatched,
    /// Switched off from a mail.
    Off {
        /// When.
        at: Timestamp,
    },
    /// The agreement does not cover the kind (R15); what was chosen is kept.
    Outside,
}

/// What is chosen for one channel of a watch (R27).
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Chosen {
    /// The channel is not used.
    No,
    /// It is, and works.
    Yes {
        /// The number or address, as people write it.
        address: String,
    },
    /// It is, but nobody has confirmed the contact point (R28).
    Unconfirmed {
        /// The number or address.
        address: String,
    },
    /// It is, but the contact point has been removed.
    Missing,
}

/// A contact point that nothing is sent to yet.
#[derive(Clone, Serialize)]
pub struct Unconfirmed {
    /// The number or address.
    pub address: String,
    /// When a code was sent that still can be typed in.
    pub sent_at: Option<Timestamp>,
    /// [`crate::paths::new_code`].
    pub new_code: String,
}

/// A contact point to choose.
#[derive(Clone, Serialize)]
pub struct ContactChoice {
    /// The value that is posted.
    pub id: String,
    /// The number or address.
    pub address: String,
    /// Whether its owner has confirmed it (R28).
    pub confirmed: bool,
}

/// A colleague who is away, and whose alerts the user gets.
#[derive(Clone, Debug, Serialize)]
pub struct StandingIn {
    /// The colleague's name.
    pub name: String,
    /// The names of the kinds.
    pub kinds: Vec<String>,
    /// The first day.
    pub from: LocalDate,
    /// The last day.
    pub to: LocalDate,
}

/// Alerts of the last 90 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// All of them.
    pub alerts: u64,
    /// Those between 22 and 6 in Stockholm.
    pub at_night: u64,
}

/// What was done just before.
#[derive(Clone, PartialEq, Eq)]
pub enum WatchesNotice {
    /// The choices were saved.
    Saved,
    /// A watch was switched on again; names the kind.
    SwitchedOn(String),
    /// A test is on its way; names the number or address.
    TestSent(String),
    /// Too many tests; the next one may be sent then.
    TooManyTests(Timestamp),
}

impl View for Watches {
    const TEMPLATE: &'static str = "watches";

    fn title(&self) -> &'static str {
        "watches-title"
    }

    fn place(&self) -> Place {
        Place::Watches
    }

    fn help(&self) -> Section {
        Section::Watches
    }

    fn notice(&self) -> Option<Message> {
        let Some(notice) = &self.notice else {
            let nothing = self.rows.iter().all(|row| row.state == WatchState::Unwatched);
            return nothing.then(|| Message::new(Tone::Info, "watches-nothing"));
        };
        let message = match notice {
            WatchesNotice::Saved => Message::new(Tone::Success, "watches-saved"),
            WatchesNotice::SwitchedOn(kind) => {
                Message::new(Tone::Success, "watches-switched-on").with("kind", kind)
            }
            WatchesNotice::TestSent(address) => {
                Message::new(Tone::Success, "watches-test-sent").with("address", address)
            }
            WatchesNotice::TooManyTests(until) => Message::new(Tone::Error, "watches-too-many-tests")
                .with("time", until.local().time_of_day(self.language)),
        };
        Some(message)
    }
}

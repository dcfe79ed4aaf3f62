//! *Ändra mina bevakningar* (R25–R27).

use super::{
    ContactChoice, Count, EditFault, FieldFault, Message, Place, Section, Summary, Unconfirmed, View,
};
use bevaka_domain::clock::Timestamp;
use bevaka_web::layout::Tone;
use serde::Serialize;

/// The form, `POST` [`crate::paths::WATCHES_CHANGE`]: `version`, `do` (`save`, `preview`), and for each kind the fields of
/// [`Field`] by the names that [`Field::of`] gives. What was typed is shown again.
#[derive(Clone, Serialize)]
pub struct EditWatches {
    /// The version of the watches that the form began with.
    pub version: String,
    /// The agreement's kinds.
    pub kinds: Vec<KindForm>,
    /// Kinds that are watched and that the agreement no longer covers; they stay as they are (R15, R26).
    pub outside: Vec<String>,
    /// Who may change the agreement; may be empty.
    pub signatories: Vec<String>,
    /// The user's mobile numbers.
    pub numbers: Vec<ContactChoice>,
    /// The user's e-mail addresses.
    pub addresses: Vec<ContactChoice>,
    /// The user's contact points that nobody has confirmed.
    pub unconfirmed: Vec<Unconfirmed>,
    /// Who can stand in: colleagues with the same right.
    pub colleagues: Vec<Colleague>,
    /// Time zones to choose from, by their IANA names: the bank's first, those that are typed among them.
    pub zones: Vec<String>,
    /// What the typed choices would have meant.
    pub preview: Option<Preview>,
    /// What differs, if somebody saved meanwhile; empty otherwise.
    pub differences: Vec<Difference>,
    /// What is wrong, in the order of the fields.
    #[serde(skip)]
    pub faults: Vec<EditFault>,
}

/// What the typed choices would have meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// How many alerts.
    #[serde(flatten)]
    pub count: Count,
    /// Since when events were counted, if there were so many that it is not the whole 90 days.
    pub cut_at: Option<Timestamp>,
}

/// One kind in the form.
#[derive(Clone, Serialize)]
pub struct KindForm {
    /// The kind, such as `payment.rejected`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Whether it may not be silenced.
    pub critical: bool,
    /// Whether its events tell an amount.
    pub has_amount: bool,
    /// Whether its events tell an account.
    pub has_account: bool,
    /// What is shown in the fields.
    pub typed: Typed,
    /// What the fields come to, told beside the closed folds: as stored, or as typed where that can be read.
    pub summary: Summary,
}

/// The fields of one kind as they were typed, or as they are stored. A box that is not ticked is `false`.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Typed {
    /// [`Field::Sms`].
    pub sms: bool,
    /// [`Field::SmsTo`]: a contact point's id.
    pub sms_to: String,
    /// [`Field::Email`].
    pub email: bool,
    /// [`Field::EmailTo`]: a contact point's id.
    pub email_to: String,
    /// [`Field::LeastAmount`], in kronor.
    pub least_amount: String,
    /// [`Field::Accounts`], one a line.
    pub accounts: String,
    /// [`Field::QuietFrom`], such as `22:00`.
    pub quiet_from: String,
    /// [`Field::QuietTo`].
    pub quiet_to: String,
    /// [`Field::Zone`], by its IANA name.
    pub zone: String,
    /// [`Field::WeekdaysOnly`].
    pub weekdays_only: bool,
    /// [`Field::Digest`]: `none`, `daily` or `weekly`.
    pub digest: String,
    /// [`Field::DigestDay`]: `monday` to `sunday`.
    pub digest_day: String,
    /// [`Field::DigestAt`], such as `08:00`.
    pub digest_at: String,
    /// [`Field::PauseUntil`], such as `2026-12-01`.
    pub pause_until: String,
    /// [`Field::StandIn`]: a user's id, or empty.
    pub stand_in: String,
    /// [`Field::StandInFrom`], such as `2026-12-01`.
    pub stand_in_from: String,
    /// [`Field::StandInTo`].
    pub stand_in_to: String,
}

/// A field of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Whether an SMS is sent.
    Sms,
    /// To which number.
    SmsTo,
    /// Whether an e-mail is sent.
    Email,
    /// To which address.
    EmailTo,
    /// The least amount in kronor.
    LeastAmount,
    /// The accounts, one a line.
    Accounts,
    /// The quiet hours' beginning.
    QuietFrom,
    /// The quiet hours' end.
    QuietTo,
    /// The quiet hours' time zone.
    Zone,
    /// No alerts on Saturdays and Sundays.
    WeekdaysOnly,
    /// At once, every day or every week.
    Digest,
    /// The day of a weekly digest.
    DigestDay,
    /// The time of a digest.
    DigestAt,
    /// The first day that is told again.
    PauseUntil,
    /// The colleague who is told instead.
    StandIn,
    /// The first day of that.
    StandInFrom,
    /// The last day of that.
    StandInTo,
}

impl Field {
    /// The end of the field's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::SmsTo => "sms_to",
            Self::Email => "email",
            Self::EmailTo => "email_to",
            Self::LeastAmount => "least_amount",
            Self::Accounts => "accounts",
            Self::QuietFrom => "quiet_from",
            Self::QuietTo => "quiet_to",
            Self::Zone => "zone",
            Self::WeekdaysOnly => "weekdays_only",
            Self::Digest => "digest",
            Self::DigestDay => "digest_day",
            Self::DigestAt => "digest_at",
            Self::PauseUntil => "pause_until",
            Self::StandIn => "stand_in",
            Self::StandInFrom => "stand_in_from",
            Self::StandInTo => "stand_in_to",
        }
    }

    /// The field's name and `id` for one kind, such as `payment.rejected.sms`.
    pub fn of(self, kind: &str) -> String {
        format!("{kind}.{}", self.as_str())
    }
}

impl Typed {
    /// What a form holds for one kind; `value` gives a field's text by its name.
    pub fn read<'a>(kind: &str, value: impl Fn(&str) -> Option<&'a str>) -> Self {
        let text = |field: Field| value(&field.of(kind)).unwrap_or_default().trim().to_owned();
        let ticked = |field: Field| value(&field.of(kind)).is_some();
        Self {
            sms: ticked(Field::Sms),
            sms_to: text(Field::SmsTo),
            email: ticked(Field::Email),
            email_to: text(Field::EmailTo),
            least_amount: text(Field::LeastAmount),
            accounts: text(Field::Accounts),
            quiet_from: text(Field::QuietFrom),
            quiet_to: text(Field::QuietTo),
            zone: text(Field::Zone),
            weekdays_only: ticked(Field::WeekdaysOnly),
            digest: text(Field::Digest),
            digest_day: text(Field::DigestDay),
            digest_at: text(Field::DigestAt),
            pause_until: text(Field::PauseUntil),
            stand_in: text(Field::StandIn),
            stand_in_from: text(Field::StandInFrom),
            stand_in_to: text(Field::StandInTo),
        }
    }
}

/// A colleague who can stand in.
#[derive(Clone, Debug, Serialize)]
pub struct Colleague {
    /// The value that is posted.
    pub id: String,
    /// The colleague's name.
    pub name: String,
}

/// One kind that was saved meanwhile and differs from what was typed.
#[derive(Clone, Serialize)]
pub struct Difference {
    /// The kind's name.
    pub kind: String,
    /// As it is stored now.
    pub stored: Summary,
    /// As it was typed.
    pub typed: Summary,
}

impl View for EditWatches {
    const TEMPLATE: &'static str = "edit";

    fn title(&self) -> &'static str {
        "edit-title"
    }

    fn place(&self) -> Place {
        Place::Watches
    }

    fn help(&self) -> Section {
        Section::Watches
    }

    fn notice(&self) -> Option<Message> {
        (!self.differences.is_empty()).then(|| Message::new(Tone::Warning, "edit-meanwhile"))
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.iter().map(EditFault::field).collect()
    }
}

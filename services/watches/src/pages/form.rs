//! The fields of *Ändra* and what they mean: as stored, as typed, and what is wrong with them (R26, R46).

use super::field_errors::{Wrong, where_to};
use crate::{
    choice::Choice,
    queries::mine::{ContactView, WatchedKind},
};
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp, Weekday, Zone},
    event::{Account, Amount},
    ids::ContactId,
    watch::{Channel, Digest, Pause, QuietHours, Settings, StandIn},
};
use serde::Serialize;
use std::collections::BTreeSet;

const DAILY: &str = "daily";
const WEEKLY: &str = "weekly";
const AT_ONCE: &str = "none";

/// From when a pause counts is not chosen, so that it is the same in everything that is compared here.
const NOT_CHOSEN: Timestamp = Timestamp::from_micros(0);

/// What is wrong with the fields of one kind.
pub(super) type Faults = Vec<(Field, Wrong)>;

/// What is stored of a kind, without what is over and what cannot be shown: contact points that are gone, a stand-in
/// who has left.
pub(super) fn stored(kind: &WatchedKind, today: LocalDate) -> Choice {
    let watch = kind.watch.as_ref();
    let contact = |channel| watch.and_then(|watch| watch.channels.get(&channel).copied().flatten());
    let mut settings = watch.map(|watch| watch.settings.clone()).unwrap_or_default();
    settings.pause = settings.pause.filter(|pause| pause.until > today);
    settings.pause = settings.pause.map(|pause| Pause { from: NOT_CHOSEN, ..pause });
    settings.stand_in = settings.stand_in.filter(|days| days.to >= today && kind.stand_in.is_some());
    Choice { kind: kind.kind.clone(), sms: contact(Channel::Sms), email: contact(Channel::Email), settings }
}

/// A choice as it stands in the fields.
pub(super) fn typed(choice: &Choice) -> Typed {
    let settings = &choice.settings;
    let id = |contact: Option<ContactId>| contact.map(|id| id.to_string()).unwrap_or_default();
    let text = |day: Option<LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let time = |time: Option<TimeOfDay>| time.map(|time| time.to_string()).unwrap_or_default();
    let accounts: Vec<_> = settings.accounts.iter().map(Account::as_str).collect();
    let (digest, day, at) = match settings.digest {
        None => (AT_ONCE, None, None),
        Some(Digest::Day { at }) => (DAILY, None, Some(at)),
        Some(Digest::Week { day, at }) => (WEEKLY, Some(day), Some(at)),
    };
    Typed {
        sms: choice.sms.is_some(),
        sms_to: id(choice.sms),
        email: choice.email.is_some(),
        email_to: id(choice.email),
        least_amount: settings.least_amount.map(kronor).unwrap_or_default(),
        accounts: accounts.join("\n"),
        quiet_from: time(settings.quiet.map(|quiet| quiet.from)),
        quiet_to: time(settings.quiet.map(|quiet| quiet.to)),
        zone: settings.quiet.map_or(Zone::STOCKHOLM, |quiet| quiet.zone).name().to_owned(),
        weekdays_only: settings.weekdays_only,
        digest: digest.to_owned(),
        digest_day: day.map(Weekday::as_str).unwrap_or_default().to_owned(),
        digest_at: time(at),
        pause_until: text(settings.pause.map(|pause| pause.until)),
        stand_in: settings.stand_in.map(|days| days.user.to_string()).unwrap_or_default(),
        stand_in_from: text(settings.stand_in.map(|days| days.from)),
        stand_in_to: text(settings.stand_in.map(|days| days.to)),
    }
}

/// An amount as people write it: whole kronor without öre.
fn kronor(amount: Amount) -> String {
    let text = amount.to_string();
    text.strip_suffix(".00").map_or_else(|| text.replace('.', ","), str::to_owned)
}

/// What was typed for a kind, or everything that cannot be read.
pub(super) fn read(kind: &WatchedKind, typed: &Typed, contacts: &[ContactView]) -> Result<Choice, Faults> {
    let mut reader = Reader(Vec::new());
    let sms = reader.contact((typed.sms, &typed.sms_to), Channel::Sms, contacts);
    let email = reader.contact((typed.email, &typed.email_to), Channel::Email, contacts);
    let settings = Settings {
        least_amount: if kind.filters.amount { reader.amount(&typed.least_amount) } else { None },
        accounts: if kind.filters.account { reader.accounts(&typed.accounts) } else { BTreeSet::new() },
        quiet: reader.quiet(typed),
        weekdays_only: typed.weekdays_only,
        digest: reader.digest(typed),
        pause: reader.pause(&typed.pause_until),
        stand_in: reader.stand_in(typed),
    };
    let Reader(faults) = reader;
    if faults.is_empty() { Ok(Choice { kind: kind.kind.clone(), sms, email, settings }) } else { Err(faults) }
}

/// Reads field by field and keeps what is wrong.
struct Reader(Faults);

impl Reader {
    fn wrong<T>(&mut self, field: Field, why: Wrong) -> Option<T> {
        self.0.push((field, why));
        None
    }

    fn contact(
        &mut self,
        (ticked, to): (bool, &str),
        channel: Channel,
        contacts: &[ContactView],
    ) -> Option<ContactId> {
        if !ticked {
            return None;
        }
        let own = contacts.iter().filter(|contact| contact.address.channel() == channel);
        let own: Vec<_> = own.map(|contact| contact.id).collect();
        let (field, none) = match channel {
            Channel::Sms => (Field::Sms, Wrong::NoNumber),
            Channel::Email => (Field::Email, Wrong::NoAddress),
        };
        if own.is_empty() {
            return self.wrong(field, none);
        }
        let chosen = to.parse().ok().filter(|id| own.contains(id));
        chosen.or_else(|| self.wrong(where_to(channel, own.len()), Wrong::ContactGone))
    }

    fn amount(&mut self, text: &str) -> Option<Amount> {
        if text.is_empty() {
            return None;
        }
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let amount = Amount::parse(&digits.replace(',', "."));
        amount.ok().or_else(|| self.wrong(Field::LeastAmount, Wrong::Amount))
    }

    fn accounts(&mut self, text: &str) -> BTreeSet<Account> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let accounts: Result<_, _> = lines.map(Account::parse).collect();
        accounts.ok().or_else(|| self.wrong(Field::Accounts, Wrong::Account)).unwrap_or_default()
    }

    fn quiet(&mut self, typed: &Typed) -> Option<QuietHours> {
        match (typed.quiet_from.is_empty(), typed.quiet_to.is_empty()) {
            (true, true) => return None,
            (true, false) => return self.wrong(Field::QuietFrom, Wrong::QuietHalf),
            (false, true) => return self.wrong(Field::QuietTo, Wrong::QuietHalf),
            (false, false) => {}
        }
        let from = self.time(Field::QuietFrom, &typed.quiet_from);
        let to = self.time(Field::QuietTo, &typed.quiet_to);
        let zone = self.zone(&typed.zone);
        Some(QuietHours { from: from?, to: to?, zone: zone? })
    }

    fn time(&mut self, field: Field, text: &str) -> Option<TimeOfDay> {
        TimeOfDay::parse(text).ok().or_else(|| self.wrong(field, Wrong::Time))
    }

    fn zone(&mut self, text: &str) -> Option<Zone> {
        if text.is_empty() {
            return Some(Zone::STOCKHOLM);
        }
        Zone::parse(text).ok().or_else(|| self.wrong(Field::Zone, Wrong::Zone))
    }

    fn digest(&mut self, typed: &Typed) -> Option<Digest> {
        let is_weekly = match typed.digest.as_str() {
            DAILY => false,
            WEEKLY => true,
            _ => return None,
        };
        let at = if typed.digest_at.is_empty() {
            self.wrong(Field::DigestAt, Wrong::DigestTime)
        } else {
            self.time(Field::DigestAt, &typed.digest_at)
        };
        if !is_weekly {
            return Some(Digest::Day { at: at? });
        }
        let day = Weekday::ALL.into_iter().find(|day| day.as_str() == typed.digest_day);
        let day = day.or_else(|| self.wrong(Field::DigestDay, Wrong::DigestDay));
        Some(Digest::Week { day: day?, at: at? })
    }

    fn pause(&mut self, text: &str) -> Option<Pause> {
        if text.is_empty() {
            return None;
        }
        let until = self.day(Field::PauseUntil, text)?;
        Some(Pause { from: NOT_CHOSEN, until })
    }

    fn stand_in(&mut self, typed: &Typed) -> Option<StandIn> {
        let Typed { stand_in, stand_in_from, stand_in_to, .. } = typed;
        if stand_in.is_empty() {
            let is_empty = stand_in_from.is_empty() && stand_in_to.is_empty();
            return if is_empty { None } else { self.wrong(Field::StandIn, Wrong::StandInMissing) };
        }
        let user = stand_in.parse().ok().or_else(|| self.wrong(Field::StandIn, Wrong::StandInNoRight));
        let from = self.needed_day(Field::StandInFrom, stand_in_from);
        let to = self.needed_day(Field::StandInTo, stand_in_to);
        Some(StandIn { user: user?, from: from?, to: to? })
    }

    fn needed_day(&mut self, field: Field, text: &str) -> Option<LocalDate> {
        if text.is_empty() { self.wrong(field, Wrong::StandInDates) } else { self.day(field, text) }
    }

    fn day(&mut self, field: Field, text: &str) -> Option<LocalDate> {
        LocalDate::parse(text).ok().or_else(|| self.wrong(field, Wrong::Date))
    }
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    Sms,
    SmsTo,
    Email,
    EmailTo,
    LeastAmount,
    Accounts,
    QuietFrom,
    QuietTo,
    Zone,
    /// No alerts on Saturdays and Sundays.
    WeekdaysOnly,
    /// At once, every day or every week.
    Digest,
    /// The day of a weekly digest.
    DigestDay,
    DigestAt,
    /// The first day that is told again.
    PauseUntil,
    /// The colleague who is told instead.
    StandIn,
    StandInFrom,
    StandInTo,
}

impl Field {
    /// The end of the field's name.
    pub fn as_str(self) -> &'static str {
        self.into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::mine::{ContactState, Narrowed};
    use bevaka_domain::{
        contact::Address,
        event::Kind,
        ids::{UserId, WatchId},
        watch::Watch,
    };
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn contact(number: u128, text: &str) -> ContactView {
        ContactView {
            id: ContactId(Uuid::from_u128(number)),
            address: text.parse::<Address>().unwrap(),
            state: ContactState::Unconfirmed,
            replaces: None,
            used_for: Vec::new(),
        }
    }

    fn contacts() -> Vec<ContactView> {
        vec![contact(1, "070-174 06 05"), contact(2, "anna@exempelbolaget.se")]
    }

    fn day(text: &str) -> LocalDate {
        LocalDate::parse(text).unwrap()
    }

    fn kind(watch: Option<Watch>) -> WatchedKind {
        WatchedKind {
            kind: Kind::parse("payment.rejected").unwrap(),
            name: String::new(),
            description: String::new(),
            is_included: true,
            is_critical: false,
            filters: Narrowed { amount: true, account: true },
            helps_s: 0,
            watch,
            stand_in: Some("Erik".to_owned()),
        }
    }

    fn full(digest: Digest) -> Watch {
        let time = |hour| TimeOfDay::new(hour, 30).unwrap();
        Watch {
            id: WatchId(Uuid::nil()),
            user: UserId(Uuid::nil()),
            kind: Kind::parse("payment.rejected").unwrap(),
            channels: BTreeMap::from([
                (Channel::Sms, Some(ContactId(Uuid::from_u128(1)))),
                (Channel::Email, Some(ContactId(Uuid::from_u128(2)))),
            ]),
            settings: Settings {
                least_amount: Some(Amount::parse("10000.50").unwrap()),
                accounts: [Account::parse("8327-9 123").unwrap(), Account::parse("SE35 5000").unwrap()]
                    .into(),
                quiet: Some(QuietHours {
                    from: time(22),
                    to: time(6),
                    zone: Zone::parse("Asia/Tokyo").unwrap(),
                }),
                weekdays_only: true,
                digest: Some(digest),
                pause: Some(Pause { from: Timestamp::from_micros(77), until: day("2026-12-01") }),
                stand_in: Some(StandIn {
                    user: UserId(Uuid::from_u128(9)),
                    from: day("2026-12-02"),
                    to: day("2026-12-03"),
                }),
            },
            off_at: None,
        }
    }

    #[test]
    fn what_is_stored_is_typed_into_the_fields_and_read_again_as_the_same() {
        let at = TimeOfDay::new(8, 0).unwrap();
        for digest in [Digest::Day { at }, Digest::Week { day: Weekday::Friday, at }] {
            let kind = kind(Some(full(digest)));
            let stored = stored(&kind, day("2026-11-22"));
            assert_eq!(stored.settings.digest, Some(digest));
            assert_eq!(read(&kind, &typed(&stored), &contacts()), Ok(stored));
        }
        let nothing = stored(&kind(None), day("2026-11-22"));
        assert_eq!(read(&kind(None), &typed(&nothing), &[]), Ok(nothing));
    }

    #[test]
    fn what_is_over_or_gone_is_not_in_the_fields() {
        let mut kind = kind(Some(full(Digest::Day { at: TimeOfDay::MIDNIGHT })));
        let settings = |kind: &WatchedKind, today| stored(kind, day(today)).settings;
        assert_eq!(settings(&kind, "2026-12-01").pause, None);
        assert!(settings(&kind, "2026-12-03").stand_in.is_some());
        assert_eq!(settings(&kind, "2026-12-04").stand_in, None);
        kind.stand_in = None;
        assert_eq!(settings(&kind, "2026-12-02").stand_in, None);
        let watch = kind.watch.as_mut().unwrap();
        watch.channels.insert(Channel::Sms, None);
        assert_eq!(stored(&kind, day("2026-12-02")).sms, None);
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, amount) in [("10 000", "10000.00"), ("99,50", "99.50"), ("10\u{a0}000.00", "10000.00")] {
            let typed = Typed { least_amount: text.to_owned(), ..Typed::default() };
            let choice = read(&kind(None), &typed, &[]).unwrap();
            assert_eq!(choice.settings.least_amount.unwrap().to_string(), amount);
        }
    }

    #[test]
    fn r46_everything_that_is_wrong_is_found_at_once() {
        let typed = Typed {
            sms: true,
            sms_to: "x".to_owned(),
            email: true,
            least_amount: "tio".to_owned(),
            accounts: "å".to_owned(),
            quiet_from: "25:00".to_owned(),
            quiet_to: "07:00".to_owned(),
            zone: "Lund".to_owned(),
            digest: WEEKLY.to_owned(),
            digest_at: "8".to_owned(),
            pause_until: "i morgon".to_owned(),
            stand_in: "Erik".to_owned(),
            stand_in_to: "2026-12-32".to_owned(),
            ..Typed::default()
        };
        let faults = [
            (Field::Sms, Wrong::ContactGone),
            (Field::Email, Wrong::NoAddress),
            (Field::LeastAmount, Wrong::Amount),
            (Field::Accounts, Wrong::Account),
            (Field::QuietFrom, Wrong::Time),
            (Field::Zone, Wrong::Zone),
            (Field::DigestAt, Wrong::Time),
            (Field::DigestDay, Wrong::DigestDay),
            (Field::PauseUntil, Wrong::Date),
            (Field::StandIn, Wrong::StandInNoRight),
            (Field::StandInFrom, Wrong::StandInDates),
            (Field::StandInTo, Wrong::Date),
        ];
        assert_eq!(read(&kind(None), &typed, &contacts()[..1]), Err(faults.to_vec()));
    }
}

//! The fields of *Ändra* and what they mean: as stored, as typed, and what is wrong with them (R26, R46).

use crate::{
    choice::Choice,
    fault::{Broken, Invalid},
    queries::mine::{ContactView, WatchedKind},
    views::{Field, Typed, Wrong},
};
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp, Weekday, Zone},
    event::{Account, Amount},
    ids::ContactId,
    watch::{Channel, Digest, Pause, QuietHours, Settings, StandIn},
};
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
    /// Keeps what is wrong.
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

/// The field in which a contact point is chosen: of a single one there is only the box to tick.
const fn where_to(channel: Channel, contacts: usize) -> Field {
    match (channel, contacts) {
        (Channel::Sms, 0 | 1) => Field::Sms,
        (Channel::Sms, _) => Field::SmsTo,
        (Channel::Email, 0 | 1) => Field::Email,
        (Channel::Email, _) => Field::EmailTo,
    }
}

/// Of which kind and in which field a command found what is wrong.
pub(super) fn found<'a>(invalid: &'a Invalid, contacts: &[ContactView]) -> Option<(&'a str, Field, Wrong)> {
    let (kind, rest) = invalid.field.strip_prefix("choices[")?.split_once(']')?;
    let own = |channel| {
        let own = contacts.iter().filter(|contact| contact.address.channel() == channel);
        where_to(channel, own.count())
    };
    let field = match (rest.trim_start_matches('.'), &invalid.broken) {
        ("", _) => Field::Sms,
        ("sms", _) => own(Channel::Sms),
        ("email", _) => own(Channel::Email),
        ("least_amount", _) => Field::LeastAmount,
        ("accounts", _) => Field::Accounts,
        ("quiet", Broken::AlwaysQuiet) => Field::QuietTo,
        ("quiet", _) => Field::QuietFrom,
        ("weekdays_only", _) => Field::WeekdaysOnly,
        ("digest", _) => Field::Digest,
        ("pause", _) => Field::PauseUntil,
        ("stand_in", Broken::NotAColleague | Broken::Yourself) => Field::StandIn,
        ("stand_in", _) => Field::StandInTo,
        _ => return None,
    };
    Some((kind, field, wrong(&invalid.broken, field)?))
}

fn wrong(broken: &Broken, field: Field) -> Option<Wrong> {
    Some(match broken {
        Broken::UnknownKind { .. } | Broken::OutOfScope => Wrong::Outside,
        Broken::NotYours | Broken::OtherChannel { .. } => Wrong::ContactGone,
        Broken::Critical => Wrong::Critical,
        Broken::TooManyAccounts { most } => Wrong::TooManyAccounts { most: *most },
        Broken::AlwaysQuiet => Wrong::QuietEmpty,
        Broken::DigestTooSlow { hours } => Wrong::DigestTooSlow { hours: *hours },
        Broken::NotAColleague | Broken::Yourself => Wrong::StandInNoRight,
        Broken::EndsBeforeItBegins { .. } => Wrong::StandInOrder,
        Broken::Past { .. } => Wrong::DatePassed,
        Broken::TooFarAhead { .. } => Wrong::DateTooFar,
        Broken::NoSuchFilter if field == Field::LeastAmount => Wrong::Amount,
        Broken::NoSuchFilter => Wrong::Account,
        Broken::Twice
        | Broken::NotSixDigits
        | Broken::Address(_)
        | Broken::Taken
        | Broken::TooManyContacts { .. } => return None,
    })
}

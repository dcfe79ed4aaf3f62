//! Facts, reasons and times in words.

use crate::queries::explain::{Fact, Named, What};
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp},
    entitlement::Reason,
    event::Amount,
    language::Language,
    watch::{Because, Channel},
};
use bevaka_web::pages::{Pages, ViewError};

/// The words of a language, at a moment: what was this year needs no year.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub pages: &'a Pages,
    pub language: Language,
    pub now: Timestamp,
}

pub(super) type Worded<T = String> = Result<T, ViewError>;

impl Words<'_> {
    pub fn text(&self, key: &str) -> Worded {
        self.pages.text(self.language, key)
    }

    pub fn format(&self, key: &str, values: &[(&'static str, String)]) -> Worded {
        self.pages.format(self.language, key, values)
    }

    /// What a code means; one that nobody has written words for stays as it is.
    pub fn code(&self, key: &str, code: &str) -> String {
        self.text(&word_key(key, code)).unwrap_or_else(|_| code.to_owned())
    }

    pub fn reason(&self, reason: Reason) -> Worded {
        self.text(&word_key("explain-reason", reason.as_str()))
    }

    pub fn channel(&self, channel: Channel) -> Worded {
        self.text(&word_key("explain-channel", channel.as_str()))
    }

    pub fn because(&self, because: Because) -> Worded {
        self.text(&word_key("explain-because", because.as_str()))
    }

    /// A fact, and since when it is so.
    pub fn fact(&self, fact: &Fact) -> Worded {
        let text = self.what(&fact.what)?;
        let tells_when = matches!(fact.what, What::Expiry { .. } | What::UserActive);
        match fact.since.filter(|_| !tells_when) {
            None => Ok(text),
            Some(since) => self.format("explain-since", &[("fact", text), ("since", self.since(since))]),
        }
    }

    fn what(&self, what: &What) -> Worded {
        let (key, values): (&str, Vec<(&'static str, String)>) = match what {
            What::AgreementInForce { version } => ("agreement", vec![("version", version.to_string())]),
            What::NoAgreement => ("no-agreement", vec![]),
            What::KindCovered => ("covered", vec![]),
            What::KindNotCovered => ("not-covered", vec![]),
            What::Expiry { at, passed } => {
                (if *passed { "expired" } else { "expires" }, vec![("at", self.moment(*at))])
            }
            What::UserActive => ("active", vec![]),
            What::UserBlocked => ("blocked", vec![]),
            What::UserDenied => ("denied", vec![]),
            What::UserExpired => ("run-out", vec![]),
            What::UserRemoved => ("removed", vec![]),
            What::Unrestricted => ("unrestricted", vec![]),
            What::Permitted => ("permitted", vec![]),
            What::NotPermitted => ("not-permitted", vec![]),
            What::Addressed => ("addressed", vec![]),
            What::NotAddressed => ("not-addressed", vec![]),
            What::Watches { channels } => ("watches", vec![("channels", self.channels(channels)?)]),
            What::NoWatch => ("no-watch", vec![]),
            What::WatchOff => ("watch-off", vec![]),
            What::LeastAmount { least, .. } => ("least-amount", vec![("least", kronor(*least))]),
            What::Accounts { count, stops } => {
                (if *stops { "other-account" } else { "accounts" }, vec![("count", count.to_string())])
            }
            What::Pause { until, .. } => ("pause", vec![("until", self.day(*until))]),
            What::ContactConfirmed { channel, to } => {
                (by(*channel, "number-confirmed", "address-confirmed"), vec![("to", to.clone())])
            }
            What::ContactNotConfirmed { channel, to } => {
                (by(*channel, "number-not-confirmed", "address-not-confirmed"), vec![("to", to.clone())])
            }
            What::ContactGone { channel } => (by(*channel, "number-gone", "address-gone"), vec![]),
            What::Times { quiet, weekdays_only, gathered } => {
                let quiet = quiet.as_ref().map(|quiet| (quiet.from, quiet.to));
                return self.times(quiet, *weekdays_only, *gathered);
            }
            What::Held { until, because } => {
                ("held", vec![("because", self.because(*because)?), ("until", self.moment(*until))])
            }
            What::StoodInBy { user } => ("stood-in", vec![("name", user.name.clone())]),
            What::StandsInFor { users } => ("stands-in", vec![("names", names(users))]),
        };
        self.format(&format!("explain-fact-{key}"), &values)
    }

    fn channels(&self, channels: &[Channel]) -> Worded {
        let words = channels.iter().map(|channel| self.channel(*channel)).collect::<Worded<Vec<_>>>()?;
        Ok(words.join(", "))
    }

    fn times(&self, quiet: Option<(TimeOfDay, TimeOfDay)>, weekdays_only: bool, gathered: bool) -> Worded {
        let mut parts = Vec::new();
        if let Some((from, to)) = quiet {
            let values = [("from", from.to_string()), ("to", to.to_string())];
            parts.push(self.format("explain-fact-quiet", &values)?);
        }
        if weekdays_only {
            parts.push(self.text("explain-fact-weekdays")?);
        }
        if gathered {
            parts.push(self.text("explain-fact-gathered")?);
        }
        Ok(parts.join(", "))
    }

    /// The day; also the time if it is today's.
    fn since(&self, at: Timestamp) -> String {
        if self.is_today(at) { self.clock(at) } else { self.date(at) }
    }

    fn is_today(&self, at: Timestamp) -> bool {
        let (local, now) = (at.local(), self.now.local());
        (local.year, local.month, local.day) == (now.year, now.month, now.day)
    }

    fn date(&self, at: Timestamp) -> String {
        let (local, date) = (at.local(), at.local().date(self.language));
        let year = format!(" {}", self.now.local().year);
        if local.year == self.now.local().year { date.trim_end_matches(&year).to_owned() } else { date }
    }

    fn day(&self, day: LocalDate) -> String {
        day.text(self.language)
    }

    /// The hour, with the day where it is not today.
    pub fn moment(&self, at: Timestamp) -> String {
        let clock = at.local().time_of_day(self.language);
        if self.is_today(at) { clock } else { format!("{} {clock}", self.date(at)) }
    }

    /// To the second, with the day where it is not today.
    pub fn clock(&self, at: Timestamp) -> String {
        self.clock_with(at, false)
    }

    pub fn precise(&self, at: Timestamp) -> String {
        self.clock_with(at, true)
    }

    fn clock_with(&self, at: Timestamp, millis: bool) -> String {
        let local = at.local();
        // Zones differ from UTC by whole minutes.
        let (seconds, fraction) =
            (at.as_millis().rem_euclid(60_000) / 1_000, at.as_millis().rem_euclid(1_000));
        let (colon, point) = match self.language {
            Language::Swedish => ('.', ','),
            Language::English => (':', '.'),
        };
        let mut clock = format!("{:02}{colon}{:02}{colon}{seconds:02}", local.hour, local.minute);
        if millis {
            clock = format!("{clock}{point}{fraction:03}");
        }
        if self.is_today(at) { clock } else { format!("{} {clock}", self.date(at)) }
    }

    /// How long something took: `1,1 s`.
    pub fn took(&self, from: Timestamp, to: Timestamp) -> String {
        let tenths = to.since(from).as_millis() / 100;
        let point = match self.language {
            Language::Swedish => ',',
            Language::English => '.',
        };
        format!("{}{point}{}\u{a0}s", tenths / 10, tenths % 10)
    }
}

fn word_key(key: &str, code: &str) -> String {
    format!("{key}-{}", code.replace(['_', '.'], "-"))
}

fn names(users: &[Named]) -> String {
    users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn kronor(amount: Amount) -> String {
    let text = amount.to_string();
    format!("{}\u{a0}kr", text.trim_end_matches(".00"))
}

/// A number and an address have words of their own.
const fn by(channel: Channel, number: &'static str, address: &'static str) -> &'static str {
    match channel {
        Channel::Sms => number,
        Channel::Email => address,
    }
}

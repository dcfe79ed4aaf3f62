//! An explanation as the rows of a table: who, what came of it, by which way, and why.

use super::words::{Worded, Words};
use crate::{
    pages::paths,
    queries::{
        deliveries::DeliveryView,
        explain::{Explained, Explanation, Fact, Ruling, Spoken, TextView},
    },
};
use bevaka_domain::{delivery::Entry, entitlement::Reason, user::Access, watch::Channel};
use serde::Serialize;

#[derive(Clone, Serialize)]
pub(super) struct Row {
    pub name: String,
    pub reference: String,
    /// Unrestricted or restricted, in a word.
    pub access: String,
    /// What came of it, one for each alert, or one in all.
    pub outcomes: Vec<Outcome>,
    /// The facts that the decision rests on.
    pub grounds: Vec<String>,
    pub changed: Vec<String>,
    /// What would be decided now, where it is something else.
    pub now: String,
    pub rest: Vec<String>,
}

/// What came of it, for one contact point or in all.
#[derive(Clone, Serialize)]
pub(super) struct Outcome {
    pub tone: &'static str,
    pub said: String,
    /// By which way and to where; empty for none.
    pub way: String,
    /// How many segments, how many tries, why not.
    pub notes: Vec<String>,
    /// Where the alert is shown; empty for none.
    pub href: String,
}

/// What alerts say that say the same.
#[derive(Clone, Serialize)]
pub(super) struct Wording {
    pub way: String,
    pub language: String,
    pub segments: u32,
    pub encoding: String,
    pub subject: String,
    pub text: String,
    pub count: u64,
}

/// Makes rows in the words of a reader.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub words: Words<'a>,
    /// The gateway of text messages, by its name in the settings.
    pub gateway: &'a str,
    pub explanation: &'a Explanation,
}

impl Sheet<'_> {
    pub fn rows(&self) -> Worded<Vec<Row>> {
        self.explanation.users.iter().map(|user| self.row(user)).collect()
    }

    fn row(&self, user: &Explained) -> Worded<Row> {
        let access = match user.access {
            Access::Unrestricted => "explain-unrestricted",
            Access::Restricted => "explain-restricted",
        };
        let told = |facts: &dyn Fn(&Fact) -> bool| {
            user.facts
                .iter()
                .filter(|fact| facts(fact))
                .map(|fact| self.words.fact(fact))
                .collect::<Worded<_>>()
        };
        let mut grounds: Vec<String> = told(&|fact| fact.decides)?;
        let suppressed = user.decision.as_ref().and_then(|ruling| ruling.suppressed);
        if let Some(reason) = suppressed.filter(|_| grounds.is_empty()) {
            grounds.push(self.words.format("explain-then", &[("reason", self.words.reason(reason)?)])?);
        }
        Ok(Row {
            name: user.name.clone(),
            reference: user.reference.clone(),
            access: self.words.text(access)?,
            outcomes: self.outcomes(user)?,
            grounds,
            changed: told(&|fact| fact.changed_since)?,
            now: self.now(user)?,
            rest: told(&|fact| !fact.decides && !fact.changed_since)?,
        })
    }

    fn outcomes(&self, user: &Explained) -> Worded<Vec<Outcome>> {
        if !user.deliveries.is_empty() {
            return user.deliveries.iter().map(|alert| self.alert(user, alert)).collect();
        }
        let none = |tone, said: String| {
            vec![Outcome { tone, said, way: String::new(), notes: Vec::new(), href: String::new() }]
        };
        let Some(ruling) = &user.decision else { return Ok(none("", self.words.text("explain-joined")?)) };
        if ruling.suppressed.is_some() {
            let key = if self.explanation.event.stored { "explain-not-sent" } else { "explain-would-not" };
            return Ok(none("red", self.words.text(key)?));
        }
        ruling.to.iter().map(|to| self.would_be(user, ruling, to)).collect()
    }

    fn would_be(&self, user: &Explained, ruling: &Ruling, to: &Spoken) -> Worded<Outcome> {
        let (tone, said) = match &ruling.later {
            None => ("green", self.words.text("explain-would")?),
            Some(later) => {
                let values = [("until", self.words.moment(later.at))];
                ("amber", self.words.format("explain-would-wait", &values)?)
            }
        };
        let text = user.texts.iter().find(|text| text.contact_id == to.contact_id);
        let way = match to.channel {
            Some(channel) => self.way(channel, to.to.as_deref())?,
            None => self.words.text("explain-contact-gone")?,
        };
        Ok(Outcome { tone, said, way, notes: self.segments(text)?, href: String::new() })
    }

    fn alert(&self, user: &Explained, alert: &DeliveryView) -> Worded<Outcome> {
        let last = |what: &str| alert.history.iter().rev().find(|entry: &&Entry| entry.what == what);
        let at = |what: &str| last(what).map(|entry| self.words.clock(entry.at)).unwrap_or_default();
        let due = alert.due_at.map(|at| self.words.moment(at)).unwrap_or_default();
        let (tone, key, at) = match alert.state.as_str() {
            "delivered" => ("green", "delivered", Some(at("report_delivered"))),
            "accepted" => ("green", "accepted", Some(at("accepted"))),
            "waiting" if alert.is_held() => ("amber", "held", Some(due)),
            "waiting" => ("amber", "waiting", Some(due)),
            "sending" => ("amber", "sending", None),
            "failed" => ("red", "failed", None),
            "expired" => ("red", "expired", None),
            _ => ("red", "withdrawn", None),
        };
        let values: Vec<_> = at.into_iter().map(|at| ("at", at)).collect();
        let said = self.words.format(&format!("explain-alert-{key}"), &values)?;
        let text = user
            .texts
            .iter()
            .find(|text| text.channel == alert.channel && Some(&text.to) == alert.to.as_ref());
        let mut notes = self.segments(text)?;
        if let Some(cause) = alert.cause.as_deref().filter(|_| tone == "red") {
            notes.push(self.cause(cause));
        }
        if alert.possible_duplicate {
            notes.push(self.words.text("explain-duplicate")?);
        }
        let href = format!("{}/{}", paths::DELIVERIES, alert.delivery_id);
        Ok(Outcome { tone, said, way: self.way(alert.channel, alert.to.as_deref())?, notes, href })
    }

    /// A reason in words; what a provider gave as a cause stays a code.
    fn cause(&self, cause: &str) -> String {
        let reason = Reason::ALL.into_iter().find(|reason| reason.as_str() == cause);
        reason.and_then(|reason| self.words.reason(reason).ok()).unwrap_or_else(|| cause.to_owned())
    }

    fn way(&self, channel: Channel, to: Option<&str>) -> Worded {
        let mut way = self.words.channel(channel)?;
        if channel == Channel::Sms {
            way = format!("{way}, {}", self.gateway);
        }
        Ok(to.map_or(way.clone(), |to| format!("{way} · {to}")))
    }

    fn segments(&self, text: Option<&TextView>) -> Worded<Vec<String>> {
        let Some(segments) = text.and_then(|text| text.segments) else { return Ok(Vec::new()) };
        let key = if segments == 1 { "explain-segments-one" } else { "explain-segments-many" };
        Ok(vec![self.words.format(key, &[("count", segments.to_string())])?])
    }

    /// What would be decided about a stored event now, if it is something else.
    fn now(&self, user: &Explained) -> Worded {
        let Some(now) = user.now.as_ref().filter(|now| Some(*now) != user.decision.as_ref()) else {
            return Ok(String::new());
        };
        match now.suppressed {
            Some(reason) => self.words.format("explain-now-not", &[("reason", self.words.reason(reason)?)]),
            None if user.decision.as_ref().is_some_and(|then| then.suppressed.is_none()) => Ok(String::new()),
            None => self.words.text("explain-now-told"),
        }
    }

    /// The texts of all alerts, each once.
    pub fn texts(&self) -> Worded<Vec<Wording>> {
        let mut texts: Vec<Wording> = Vec::new();
        for view in self.explanation.users.iter().flat_map(|user| &user.texts) {
            let subject = view.subject.clone().unwrap_or_default();
            if let Some(same) =
                texts.iter_mut().find(|same| same.text == view.text && same.subject == subject)
            {
                same.count += 1;
                continue;
            }
            texts.push(Wording {
                way: self.words.channel(view.channel)?,
                language: self.words.code("explain-language", &view.language),
                segments: view.segments.unwrap_or(0),
                encoding: view
                    .encoding
                    .as_deref()
                    .map_or_else(String::new, |code| self.words.code("explain-encoding", code)),
                subject,
                text: view.text.clone(),
                count: 1,
            });
        }
        Ok(texts)
    }
}

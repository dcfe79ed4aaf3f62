//! The history of an event as lines, from intake to receipt.

use super::words::{Worded, Words};
use crate::{pages::paths, queries::timeline::Happening};
use bevaka_domain::entitlement::Reason;
use serde::Serialize;

#[derive(Clone, Serialize)]
pub(super) struct Line {
    pub at: String,
    pub what: String,
    /// To whom, or by whom; empty for nobody.
    pub who: String,
    /// By which way and to where, and why.
    pub more: Vec<String>,
    /// Where the alert is shown; empty for none.
    pub href: String,
}

pub(super) fn lines(words: Words<'_>, happened: &[Happening]) -> Worded<Vec<Line>> {
    happened.iter().map(|happening| line(words, happening)).collect()
}

fn line(words: Words<'_>, happening: &Happening) -> Worded<Line> {
    let mut more = Vec::new();
    if let Some(channel) = happening.channel {
        let way = words.channel(channel)?;
        more.push(happening.to.as_ref().map_or(way.clone(), |to| format!("{way} · {to}")));
    }
    more.extend(happening.cause.as_deref().map(|cause| cause_in(words, cause)));
    if let Some(because) = &happening.because {
        more.push(words.format("explain-because-of", &[("because", because.clone())])?);
    }
    Ok(Line {
        at: words.precise(happening.at),
        what: words.code("explain-line", &happening.what),
        who: happening.user.clone().or_else(|| happening.by.clone()).unwrap_or_default(),
        more,
        href: happening.delivery_id.map_or_else(String::new, |id| format!("{}/{id}", paths::DELIVERIES)),
    })
}

/// Reasons and causes of waiting in words; what a provider gave stays a code.
fn cause_in(words: Words<'_>, cause: &str) -> String {
    if Reason::ALL.into_iter().any(|reason| reason.as_str() == cause) {
        return words.code("explain-reason", cause);
    }
    words.code("explain-because", cause)
}

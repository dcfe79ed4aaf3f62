//! The trail as operators read it (R41): found by what it is about, with the names of companies and users.

use crate::app::App;
use bevaka_domain::{
    clock::Timestamp,
    ids::{OrganisationId, UserId},
    organisation::OrganisationNumber,
    trail::{
        Action,
        chain::{Broken, Head},
    },
};
use bevaka_store::{
    Result, StoreError, agreements, people,
    trail::{self, Filter, Listed, Place},
};
use std::str::FromStr;
use uuid::Uuid;

/// How many entries a check by page reads at most; `bevaka trail verify` reads all of them.
const CHECKED: u64 = 100_000;

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    /// The company that the entries concern.
    pub company: Option<OrganisationNumber>,
    /// What they are about.
    pub subject: Option<String>,
    /// Who did it, as it is stored.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<Action>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// A stretch of the trail, the newest first.
pub(crate) struct Stretch {
    /// The entries.
    pub entries: Vec<Found>,
    /// Behind which place older ones follow, if there are any.
    pub next: Option<Place>,
}

/// An entry with the names behind its ids, as they are now.
pub(crate) struct Found {
    /// The entry.
    pub listed: Listed,
    /// The company's number and name.
    pub company: Option<(String, String)>,
    /// The name of the user who did it.
    pub user: Option<String>,
}

/// Why nothing can be searched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchFault {
    /// No company has the number.
    #[error("no company with this organisation number is known to Bevaka")]
    UnknownCompany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of the check of all chains.
pub(crate) enum Checked {
    /// There are more entries than a page checks.
    TooMany,
    /// Each chain, and what is wrong with it.
    Chains(Vec<(Head, Option<Broken>)>),
}

/// Entries of all chains, the newest first, behind a place.
///
/// # Errors
/// [`SearchFault`].
pub(crate) async fn search(
    app: &App,
    search: Search,
    behind: Option<&Place>,
    limit: u32,
) -> std::result::Result<Stretch, SearchFault> {
    let mut tx = app.chassis.db.begin_read().await?;
    let organisation = match &search.company {
        Some(number) => {
            Some(agreements::find_organisation(&mut tx, number).await?.ok_or(SearchFault::UnknownCompany)?)
        }
        None => None,
    };
    let Search { subject, actor, action, from, until, .. } = search;
    let action = action.map(|action| action.as_str().to_owned());
    let filter = Filter { organisation, subject, actor, action, from, until };
    // One more tells whether there is a next page.
    let mut listed = trail::search(&mut tx, &filter, behind, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = listed.len() > wanted;
    listed.truncate(wanted);
    let companies = people::companies(&mut tx, listed.iter().filter_map(company)).await?;
    let users = people::users(&mut tx, listed.iter().filter_map(user)).await?;
    let next = listed.last().filter(|_| is_more).map(Listed::place);
    let found = |listed: Listed| Found {
        company: company(&listed).and_then(|id| companies.get(&id).cloned()),
        user: user(&listed).and_then(|id| users.get(&id)).map(|(_, name)| name.clone()),
        listed,
    };
    Ok(Stretch { entries: listed.into_iter().map(found).collect(), next })
}

fn company(listed: &Listed) -> Option<OrganisationId> {
    listed.link.organisation.as_deref().and_then(|id| Uuid::parse_str(id).ok()).map(OrganisationId)
}

fn user(listed: &Listed) -> Option<UserId> {
    listed.link.actor.strip_prefix("user:").and_then(|id| Uuid::parse_str(id).ok()).map(UserId)
}

/// Where each chain ends now.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn heads(app: &App) -> Result<Vec<Head>> {
    let mut tx = app.chassis.db.begin_read().await?;
    trail::heads(&mut tx).await
}

/// Checks all chains, as they stand at one moment, if they are not too long for somebody to wait for.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn check(app: &App) -> Result<Checked> {
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let heads = trail::heads(&mut tx).await?;
    if heads.iter().map(|head| head.seq).sum::<u64>() > CHECKED {
        return Ok(Checked::TooMany);
    }
    let mut chains = Vec::with_capacity(heads.len());
    for head in heads {
        let broken = trail::verify(&mut tx, head.clone(), &[], |_| {}).await?.err();
        chains.push((head, broken));
    }
    Ok(Checked::Chains(chains))
}

/// A place as a text for addresses: `AT~CHAIN~SEQ`.
pub(crate) fn cursor(place: &Place) -> String {
    format!("{}~{}~{}", place.at, place.chain, place.seq)
}

/// The place that [`cursor`] wrote.
pub(crate) fn parse_cursor(text: &str) -> Option<Place> {
    let mut parts = text.split('~');
    let (Some(at), Some(chain), Some(seq), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    Timestamp::parse(at).ok().filter(|time| time.to_string() == at)?;
    bevaka_domain::trail::Writer::from_str(chain).ok()?;
    Some(Place { at: at.to_owned(), chain: chain.to_owned(), seq: seq.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written_and_nothing_else_is_one() {
        let place = Place { at: "2026-11-21T13:02:00.000000Z".into(), chain: "watches".into(), seq: 7 };
        assert_eq!(parse_cursor(&cursor(&place)), Some(place));
        for text in ["", "~~", "2026-11-21T13:02:00Z~watches~7", "2026-11-21T13:02:00.000000Z~bank~7"] {
            assert_eq!(parse_cursor(text), None, "{text}");
        }
    }
}

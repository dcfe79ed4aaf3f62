//! What a link from a mail would switch off. Whoever has the link is told no more than the mail told already.

use crate::{app::App, fault::Outcome};
use bevaka_domain::{clock::Timestamp, event::Kind, ids::UserId, language::Language, watch::Watch};
use bevaka_portal::Company;
use bevaka_store::{members, watch_sets};
use std::collections::BTreeSet;

/// The watches that a link is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    pub company: String,
    pub language: Language,
    pub kinds: BTreeSet<Kind>,
    /// Since when the last of them is off; none while one is on.
    pub off_at: Option<Timestamp>,
}

/// What a link is about; nothing, if the user has left the company or watches none of it any more.
pub async fn linked(app: &App, user: UserId, kinds: &BTreeSet<Kind>) -> Outcome<Option<Linked>> {
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let Some(organisation) = members::organisation_of(&mut tx, user).await? else { return Ok(None) };
    let company = Company::load(&mut tx, organisation).await?;
    let mut watches = watch_sets::of(&mut tx, user).await?;
    watches.retain(|watch| kinds.contains(&watch.kind));
    let Some(member) = company.member(user).filter(|_| !watches.is_empty()) else { return Ok(None) };
    let off: Option<Vec<_>> = watches.iter().map(|watch: &Watch| watch.off_at).collect();
    Ok(Some(Linked {
        company: company.organisation.name.clone(),
        language: member.language,
        kinds: watches.iter().map(|watch| watch.kind.clone()).collect(),
        off_at: off.and_then(|off| off.into_iter().max()),
    }))
}

//! Who is let in to watches, and whom to ask if not (R19, R20).

use crate::fault::{Fault, Outcome};
use bevaka_domain::{agreement::Agreement, clock::Timestamp, ids::UserId, user::UserState};
use bevaka_portal::{Caller, Company, company::names};
use bevaka_store::{Tx, members::Member};

/// The company of somebody who is let in.
pub(crate) struct Admitted {
    pub company: Company,
    pub agreement: Agreement,
    pub member: Member,
}

/// The company, for one of its active users who has access to watches.
pub(crate) async fn user(tx: &mut Tx, caller: Caller, now: Timestamp) -> Outcome<Admitted> {
    let admitted = member(tx, caller, now).await?;
    if admitted.member.has_access() {
        return Ok(admitted);
    }
    Err(Fault::NoAccess { administrators: names(admitted.company.administrators()) })
}

/// The company, for one of its permission administrators, whether or not they may have watches of their own.
pub(crate) async fn administrator(tx: &mut Tx, caller: Caller, now: Timestamp) -> Outcome<Admitted> {
    let admitted = member(tx, caller, now).await?;
    if admitted.member.is_administrator() {
        return Ok(admitted);
    }
    Err(Fault::NotAdministrator { administrators: names(admitted.company.administrators()) })
}

async fn member(tx: &mut Tx, caller: Caller, now: Timestamp) -> Outcome<Admitted> {
    let company = Company::load(tx, caller.organisation).await?;
    let member = company.member(caller.user).filter(|member| member.state == UserState::Active);
    let member = member.cloned().ok_or(Fault::NotActive)?;
    let Some(agreement) = company.agreement.clone() else {
        return Err(Fault::NoAgreement { signatories: names(company.signatories(now)) });
    };
    Ok(Admitted { company, agreement, member })
}

impl Admitted {
    /// Who may stand in: the other active users with access.
    pub fn colleagues(&self) -> impl Iterator<Item = &Member> {
        self.company.members.iter().filter(|member| member.has_access() && member.id != self.member.id)
    }

    /// The name of a user of the company; none of who has left.
    pub fn name_of(&self, user: UserId) -> Option<String> {
        self.company.member(user).map(|member| member.name.clone())
    }
}

//! A company as it stands in one transaction, and what somebody may do there.

use crate::{
    Error,
    frame::{AgreementLink, Watching},
};
use bevaka_domain::{
    agreement::{Agreement, HeldThrough},
    clock::Timestamp,
    ids::{OrganisationId, PersonId, UserId},
    organisation::{CompanyForm, Organisation},
    signing::Authority,
    user::UserState,
};
use bevaka_store::{
    Tx, agreements,
    members::{self, Member},
};

/// Who asks for something: a person signed in for a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub person: PersonId,
    /// As which user.
    pub user: UserId,
    /// Of which company.
    pub organisation: OrganisationId,
    /// In which internet bank the session is (R6).
    pub channel: HeldThrough,
}

/// A company with users, signing authority and agreement.
#[derive(Clone, Debug)]
pub struct Company {
    /// The company.
    pub organisation: Organisation,
    /// Its users by name.
    pub members: Vec<Member>,
    /// Who may bind it.
    pub authority: Authority,
    /// What is in force.
    pub agreement: Option<Agreement>,
}

impl Company {
    /// The company as it stands now.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none.
    pub async fn load(tx: &mut Tx, id: OrganisationId) -> Result<Self, Error> {
        let organisation = members::organisation(tx, id).await?.ok_or(Error::NotFound)?;
        let members = members::of(tx, id).await?;
        let authority = members::authority(tx, id, &members).await?;
        let agreement = agreements::agreement_in_force(tx, id).await?;
        Ok(Self { organisation, members, authority, agreement })
    }

    /// The company as it stays until this transaction ends; for the agreements service, which alone may lock it.
    ///
    /// # Errors
    /// As [`Company::load`].
    pub async fn lock(tx: &mut Tx, id: OrganisationId) -> Result<Self, Error> {
        members::lock(tx, id).await?;
        Self::load(tx, id).await
    }

    /// The company's number as people write it.
    pub fn number(&self) -> String {
        shown_number(&self.organisation)
    }

    /// A user of the company.
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == user)
    }

    /// Whether a caller may take part in signing (R1).
    pub fn is_signatory(&self, caller: Caller, now: Timestamp) -> bool {
        self.authority.may_sign(caller.person, now)
    }

    /// Whether a caller administers permissions (R21).
    pub fn is_administrator(&self, caller: Caller) -> bool {
        self.member(caller.user).is_some_and(Member::is_administrator)
    }

    /// Whether a caller may see and change watches once there is an agreement (R19, R20).
    pub fn has_access(&self, caller: Caller) -> bool {
        self.member(caller.user).is_some_and(Member::has_access)
    }

    /// Whether a caller is shown what is signed, the history and effects: the business of signatories and permission
    /// administrators.
    pub fn has_insight(&self, caller: Caller, now: Timestamp) -> bool {
        self.is_administrator(caller) || self.is_signatory(caller, now)
    }

    /// The active users who may take part in signing.
    pub fn signatories(&self, now: Timestamp) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| {
            member.state == UserState::Active
                && member.person.is_some_and(|person| self.authority.may_sign(person, now))
        })
    }

    /// The active permission administrators (R21).
    pub fn administrators(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.is_administrator())
    }

    /// Which link to the agreement a caller sees; `was_connected` says whether there ever was an agreement.
    pub fn agreement_link(&self, caller: Caller, was_connected: bool, now: Timestamp) -> AgreementLink {
        if !was_connected && self.is_signatory(caller, now) {
            AgreementLink::Connect
        } else if self.has_insight(caller, now) {
            AgreementLink::Agreement
        } else {
            AgreementLink::Hidden
        }
    }

    /// How far a caller comes with watches.
    pub fn watching(&self, caller: Caller) -> Watching {
        match (&self.agreement, self.has_access(caller)) {
            (None, _) => Watching::NoAgreement,
            (Some(_), false) => Watching::NoPermission,
            (Some(_), true) => Watching::Open,
        }
    }
}

/// A company's number as people write it; the last digits of a sole trader's are nobody else's business.
pub fn shown_number(organisation: &Organisation) -> String {
    let number = organisation.number.to_string();
    match (organisation.form, number.split_once('-')) {
        (CompanyForm::SoleTrader, Some((date, _))) => format!("{date}-••••"),
        _ => number,
    }
}

/// The names of users.
pub fn names<'a>(members: impl Iterator<Item = &'a Member>) -> Vec<String> {
    members.map(|member| member.name.clone()).collect()
}

//! A company as it stands in one transaction: what every command decides by.

use crate::fault::{Fault, Outcome};
use bevaka_domain::{
    agreement::{Agreement, HeldThrough, Terms},
    clock::Timestamp,
    ids::{OrganisationId, PersonId, UserId},
    organisation::Organisation,
    signing::{Authority, Order},
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
    /// [`Fault::NotFound`] if there is none.
    pub async fn load(tx: &mut Tx, id: OrganisationId) -> Outcome<Self> {
        let organisation = members::organisation(tx, id).await?.ok_or(Fault::NotFound)?;
        let members = members::of(tx, id).await?;
        let authority = members::authority(tx, id, &members).await?;
        let agreement = agreements::agreement_in_force(tx, id).await?;
        Ok(Self { organisation, members, authority, agreement })
    }

    /// The company as it stays until this transaction ends.
    ///
    /// # Errors
    /// As [`Company::load`].
    pub async fn lock(tx: &mut Tx, id: OrganisationId) -> Outcome<Self> {
        members::lock(tx, id).await?;
        Self::load(tx, id).await
    }

    /// A user of the company.
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == user)
    }

    /// The active users who may take part in signing.
    pub fn signatories(&self, now: Timestamp) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| {
            member.state == UserState::Active
                && member.person.is_some_and(|person| self.authority.may_sign(person, now))
        })
    }

    /// What is signed, the history and effects are the business of signatories and permission administrators.
    ///
    /// # Errors
    /// [`Fault::NoInsight`] for every other user.
    pub fn insight(&self, caller: Caller, now: Timestamp) -> Outcome<()> {
        let administers = self.member(caller.user).is_some_and(Member::is_administrator);
        if administers || self.authority.may_sign(caller.person, now) {
            Ok(())
        } else {
            Err(Fault::NoInsight)
        }
    }

    /// An order as somebody may see it: what nobody has signed yet is the business of whoever placed it (R13).
    ///
    /// # Errors
    /// [`Fault::NotFound`] for no order, another company's, or another person's draft; as [`Company::insight`] for what
    /// is everybody's.
    pub fn visible(&self, order: Option<Order>, caller: Caller, now: Timestamp) -> Outcome<Order> {
        let order =
            order.filter(|order| order.organisation == self.organisation.id).ok_or(Fault::NotFound)?;
        if order.placed_by == caller.user {
            return Ok(order);
        }
        if !order.is_visible_to_all() {
            return Err(Fault::NotFound);
        }
        self.insight(caller, now)?;
        Ok(order)
    }

    /// The active permission administrators (R21).
    pub fn administrators(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.is_administrator())
    }

    /// Whether an order's maker is no longer an active user, so that this signatory may take it back.
    pub fn is_orphan(&self, order: &Order, caller: &Caller, now: Timestamp) -> bool {
        let maker = self.member(order.placed_by);
        maker.is_none_or(|maker| maker.state != UserState::Active)
            && self.authority.may_sign(caller.person, now)
    }

    /// What is asked for is decided by these.
    pub fn terms(&self, session: HeldThrough) -> Terms<'_> {
        Terms { form: self.organisation.form, session, in_force: self.agreement.as_ref() }
    }
}

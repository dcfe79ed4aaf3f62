//! The agreement of a company: which event kinds are in scope, version by version.

use crate::{
    clock::Timestamp,
    event::Kind,
    ids::{AgreementId, OrganisationId},
    organisation::CompanyForm,
    signing::{Content, Refusal},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// The event kinds that an agreement covers.
pub type Scope = BTreeSet<Kind>;

/// Which internet bank the agreement is held through (R5, R6).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum HeldThrough {
    /// The private person's internet bank; only sole traders can choose it.
    Private,
    /// The corporate internet bank.
    Corporate,
}

/// Whether alerts may be sent under the agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AgreementState {
    /// In force.
    Active {
        /// Since when.
        since: Timestamp,
    },
    /// Over; from this moment nothing is sent (R17).
    Ended {
        /// Since when.
        at: Timestamp,
    },
}

/// An agreement in its latest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Our id.
    pub id: AgreementId,
    /// The company.
    pub organisation: OrganisationId,
    /// Counts from 1 and grows with each change; every version stays readable (R18).
    pub version: u32,
    /// Which kinds are in scope.
    pub scope: Scope,
    /// Through which internet bank.
    pub held_through: HeldThrough,
    /// In force or ended.
    pub state: AgreementState,
}

/// What a company asks for when it connects or changes, before anything is signed.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The legal form.
    pub form: CompanyForm,
    /// The internet bank that the session belongs to.
    pub session: HeldThrough,
    /// The agreement in force, if any.
    pub in_force: Option<&'a Agreement>,
}

impl Terms<'_> {
    /// What to sign in order to connect (R5, R8). Kinds have been checked against the catalogue.
    ///
    /// # Errors
    /// [`Refusal`] with the first reason why not.
    pub fn connect(&self, scope: Scope, chosen: Option<HeldThrough>) -> Result<Content, Refusal> {
        if self.in_force.is_some() {
            return Err(Refusal::AlreadyConnected);
        }
        if scope.is_empty() {
            return Err(Refusal::NothingChosen);
        }
        let held_through = match (self.form, chosen) {
            (CompanyForm::SoleTrader, None) => return Err(Refusal::ChannelMissing),
            (CompanyForm::SoleTrader, Some(chosen)) => chosen,
            (_, Some(_)) => return Err(Refusal::ChannelNotAsked),
            (_, None) => HeldThrough::Corporate,
        };
        Ok(Content::Connect { scope, held_through })
    }

    /// What to sign in order to change the scope (R6, R14). `seen` is the version that the person had before them.
    ///
    /// # Errors
    /// [`Refusal`] with the first reason why not.
    pub fn change(&self, scope: Scope, seen: u32) -> Result<Content, Refusal> {
        let agreement = self.manageable()?;
        if agreement.version != seen {
            return Err(Refusal::ChangedMeanwhile);
        }
        if scope.is_empty() {
            return Err(Refusal::NothingChosen);
        }
        if scope == agreement.scope {
            return Err(Refusal::NoChange);
        }
        Ok(Content::Change { agreement: agreement.id, from_version: agreement.version, scope })
    }

    /// The agreement that may be ended without a signature (R16, R6). `seen` as above.
    ///
    /// # Errors
    /// [`Refusal`] with the first reason why not.
    pub fn end(&self, seen: u32) -> Result<&Agreement, Refusal> {
        let agreement = self.manageable()?;
        if agreement.version == seen { Ok(agreement) } else { Err(Refusal::ChangedMeanwhile) }
    }

    /// The agreement, if a session of this internet bank may manage it (R6).
    ///
    /// # Errors
    /// [`Refusal::NotConnected`], [`Refusal::OtherChannel`].
    pub fn manageable(&self) -> Result<&Agreement, Refusal> {
        let agreement = self.in_force.ok_or(Refusal::NotConnected)?;
        if agreement.held_through == self.session { Ok(agreement) } else { Err(Refusal::OtherChannel) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    fn scope(kinds: &[&str]) -> Scope {
        kinds.iter().map(|kind| Kind::parse(kind).unwrap()).collect()
    }

    fn agreement(held_through: HeldThrough) -> Agreement {
        Agreement {
            id: Uuid::from_u128(1).into(),
            organisation: Uuid::from_u128(2).into(),
            version: 3,
            scope: scope(&["payment.rejected"]),
            held_through,
            state: AgreementState::Active { since: NOW },
        }
    }

    fn terms(form: CompanyForm, in_force: Option<&Agreement>) -> Terms<'_> {
        Terms { form, session: HeldThrough::Corporate, in_force }
    }

    #[test]
    fn r05_sole_trader_chooses_the_internet_bank_and_nobody_else_is_asked() {
        let kinds = scope(&["payment.rejected"]);
        let trader = terms(CompanyForm::SoleTrader, None);
        assert_eq!(trader.connect(kinds.clone(), None), Err(Refusal::ChannelMissing));
        for held_through in [HeldThrough::Private, HeldThrough::Corporate] {
            let content = Content::Connect { scope: kinds.clone(), held_through };
            assert_eq!(trader.connect(kinds.clone(), Some(held_through)), Ok(content));
        }
        for form in [
            CompanyForm::LimitedCompany,
            CompanyForm::Partnership,
            CompanyForm::Association,
            CompanyForm::Other,
        ] {
            let company = terms(form, None);
            let content = Content::Connect { scope: kinds.clone(), held_through: HeldThrough::Corporate };
            assert_eq!(company.connect(kinds.clone(), None), Ok(content));
            let chosen = Some(HeldThrough::Corporate);
            assert_eq!(company.connect(kinds.clone(), chosen), Err(Refusal::ChannelNotAsked));
        }
    }

    #[test]
    fn r06_an_agreement_of_the_other_internet_bank_cannot_be_managed() {
        let agreement = agreement(HeldThrough::Private);
        let terms = terms(CompanyForm::SoleTrader, Some(&agreement));
        assert_eq!(terms.change(scope(&["message.received"]), 3), Err(Refusal::OtherChannel));
        assert_eq!(terms.end(3), Err(Refusal::OtherChannel));
    }

    #[test]
    fn r08_an_empty_choice_is_refused() {
        let company = terms(CompanyForm::LimitedCompany, None);
        assert_eq!(company.connect(Scope::new(), None), Err(Refusal::NothingChosen));
        let agreement = agreement(HeldThrough::Corporate);
        let connected = terms(CompanyForm::LimitedCompany, Some(&agreement));
        assert_eq!(connected.change(Scope::new(), 3), Err(Refusal::NothingChosen));
        assert_eq!(connected.connect(scope(&["a.b"]), None), Err(Refusal::AlreadyConnected));
    }

    #[test]
    fn r14_a_change_names_the_version_it_was_made_from() {
        let agreement = agreement(HeldThrough::Corporate);
        let terms = terms(CompanyForm::LimitedCompany, Some(&agreement));
        assert_eq!(terms.change(agreement.scope.clone(), 3), Err(Refusal::NoChange));
        assert_eq!(terms.change(scope(&["message.received"]), 2), Err(Refusal::ChangedMeanwhile));
        let content =
            Content::Change { agreement: agreement.id, from_version: 3, scope: scope(&["message.received"]) };
        assert_eq!(terms.change(scope(&["message.received"]), 3), Ok(content));
    }

    #[test]
    fn r16_what_has_ended_cannot_be_ended_again() {
        assert_eq!(terms(CompanyForm::Other, None).end(1), Err(Refusal::NotConnected));
    }
}

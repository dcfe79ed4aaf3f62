//! Companies, users and persons as the bank's import would bring them, and their security tokens.

use super::House;
use bevaka_agreements::identity::token::MAX_TRIES;
use bevaka_domain::{
    agreement::Scope,
    event::Kind,
    ids::{OrganisationId, PersonId, UserId},
    language::Language,
    organisation::{CompanyForm, OrganisationNumber},
    person::PersonalNumber,
    signing::Mandate,
    user::{Access, Permission, UserState},
};
use bevaka_eid::ocra::{Inputs, Suite};
use bevaka_store::{
    agreements::{self, NewOrganisation, NewUser},
    members, orders, persons, standing,
};
use secrecy::SecretSlice;
use std::collections::BTreeSet;

/// Personal numbers that the tax agency keeps for tests.
pub const NUMBERS: [&str; 6] =
    ["191212121212", "189001019802", "189001029819", "189001039800", "189001049817", "189001059808"];

/// A person with a security token.
#[derive(Clone)]
pub struct Person {
    pub id: PersonId,
    pub number: &'static str,
    pub name: String,
    key: Vec<u8>,
}

/// A person as a user of a company.
#[derive(Clone)]
pub struct User {
    pub id: UserId,
    pub person: Person,
}

impl Person {
    /// What the token shows for a challenge.
    pub fn responds(&self, challenge: &str) -> String {
        let suite = if challenge.len() == 8 { Suite::LOGIN } else { Suite::SIGN };
        let key: SecretSlice<u8> = self.key.clone().into();
        suite.respond(&key, &Inputs { question: challenge, ..Inputs::default() }).unwrap()
    }

    /// The same person with another key in their hands.
    pub fn with_key(&self, key: u8) -> Self {
        Self { key: vec![key; 32], ..self.clone() }
    }

    /// An answer that the token does not show.
    pub fn errs(&self, challenge: &str) -> String {
        let right = self.responds(challenge);
        let digit = if right.starts_with('0') { "1" } else { "0" };
        format!("{digit}{}", &right[1..])
    }
}

impl House {
    pub async fn company(&self, number: &str, form: CompanyForm) -> OrganisationId {
        let mut tx = self.db.begin().await.unwrap();
        let number = OrganisationNumber::parse(number).unwrap();
        let id = self.app.chassis.entropy.id(self.now()).into();
        let new = NewOrganisation { id, number: &number, name: "Exempelbolaget AB", form };
        let id = agreements::upsert_organisation(&mut tx, &new, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The company that most tests are about.
    pub async fn limited(&self) -> OrganisationId {
        self.company("5560160680", CompanyForm::LimitedCompany).await
    }

    /// Another company.
    pub async fn other_company(&self) -> OrganisationId {
        self.company("5590000005", CompanyForm::LimitedCompany).await
    }

    pub async fn person(&self, n: usize) -> Person {
        let person = self.person_without_token(n).await;
        self.give_token(&person, &format!("T{n}"), u8::try_from(n).unwrap() + 1).await
    }

    pub async fn person_without_token(&self, n: usize) -> Person {
        let (number, name) = (NUMBERS[n], format!("Kim {n}"));
        let parsed = PersonalNumber::parse(number).unwrap();
        let (hash, number_sealed) = self.app.sealed_number(&parsed);
        let mut tx = self.db.begin().await.unwrap();
        let id = self.app.chassis.entropy.id(self.now()).into();
        let new = persons::Person { id, number_sealed, name: name.clone() };
        let id = persons::upsert_person(&mut tx, &new, &hash, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        Person { id, number, name, key: Vec::new() }
    }

    /// Gives a person a token, their first or another; gives the person who answers with that one.
    pub async fn give_token(&self, person: &Person, serial: &str, key: u8) -> Person {
        let key_sealed = self.app.vault.seal("tokens.key", &[key; 32], &self.app.chassis.entropy);
        let mut tx = self.db.begin().await.unwrap();
        persons::upsert_token(&mut tx, serial, person.id, &key_sealed).await.unwrap();
        tx.commit().await.unwrap();
        person.with_key(key)
    }

    /// Makes a person a user of a company.
    pub async fn join(
        &self,
        organisation: OrganisationId,
        person: &Person,
        access: Access,
        mandate: Option<Mandate>,
        permissions: &[Permission],
    ) -> User {
        let mut tx = self.db.begin().await.unwrap();
        let reference = format!("ref-{}", person.number);
        let new = NewUser {
            id: self.app.chassis.entropy.id(self.now()).into(),
            organisation,
            reference: &reference,
            name: &person.name,
            language: Language::Swedish,
            access,
            state: UserState::Active,
        };
        let id = agreements::upsert_user(&mut tx, &new, self.now()).await.unwrap();
        let (roles, groups) = (BTreeSet::new(), BTreeSet::new());
        persons::link_user(&mut tx, id, Some(person.id), mandate, &roles, &groups).await.unwrap();
        agreements::set_permissions(&mut tx, id, permissions, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        User { id, person: person.clone() }
    }

    /// Someone who signs alone.
    pub async fn signatory(&self, organisation: OrganisationId, n: usize) -> User {
        let person = self.person(n).await;
        self.join(organisation, &person, Access::Unrestricted, Some(Mandate::Alone), &[]).await
    }

    /// Someone who signs with another.
    pub async fn joint(&self, organisation: OrganisationId, n: usize) -> User {
        let person = self.person(n).await;
        self.join(organisation, &person, Access::Unrestricted, Some(Mandate::TwoJointly), &[]).await
    }

    /// A permission administrator without a mandate.
    pub async fn administrator(&self, organisation: OrganisationId, n: usize) -> User {
        let person = self.person(n).await;
        let permissions = [Permission::AdministerPermissions];
        self.join(organisation, &person, Access::Unrestricted, None, &permissions).await
    }

    /// A user with restricted access and nothing else.
    pub async fn restricted(&self, organisation: OrganisationId, n: usize) -> User {
        let person = self.person(n).await;
        self.join(organisation, &person, Access::Restricted, None, &[]).await
    }

    pub async fn set_mandate(&self, user: &User, mandate: Option<Mandate>) {
        let mut tx = self.db.begin().await.unwrap();
        persons::set_mandate(&mut tx, user.id, mandate).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// How the dispatcher sees the company for a kind: what decides about alerts.
    pub async fn standing(&self, number: &str, kind: &str) -> standing::Company {
        let mut tx = self.db.begin_read().await.unwrap();
        let key = (OrganisationNumber::parse(number).unwrap(), Kind::parse(kind).unwrap());
        let asked = [key.clone()].into_iter().collect();
        standing::load(&mut tx, &asked).await.unwrap().remove(&key).unwrap()
    }

    /// The scope in force.
    pub async fn scope(&self, organisation: OrganisationId) -> Option<Scope> {
        let mut tx = self.db.begin_read().await.unwrap();
        agreements::agreement_in_force(&mut tx, organisation).await.unwrap().map(|found| found.scope)
    }

    /// How many orders there are, however they ended.
    pub async fn orders(&self, organisation: OrganisationId) -> usize {
        let mut tx = self.db.begin_read().await.unwrap();
        orders::of_organisation(&mut tx, organisation).await.unwrap().len()
    }

    pub async fn member(&self, organisation: OrganisationId, user: UserId) -> Option<members::Member> {
        let mut tx = self.db.begin_read().await.unwrap();
        let members = members::of(&mut tx, organisation).await.unwrap();
        members.into_iter().find(|member| member.id == user)
    }
}

/// The tries of a token, for loops.
pub const TRIES: u32 = MAX_TRIES;

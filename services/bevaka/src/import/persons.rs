//! The persons in an import file: each is one user of a company, and whoever has a token is known.

use super::file::{Draft, Record};
use anyhow::Context;
use bevaka_agreements::numbers;
use bevaka_chassis::vault::Vault;
use bevaka_domain::{organisation::OrganisationNumber, person::PersonalNumber};
use bevaka_store::{Tx, agreements, persons};
use std::collections::HashMap;

/// Why what is stored sealed cannot be imported.
const NO_KEY: &str = "settings: vault.key: is not set, and the file holds personal numbers or security tokens, which are \
                      stored sealed; give the key that the services have";

/// A line that says which person a user is.
struct Named {
    line: usize,
    number: PersonalNumber,
    company: OrganisationNumber,
    reference: String,
}

impl Draft {
    /// Whether a line holds what is stored sealed.
    pub(crate) fn needs_vault(&self) -> bool {
        self.records().any(|(_, record)| match record {
            Record::User(user) => user.personal_number.is_some(),
            Record::Token(_) => true,
            _ => false,
        })
    }

    fn named(&self) -> Vec<Named> {
        let named = |(line, record): &(usize, Record)| match record {
            Record::User(user) => Some(Named {
                line: *line,
                number: user.personal_number.clone()?,
                company: user.company.clone(),
                reference: user.reference.clone(),
            }),
            _ => None,
        };
        self.records().filter_map(named).collect()
    }

    fn tokens(&self) -> Vec<(usize, PersonalNumber)> {
        let token = |(line, record): &(usize, Record)| match record {
            Record::Token(token) => Some((*line, token.personal_number.clone())),
            _ => None,
        };
        self.records().filter_map(token).collect()
    }

    /// Two users of one company are two persons; else one could sign jointly with themselves.
    pub(super) fn check_persons(&mut self) {
        let mut first = HashMap::new();
        for Named { line, number, company, .. } in self.named() {
            if let Some(earlier) = first.insert((company, number), line) {
                let problem = format!("personal_number: is that of the user on line {earlier}");
                self.fault(line, problem);
            }
        }
    }

    /// What only the database knows: whose a number is there already.
    pub(super) async fn check_persons_in(
        &mut self,
        tx: &mut Tx,
        vault: Option<&Vault>,
    ) -> anyhow::Result<()> {
        if !self.needs_vault() {
            return Ok(());
        }
        let vault = vault.context(NO_KEY)?;
        let named = self.named();
        for (line, number) in self.tokens() {
            let inside = named.iter().any(|named| named.number == number);
            if !inside && persons::by_number(tx, &numbers::hash(vault, &number)).await?.is_none() {
                let problem = "personal_number: is on no user line and not in the database";
                self.fault(line, problem.to_owned());
            }
        }
        for Named { line, number, company, reference } in &named {
            let Some(person) = persons::by_number(tx, &numbers::hash(vault, number)).await? else { continue };
            let user = match agreements::find_organisation(tx, company).await? {
                Some(organisation) => agreements::find_user(tx, organisation, reference).await?,
                None => continue,
            };
            let taken = persons::memberships(tx, person.id).await?.into_iter();
            let mut taken = taken.filter(|membership| membership.organisation.number == *company);
            if taken.any(|membership| Some(membership.user) != user) {
                self.fault(*line, "personal_number: another user of the company has it".to_owned());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

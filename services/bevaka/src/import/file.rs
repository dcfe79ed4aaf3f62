//! The lines of an import file, checked one by one and against each other.

use bevaka_agreements::import::{Agreement, Company, SigningRule, Token, User, check_kind};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    agreement::HeldThrough,
    contact::Address,
    organisation::{CompanyForm, OrganisationNumber},
    trail::Writer,
};
use bevaka_watches::import::{Contact, Watch};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A line as it stands in the file.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Company(Company),
    User(User),
    SigningRule(SigningRule),
    Token(Token),
    Agreement(Agreement),
    Contact(Contact),
    Watch(Watch),
}

/// A line that is sound by itself, with its addresses in stored form.
#[derive(Debug)]
pub(crate) enum Record {
    /// A company.
    Company(Company),
    /// A user.
    User(User),
    /// The clauses of a company.
    SigningRule(SigningRule),
    /// A security token.
    Token(Token),
    /// An agreement.
    Agreement(Agreement),
    /// A contact point.
    Contact(Contact, Address),
    /// A watch.
    Watch(Watch, Vec<Address>),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// Names the field, the limit and what would be right.
    pub problem: String,
}

/// All that is wrong with a file, by line.
pub(crate) type Faults = Vec<Fault>;

/// A company or a user that a line refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reference {
    /// The company.
    pub company: OrganisationNumber,
    /// The user, by the bank's key.
    pub user: Option<String>,
}

/// A file that was read, while references outside it are not resolved.
#[derive(Default)]
pub(crate) struct Draft {
    records: Vec<(usize, Record)>,
    faults: Faults,
    outside: HashMap<Reference, Vec<usize>>,
}

/// A file without faults.
#[derive(Debug)]
pub(crate) struct Checked(Vec<Record>);

/// Reads a file and finds every fault that can be found without the database.
pub(crate) fn read(text: &[u8], catalogue: &Catalogue) -> Draft {
    let mut draft = Draft::default();
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match record(line, catalogue) {
            Ok(record) => draft.records.push((index + 1, record)),
            Err(problem) => draft.faults.push(Fault { line: index + 1, problem }),
        }
    }
    draft.check_keys();
    draft.check_persons();
    draft.check_references();
    draft.check_agreements();
    draft
}

fn record(line: &[u8], catalogue: &Catalogue) -> Result<Record, String> {
    let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
    let line: Line = serde_json::from_str(text).map_err(|fault| {
        let message = fault.to_string();
        let message = message.split(" at line").next().unwrap_or_default();
        match message.split_once(", expected") {
            _ if fault.is_syntax() || fault.is_eof() => format!("not JSON: {message}"),
            // What stands there may be personal; what should stand there is not.
            Some((wrong, expected)) if !wrong.starts_with("unknown field") => format!("expected{expected}"),
            _ => message.to_owned(),
        }
    })?;
    Ok(match line {
        Line::Company(company) => Record::Company(company),
        Line::User(user) => {
            user.check()?;
            Record::User(user)
        }
        Line::SigningRule(rule) => {
            rule.check()?;
            Record::SigningRule(rule)
        }
        Line::Token(token) => {
            token.check()?;
            Record::Token(token)
        }
        Line::Agreement(agreement) => {
            agreement.check(catalogue)?;
            Record::Agreement(agreement)
        }
        Line::Contact(contact) => {
            let address = contact.address()?;
            Record::Contact(contact, address)
        }
        Line::Watch(watch) => {
            check_kind("kind", &watch.kind, catalogue)?;
            if let Some(kind) = catalogue.get(watch.kind.as_str()) {
                watch.check(kind)?;
            }
            let addresses = watch.addresses()?;
            Record::Watch(watch, addresses)
        }
    })
}

impl Record {
    const fn what(&self) -> &'static str {
        match self {
            Self::Company(_) => "companies",
            Self::User(_) => "users",
            Self::SigningRule(_) => "signing rules",
            Self::Token(_) => "security tokens",
            Self::Agreement(_) => "agreements",
            Self::Contact(..) => "contact points",
            Self::Watch(..) => "watches",
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Company(_) => "company",
            Self::User(_) => "user",
            Self::SigningRule(_) => "signing rule",
            Self::Token(_) => "token",
            Self::Agreement(_) => "agreement",
            Self::Contact(..) => "contact",
            Self::Watch(..) => "watch",
        }
    }

    /// What must exist once: the same key on two lines is a mistake, not an update.
    fn key(&self) -> String {
        match self {
            Self::Company(company) => format!("company {}", company.number),
            Self::User(user) => format!("user {} of {}", user.reference, user.company),
            Self::SigningRule(rule) => format!("signing rule of {}", rule.company),
            Self::Token(token) => format!("token {}", token.serial),
            Self::Agreement(agreement) => format!("agreement of {}", agreement.company),
            Self::Contact(contact, address) => {
                format!("contact {} of {} of {}", address.reveal(), contact.user, contact.company)
            }
            Self::Watch(watch, _) => format!("watch {} of {} of {}", watch.kind, watch.user, watch.company),
        }
    }

    fn refers_to(&self) -> Option<Reference> {
        let (company, user) = match self {
            Self::Company(_) | Self::Token(_) => return None,
            Self::User(user) => (&user.company, None),
            Self::SigningRule(rule) => (&rule.company, None),
            Self::Agreement(agreement) => (&agreement.company, None),
            Self::Contact(contact, _) => (&contact.company, Some(&contact.user)),
            Self::Watch(watch, _) => (&watch.company, Some(&watch.user)),
        };
        Some(Reference { company: company.clone(), user: user.cloned() })
    }

    /// Whose tables it is written to.
    pub(crate) const fn writer(&self) -> Writer {
        match self {
            Self::Company(_) | Self::User(_) | Self::SigningRule(_) | Self::Token(_) | Self::Agreement(_) => {
                Writer::Agreements
            }
            Self::Contact(..) | Self::Watch(..) => Writer::Watches,
        }
    }

    /// What others refer to is written first.
    const fn order(&self) -> u8 {
        match self {
            Self::Company(_) => 0,
            Self::User(_) | Self::SigningRule(_) | Self::Agreement(_) => 1,
            Self::Contact(..) | Self::Token(_) => 2,
            Self::Watch(..) => 3,
        }
    }
}

impl Draft {
    /// The lines that connect a company, each with how its agreement is held.
    pub(crate) fn agreements(&self) -> Vec<(usize, OrganisationNumber, HeldThrough)> {
        let of = |(line, record): &(usize, Record)| match record {
            Record::Agreement(agreement) => Some((*line, agreement.company.clone(), agreement.held_through)),
            _ => None,
        };
        self.records.iter().filter_map(of).collect()
    }

    /// The sound lines with their places.
    pub(crate) fn records(&self) -> impl Iterator<Item = &(usize, Record)> {
        self.records.iter()
    }

    /// Adds what is wrong with a line.
    pub(crate) fn fault(&mut self, line: usize, problem: String) {
        self.faults.push(Fault { line, problem });
    }

    fn check_keys(&mut self) {
        let mut first = HashMap::new();
        let mut doubled = Vec::new();
        for (line, record) in &self.records {
            if let Some(earlier) = first.insert(record.key(), *line) {
                doubled.push((*line, format!("the same {} stands on line {earlier}", record.kind())));
            }
        }
        doubled.into_iter().for_each(|(line, problem)| self.fault(line, problem));
    }

    fn check_references(&mut self) {
        let mut inside = HashSet::new();
        let mut contacts = HashSet::new();
        for (_, record) in &self.records {
            match record {
                Record::Company(company) => {
                    inside.insert(Reference { company: company.number.clone(), user: None });
                }
                Record::User(user) => {
                    let (company, user) = (user.company.clone(), Some(user.reference.clone()));
                    inside.insert(Reference { company, user });
                }
                Record::Contact(contact, address) => {
                    contacts.insert((contact.company.clone(), contact.user.clone(), address.clone()));
                }
                Record::SigningRule(_) | Record::Token(_) | Record::Agreement(_) | Record::Watch(..) => {}
            }
        }
        let mut faults = Vec::new();
        for (line, record) in &self.records {
            if let Some(reference) = record.refers_to().filter(|reference| !inside.contains(reference)) {
                self.outside.entry(reference).or_default().push(*line);
            }
            if let Record::Watch(watch, addresses) = record {
                for address in addresses {
                    let contact = (watch.company.clone(), watch.user.clone(), address.clone());
                    if !contacts.contains(&contact) {
                        let channel = address.channel();
                        faults.push((
                            *line,
                            format!("{channel}: no contact line gives this address to the user"),
                        ));
                    }
                }
            }
        }
        faults.into_iter().for_each(|(line, problem)| self.fault(line, problem));
    }

    /// Only a sole trader may hold the agreement through the private internet bank (R5).
    fn check_agreements(&mut self) {
        let sole_traders: HashSet<_> = self
            .records
            .iter()
            .filter_map(|(_, record)| match record {
                Record::Company(company) if company.form == CompanyForm::SoleTrader => Some(&company.number),
                _ => None,
            })
            .collect();
        let mut faults = Vec::new();
        for (line, record) in &self.records {
            if let Record::Agreement(agreement) = record
                && agreement.held_through == HeldThrough::Private
                && !sole_traders.contains(&agreement.company)
            {
                let problem = "held_through: only a sole trader on a company line of this file can hold the \
                               agreement privately";
                faults.push((*line, problem.to_owned()));
            }
        }
        faults.into_iter().for_each(|(line, problem)| self.fault(line, problem));
    }

    /// What lines refer to and the file does not hold.
    pub(crate) fn outside(&self) -> Vec<Reference> {
        self.outside.keys().cloned().collect()
    }

    /// The company of a reference is in the database; `user` tells whether the user is.
    pub(crate) fn resolve(&mut self, reference: &Reference, user: bool) {
        if user {
            self.outside.remove(reference);
        }
    }

    /// The records, or every fault by line.
    pub(crate) fn finish(mut self) -> Result<Checked, Faults> {
        for (reference, lines) in std::mem::take(&mut self.outside) {
            let field = if reference.user.is_some() { "user" } else { "company" };
            let problem = format!("{field}: is neither in the file nor in the database");
            lines.into_iter().for_each(|line| self.fault(line, problem.clone()));
        }
        if self.records.is_empty() && self.faults.is_empty() {
            self.fault(1, "the file holds no line to import".to_owned());
        }
        if !self.faults.is_empty() {
            self.faults.sort();
            return Err(self.faults);
        }
        let mut records: Vec<_> = self.records.into_iter().map(|(_, record)| record).collect();
        records.sort_by_key(Record::order);
        Ok(Checked(records))
    }
}

impl Checked {
    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The records, those that others refer to first.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &Record> {
        self.0.iter()
    }

    /// How many of each sort.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for record in &self.0 {
            *counts.entry(record.what()).or_default() += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests;

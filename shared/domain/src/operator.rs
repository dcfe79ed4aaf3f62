//! The bank's own people and programs: what each may do, and what they must say when they do it (R37–R41).

use crate::{trail::Actor, word::unknown};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// What somebody is to Bevaka at the bank. Nobody gets more by another role than what that one allows.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = UnknownRole, parse_err_fn = unknown)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = OperatorRole))]
pub enum Role {
    /// Sees what happens, and why.
    Viewer,
    /// Injects, repairs, and pauses channels.
    Operator,
    /// Gives the second approval.
    Approver,
    /// Reads the trail, and changes nothing.
    Auditor,
}

/// A name that is no role's.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("unknown role; known are viewer, operator, approver, auditor")]
pub struct UnknownRole;

/// What can be done through the operators' pages, API and commands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Act {
    /// See events, decisions, alerts, dead letters without their content, channels; ask what would happen (R38, R39).
    See,
    /// Read what an event or a dead letter holds; it is noted in the trail.
    ReadContent,
    /// Put events on the bus (R37).
    Inject,
    /// Approve what another operator wants to put on the bus (R37).
    Approve,
    /// Stop what an operator wants to put on the bus: one's own, or that of others with [`Act::Approve`] (R37).
    Reject,
    /// Send again, cancel, requeue, discard (R40).
    Repair,
    /// Pause and resume a channel, send a test.
    RunChannels,
    /// Read the trail (R41).
    ReadTrail,
    /// Take the whole trail away with its proof (R41).
    ExportTrail,
}

impl Act {
    /// Which roles allow it; one of them is enough.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Approver, Auditor, Operator, Viewer};
        match self {
            Self::See => &[Viewer, Operator, Approver, Auditor],
            Self::ReadContent | Self::ReadTrail => &[Operator, Approver, Auditor],
            Self::Inject | Self::Repair | Self::RunChannels => &[Operator],
            Self::Approve => &[Approver],
            Self::Reject => &[Operator, Approver],
            Self::ExportTrail => &[Auditor],
        }
    }
}

/// None of the roles that an act needs is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// What was tried.
    pub act: Act,
    /// Any of these would do.
    pub needed: &'static [Role],
}

/// Somebody who has proven who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who answers for what is done: the person who signed in, or the owner of a client's token. Two approvals must
    /// come from two of these (R37).
    pub person: String,
    /// The client that acts for the person, if it is one.
    pub client: Option<String>,
    /// What people call whoever acts.
    pub name: String,
    /// What they may do.
    pub roles: BTreeSet<Role>,
}

impl Operator {
    /// Whether they may do this.
    ///
    /// # Errors
    /// [`Denied`] names the roles that would do.
    pub fn may(&self, act: Act) -> Result<(), Denied> {
        let needed = act.roles();
        if needed.iter().any(|role| self.roles.contains(role)) { Ok(()) } else { Err(Denied { act, needed }) }
    }

    /// How they are named in the trail: the person, and the client that they used.
    pub fn actor(&self) -> Actor {
        Actor::Operator(self.signature())
    }

    /// The same as a text, for whoever is told who did something.
    pub fn signature(&self) -> String {
        match &self.client {
            Some(client) => format!("{} ({client})", self.person),
            None => self.person.clone(),
        }
    }
}

/// Why an operator did something, in their words. It stands in the trail, from which nothing can be taken out: so it holds
/// no address and no personal number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(
        value_type = String, as = JustificationText, min_length = 3, max_length = 200,
        description = "Why, for the trail: no address and no personal number."
    )
)]
pub struct Justification(String);

/// The longest justification, in characters.
pub const LONGEST_JUSTIFICATION: usize = 200;
/// The shortest, in characters.
pub const SHORTEST_JUSTIFICATION: usize = 3;

/// A text that justifies nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJustification {
    /// Too short or too long.
    #[error("must have 3 to 200 characters")]
    Length,
    /// Holds an e-mail address.
    #[error("must not hold an e-mail address: it stays in the trail; name the case instead")]
    Address,
    /// Holds ten or more digits in a row, as personal numbers and telephone numbers do.
    #[error(
        "must not hold a personal number or telephone number: it stays in the trail; name the case instead"
    )]
    Number,
}

impl Justification {
    /// A justification, without control characters and with single spaces.
    ///
    /// # Errors
    /// [`InvalidJustification`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidJustification> {
        let words: Vec<_> =
            text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
        let text = words.join(" ");
        if !(SHORTEST_JUSTIFICATION..=LONGEST_JUSTIFICATION).contains(&text.chars().count()) {
            return Err(InvalidJustification::Length);
        }
        let is_address = |word: &&str| {
            word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
        };
        if words.iter().any(is_address) {
            return Err(InvalidJustification::Address);
        }
        if longest_run_of_digits(&text) >= 10 {
            return Err(InvalidJustification::Number);
        }
        Ok(Self(text))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many digits follow each other, with at most one space, dash or plus between two of them.
fn longest_run_of_digits(text: &str) -> usize {
    let (mut longest, mut run, mut apart) = (0, 0, 0);
    for c in text.chars() {
        match c {
            '0'..='9' => {
                run += 1;
                apart = 0;
            }
            ' ' | '-' | '+' if apart == 0 => apart = 1,
            _ => run = 0,
        }
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(roles: &[Role]) -> Operator {
        let roles = roles.iter().copied().collect();
        Operator { person: "karin".to_owned(), client: None, name: "Karin".to_owned(), roles }
    }

    #[test]
    fn a_role_allows_what_it_is_for_and_nothing_else() {
        use {Act as A, Role as R};
        let allowed =
            |role| A::ALL.into_iter().filter(|act| operator(&[role]).may(*act).is_ok()).collect::<Vec<_>>();
        assert_eq!(allowed(R::Viewer), [A::See]);
        assert_eq!(
            allowed(R::Operator),
            [A::See, A::ReadContent, A::Inject, A::Reject, A::Repair, A::RunChannels, A::ReadTrail]
        );
        assert_eq!(allowed(R::Approver), [A::See, A::ReadContent, A::Approve, A::Reject, A::ReadTrail]);
        assert_eq!(allowed(R::Auditor), [A::See, A::ReadContent, A::ReadTrail, A::ExportTrail]);
        assert_eq!(A::ALL.into_iter().filter(|act| operator(&[]).may(*act).is_ok()).count(), 0);
    }

    #[test]
    fn who_is_denied_is_told_which_role_is_needed() {
        let denied = operator(&[Role::Viewer]).may(Act::Inject).unwrap_err();
        assert_eq!(denied, Denied { act: Act::Inject, needed: &[Role::Operator] });
    }

    #[test]
    fn a_client_is_named_with_the_person_who_answers_for_it() {
        let client = Operator { client: Some("nightly".to_owned()), ..operator(&[]) };
        assert_eq!(client.actor().to_string(), "operator:karin (nightly)");
        assert_eq!(operator(&[]).actor().to_string(), "operator:karin");
    }

    #[test]
    fn an_unknown_role_is_refused() {
        assert_eq!("root".parse::<Role>(), Err(UnknownRole));
    }

    #[test]
    fn a_justification_names_a_case_and_no_person() {
        for (given, kept) in [
            ("  kund ringde,\n INC-204711 ", "kund ringde, INC-204711"),
            ("ärende 2026-11-22", "ärende 2026-11-22"),
            ("@home", "@home"),
        ] {
            assert_eq!(Justification::parse(given).unwrap().as_str(), kept);
        }
        for (given, fault) in [
            ("", InvalidJustification::Length),
            (" a ", InvalidJustification::Length),
            (&"å".repeat(201), InvalidJustification::Length),
            ("anna@bank.se ringde", InvalidJustification::Address),
            ("gäller 19121212-1212", InvalidJustification::Number),
            ("gäller 070 174 06 05", InvalidJustification::Number),
            ("gäller +46701740605", InvalidJustification::Number),
        ] {
            assert_eq!(Justification::parse(given), Err(fault), "{given}");
        }
        assert!(Justification::parse(&"å".repeat(200)).is_ok());
    }
}

//! What the provider says of somebody, read as an operator. Pure: the same claims and settings give the same operator.

use bevaka_chassis::settings::OperatorSignIn;
use bevaka_domain::operator::{Operator, Role};
use serde_json::Value;
use std::collections::BTreeSet;

/// The longest name of a person, in characters.
const LONGEST: usize = 100;

/// Why claims name no person. The texts name the setting, and never what the claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// The claim is missing, empty or no text.
    #[error("the token has no text in the claim that operator_sign_in.person_claim names")]
    Missing,
    /// It would not stand readably in the trail.
    #[error(
        "the claim that operator_sign_in.person_claim names is longer than 100 characters or not printable"
    )]
    Unreadable,
    /// It would stand in the trail for good, where no personal number may be.
    #[error(
        "the claim that operator_sign_in.person_claim names looks like a personal number; choose another claim"
    )]
    PersonalNumber,
}

/// Who it is, with the roles that count here; there may be none.
pub(crate) fn operator(claims: &Value, settings: &OperatorSignIn) -> Result<Operator, Unusable> {
    let person = person(find(claims, &settings.person_claim))?;
    let name = find(claims, &settings.name_claim).and_then(Value::as_str).map(readable);
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| person.clone());
    Ok(Operator { person, client: None, name, roles: roles(find(claims, &settings.roles_claim), settings) })
}

/// A claim by its name; a name with dots also leads into objects, as in `realm_access.roles`.
fn find<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| name.split('.').try_fold(claims, |claims, part| claims.get(part)))
}

/// The person, without blanks around it and in small letters: whoever signs in as `Karin.Ek` is not another person than
/// `karin.ek`, so that nobody approves what they proposed themselves.
fn person(claim: Option<&Value>) -> Result<String, Unusable> {
    let person = claim.and_then(Value::as_str).map(str::trim).filter(|person| !person.is_empty());
    let person = person.ok_or(Unusable::Missing)?.to_lowercase();
    if person.chars().count() > LONGEST || person.chars().any(char::is_control) {
        return Err(Unusable::Unreadable);
    }
    if is_personal_number(&person) {
        return Err(Unusable::PersonalNumber);
    }
    Ok(person)
}

/// Ten or twelve digits, written together or with the sign before the last four.
fn is_personal_number(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let digits = text.chars().filter(|c| is_digit(*c)).count();
    matches!(digits, 10 | 12) && text.chars().all(|c| is_digit(c) || matches!(c, '-' | '+' | ' '))
}

fn readable(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// The roles of a list, or of one text alone. What is not known here is other systems' business.
fn roles(claim: Option<&Value>, settings: &OperatorSignIn) -> BTreeSet<Role> {
    let listed: Vec<&str> = match claim {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(value)) => vec![value],
        _ => Vec::new(),
    };
    let word = |role| match role {
        Role::Viewer => &settings.viewer,
        Role::Operator => &settings.operator,
        Role::Approver => &settings.approver,
        Role::Auditor => &settings.auditor,
    };
    // A role without a word in the settings is nobody's.
    Role::ALL
        .into_iter()
        .filter(|role| !word(*role).is_empty() && listed.contains(&word(*role).as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_chassis::settings::Settings;
    use serde_json::json;

    fn settings() -> OperatorSignIn {
        Settings::load(None).unwrap().operator_sign_in
    }

    #[test]
    fn who_somebody_is_stands_in_the_claims_that_the_settings_name() {
        let claims = json!({
            "preferred_username": "karin.ek", "name": "Karin Ek",
            "roles": ["bevaka-operator", "bevaka-viewer", "payroll", 7]
        });
        let read = operator(&claims, &settings()).unwrap();
        assert_eq!((read.person.as_str(), read.name.as_str(), read.client), ("karin.ek", "Karin Ek", None));
        assert_eq!(read.roles, [Role::Operator, Role::Viewer].into());
        let nameless =
            operator(&json!({"preferred_username": "karin.ek", "name": " "}), &settings()).unwrap();
        assert_eq!((nameless.name.as_str(), nameless.roles.len()), ("karin.ek", 0));
        let shouted = operator(&json!({"preferred_username": " Karin.EK "}), &settings()).unwrap();
        assert_eq!(shouted.person, read.person, "the same person");
    }

    #[test]
    fn roles_may_lie_in_an_object_or_under_a_name_with_dots() {
        for (claim, claims) in [
            ("realm_access.roles", json!({"sub": "k", "realm_access": {"roles": ["bevaka-auditor"]}})),
            (
                "https://bank.example/roles",
                json!({"sub": "k", "https://bank.example/roles": ["bevaka-auditor"]}),
            ),
            ("role", json!({"sub": "k", "role": "bevaka-auditor"})),
        ] {
            let settings =
                OperatorSignIn { person_claim: "sub".into(), roles_claim: claim.into(), ..settings() };
            assert_eq!(operator(&claims, &settings).unwrap().roles, [Role::Auditor].into(), "{claim}");
        }
    }

    #[test]
    fn a_role_without_a_word_is_nobodys() {
        let settings = OperatorSignIn { approver: String::new(), ..settings() };
        let claims = json!({"preferred_username": "k", "roles": ["", "bevaka-approver", "BEVAKA-OPERATOR"]});
        assert!(operator(&claims, &settings).unwrap().roles.is_empty());
    }

    #[test]
    fn who_cannot_be_named_in_the_trail_does_not_get_in() {
        for (claim, why) in [
            (json!(null), Unusable::Missing),
            (json!(17), Unusable::Missing),
            (json!("  "), Unusable::Missing),
            (json!("å".repeat(101)), Unusable::Unreadable),
            (json!("a\u{1b}b"), Unusable::Unreadable),
            (json!("191212121212"), Unusable::PersonalNumber),
            (json!("121212-1212"), Unusable::PersonalNumber),
        ] {
            let claims = json!({"preferred_username": claim, "roles": ["bevaka-viewer"]});
            assert_eq!(operator(&claims, &settings()), Err(why), "{claims}");
        }
        for usable in ["karin.ek@bank.example", "s12345", "å".repeat(100).as_str()] {
            let claims = json!({"preferred_username": usable});
            assert_eq!(operator(&claims, &settings()).unwrap().person, usable);
        }
    }
}

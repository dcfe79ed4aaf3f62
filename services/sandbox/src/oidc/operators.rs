//! The bank's people of the sandbox, read from a file that developers may change.

use anyhow::{Context, bail};
use serde::Deserialize;
use std::{collections::BTreeSet, path::Path};

/// All of them, in the order of their file.
pub(super) struct Operators(Vec<Operator>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operator {
    /// The name that they sign in with.
    pub id: String,
    pub name: String,
    /// What the token says that they are.
    pub roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    operator: Vec<Operator>,
}

impl Operators {
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("the sandbox's operators cannot be read from {}; check --config-dir", path.display())
        })?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let File { operator: operators } = toml::from_str(text)?;
        let mut seen = BTreeSet::new();
        for Operator { id, name, .. } in &operators {
            if id.is_empty() || name.is_empty() {
                bail!("an operator has an id and a name");
            }
            if !seen.insert(id) {
                bail!("two operators have the id {id}");
            }
        }
        Ok(Self(operators))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Operator> {
        self.0.iter()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Operator> {
        self.iter().find(|operator| operator.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_operators_have_every_role_and_one_has_none() {
        let all = Operators::parse(include_str!("../../../../config/sandbox/operators.toml")).unwrap();
        let roles: BTreeSet<_> =
            all.iter().flat_map(|operator| &operator.roles).map(String::as_str).collect();
        let known = ["bevaka-approver", "bevaka-auditor", "bevaka-operator", "bevaka-viewer"];
        assert_eq!(roles.into_iter().collect::<Vec<_>>(), known);
        assert_eq!(all.by_id("karin.ek").unwrap().name, "Karin Ek");
        assert!(all.by_id("nils.utan").unwrap().roles.is_empty());
        // One approves what another injects (R37).
        assert!(all.iter().filter(|operator| operator.roles == ["bevaka-operator"]).count() > 1);
    }

    #[test]
    fn a_faulty_file_is_refused() {
        let one = "[[operator]]\nid = \"k\"\nname = \"K\"\nroles = []\n";
        assert!(Operators::parse(one).is_ok());
        for faulty in [&one.repeat(2), &one.replace("\"k\"", "\"\""), &one.replace("roles", "role")] {
            assert!(Operators::parse(faulty).is_err(), "{faulty}");
        }
    }
}

//! Existing customers, as the bank hands them over: companies, users with permissions, agreements.

use bevaka_catalogue::Catalogue;
use bevaka_chassis::entropy::Entropy;
use bevaka_domain::{
    agreement::{HeldThrough, Scope},
    clock::Timestamp,
    event::Kind,
    ids::OrganisationId,
    language::Language,
    organisation::{CompanyForm, OrganisationNumber},
    user::{Access, Permission, UserState},
};
use bevaka_store::{
    Result as Stored, Tx,
    agreements::{self, NewOrganisation, NewUser},
};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The longest name and reference, in characters.
const MAX_TEXT: usize = 200;

/// `{"type": "company", …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// The key: the same number again updates name and form.
    pub number: OrganisationNumber,
    /// The registered name.
    pub name: String,
    /// The legal form.
    pub form: CompanyForm,
}

/// `{"type": "user", …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The company's number.
    pub company: OrganisationNumber,
    /// The bank's key; with the company it is the key of the user.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// The language of pages and alerts.
    #[serde(default)]
    pub language: Language,
    /// Unrestricted or restricted.
    pub access: Access,
    /// All permissions; those not listed are removed.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// Active or why not.
    #[serde(default = "active")]
    pub state: UserState,
}

/// `{"type": "agreement", …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The company's number.
    pub company: OrganisationNumber,
    /// The kinds in scope.
    pub kinds: BTreeSet<Kind>,
    /// Through which internet bank.
    #[serde(default = "corporate")]
    pub held_through: HeldThrough,
}

const fn active() -> UserState {
    UserState::Active
}

const fn corporate() -> HeldThrough {
    HeldThrough::Corporate
}

/// Whether a text may be a name or a key.
///
/// # Errors
/// Names the field and its limit.
pub fn check_text(field: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
        return Err(format!(
            "{field} must have 1 to {MAX_TEXT} characters, none of them a control character"
        ));
    }
    Ok(())
}

/// Whether a kind is in the catalogue.
///
/// # Errors
/// Names the kinds that are.
pub fn check_kind(field: &str, kind: &Kind, catalogue: &Catalogue) -> Result<(), String> {
    match catalogue.get(kind.as_str()) {
        Some(_) => Ok(()),
        None => Err(format!("{field}: {kind} is not in the catalogue; known are {}", catalogue.listed())),
    }
}

impl Company {
    /// What a line can get wrong by itself.
    ///
    /// # Errors
    /// Names the field and its limit.
    pub fn check(&self) -> Result<(), String> {
        check_text("name", &self.name)
    }

    /// Makes or updates the company.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(&self, tx: &mut Tx, entropy: &Entropy, now: Timestamp) -> Stored<()> {
        let id = entropy.id(now).into();
        let new = NewOrganisation { id, number: &self.number, name: self.name.trim(), form: self.form };
        agreements::upsert_organisation(tx, &new, now).await?;
        Ok(())
    }
}

impl User {
    /// What a line can get wrong by itself.
    ///
    /// # Errors
    /// Names the field and its limit.
    pub fn check(&self) -> Result<(), String> {
        check_text("reference", &self.reference)?;
        check_text("name", &self.name)
    }

    /// Makes or updates the user with all permissions.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        organisation: OrganisationId,
        entropy: &Entropy,
        now: Timestamp,
    ) -> Stored<()> {
        let new = NewUser {
            id: entropy.id(now).into(),
            organisation,
            reference: &self.reference,
            name: self.name.trim(),
            language: self.language,
            access: self.access,
            state: self.state,
        };
        let user = agreements::upsert_user(tx, &new, now).await?;
        agreements::set_permissions(tx, user, &self.permissions, now).await
    }
}

impl Agreement {
    /// What a line can get wrong by itself.
    ///
    /// # Errors
    /// Names the field and its limit.
    pub fn check(&self, catalogue: &Catalogue) -> Result<(), String> {
        if self.kinds.is_empty() {
            return Err("kinds must name at least one kind".to_owned());
        }
        self.kinds.iter().try_for_each(|kind| check_kind("kinds", kind, catalogue))
    }

    /// Connects the company, or adds a version if the scope differs from that in force.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        organisation: OrganisationId,
        entropy: &Entropy,
        now: Timestamp,
    ) -> Stored<()> {
        let scope: Scope = self.kinds.clone();
        match agreements::agreement_in_force(tx, organisation).await? {
            None => {
                let id = entropy.id(now).into();
                agreements::connect(tx, id, organisation, &scope, self.held_through, now).await
            }
            Some(same) if same.scope == scope => Ok(()),
            Some(old) => agreements::change_scope(tx, old.id, old.version + 1, &scope, now).await,
        }
    }
}

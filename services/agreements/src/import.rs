//! Existing customers, as the bank hands them over: companies, users with permissions and mandates, agreements.

mod authority;
mod token;

pub use authority::{MandateField, SigningRule};
pub use token::{InvalidSecret, Secret, State as TokenState, Token};

use bevaka_catalogue::Catalogue;
use bevaka_chassis::{entropy::Entropy, vault::Vault};
use bevaka_domain::{
    agreement::{HeldThrough, Scope},
    clock::Timestamp,
    event::Kind,
    ids::OrganisationId,
    language::Language,
    name::Name,
    organisation::{CompanyForm, OrganisationNumber},
    person::PersonalNumber,
    signing::authority::Role,
    trail::{Action, Actor, Entry},
    user::{Access, Permission, User as Stands, UserState},
};
use bevaka_store::{
    Result as Stored, Tx,
    agreements::{self, NewOrganisation, NewUser},
    by_key, members,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Display};

/// The longest reference and name of a group, in characters.
const MAX_TEXT: usize = 200;

/// `{"type": "company", …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// The key: the same number again updates name and form.
    pub number: OrganisationNumber,
    /// The registered name.
    pub name: Name,
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
    pub name: Name,
    /// The language of pages and alerts; as it is if left out, and Swedish for a new user.
    #[serde(default)]
    pub language: Option<Language>,
    /// Unrestricted or restricted.
    pub access: Access,
    /// All permissions, those not listed are removed; left out: as they are.
    #[serde(default)]
    pub permissions: Option<Vec<Permission>>,
    /// Active or why not; left out: as it is, and active for a new user.
    #[serde(default)]
    pub state: Option<UserState>,
    /// Which person the user is; left out: as it is.
    #[serde(default)]
    pub personal_number: Option<PersonalNumber>,
    /// A mandate to sign; left out: as it is.
    #[serde(default)]
    pub mandate: Option<MandateField>,
    /// Roles in the company register; left out: as they are.
    #[serde(default)]
    pub roles: Option<BTreeSet<Role>>,
    /// Groups in the company register; left out: as they are.
    #[serde(default)]
    pub groups: Option<BTreeSet<String>>,
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

const fn corporate() -> HeldThrough {
    HeldThrough::Corporate
}

/// Whether a text may be a key.
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

/// What the trail says of a change by the bank's file (R41). Names and numbers stay out of it: nothing can be taken out
/// of the trail again, and a sole trader's number is a personal number.
fn imported(
    now: Timestamp,
    action: Action,
    organisation: impl Into<Option<OrganisationId>>,
    subject: impl Display,
    detail: Value,
) -> Entry {
    let (organisation, subject) = (organisation.into(), subject.to_string());
    Entry { at: now, actor: Actor::Import, action, organisation, subject, detail }
}

/// The fields that differ.
fn differing<'a>(fields: impl IntoIterator<Item = (&'a str, bool)>) -> Vec<&'a str> {
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

impl Company {
    /// Makes or updates the company; gives what the trail says of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(&self, tx: &mut Tx, entropy: &Entropy, now: Timestamp) -> Stored<Vec<Entry>> {
        let id = entropy.id(now).into();
        let new = NewOrganisation { id, number: &self.number, name: &self.name, form: self.form };
        let before = by_key::organisation(tx, &self.number).await?;
        let id = agreements::upsert_organisation(tx, &new, now).await?;
        let Some(before) = before else {
            return Ok(vec![imported(now, Action::CompanyAdded, id, id, json!({"form": self.form}))]);
        };
        let changed = differing([("name", before.name != new.name), ("form", before.form != new.form)]);
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![imported(now, Action::CompanyChanged, id, id, json!({"changed": changed}))])
    }
}

impl User {
    /// What a line can get wrong by itself.
    ///
    /// # Errors
    /// Names the field and its limit.
    pub fn check(&self) -> Result<(), String> {
        check_text("reference", &self.reference)?;
        self.check_signing()
    }

    /// Makes or updates the user; gives what the trail says of it. What the line leaves out stays as the company's own people
    /// have it, and somebody whom they have removed stays removed. A personal number needs the vault.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        organisation: OrganisationId,
        vault: Option<&Vault>,
        entropy: &Entropy,
        now: Timestamp,
    ) -> anyhow::Result<Vec<Entry>> {
        // Nobody blocks or grants between what is read here and what is written.
        members::lock(tx, organisation).await?;
        if by_key::is_removed(tx, organisation, &self.reference).await? {
            return Ok(Vec::new());
        }
        let before = by_key::user(tx, organisation, &self.reference).await?;
        let new = NewUser {
            id: entropy.id(now).into(),
            organisation,
            reference: &self.reference,
            name: &self.name,
            language: self.language_after(before.as_ref()),
            access: self.access,
            state: self.state_after(before.as_ref()),
        };
        let user = agreements::upsert_user(tx, &new, now).await?;
        if let Some(permissions) = &self.permissions {
            agreements::set_permissions(tx, user, permissions, now).await?;
        }
        let happened = self.compared_with(before.as_ref()).into_iter();
        let mut entries: Vec<_> =
            happened.map(|(action, detail)| imported(now, action, organisation, user, detail)).collect();
        entries.extend(self.apply_signing(tx, (organisation, user), vault, entropy, now).await?);
        Ok(entries)
    }

    fn state_after(&self, before: Option<&Stands>) -> UserState {
        self.state.unwrap_or_else(|| before.map_or(UserState::Active, |before| before.state))
    }

    /// People choose their language themselves, so a line without one leaves it.
    fn language_after(&self, before: Option<&Stands>) -> Language {
        self.language.or(before.map(|before| before.language)).unwrap_or_default()
    }

    /// What this line does to the user as it stands.
    fn compared_with(&self, before: Option<&Stands>) -> Vec<(Action, Value)> {
        let mut happened = Vec::new();
        let state = self.state_after(before);
        match before {
            None => {
                happened.push((Action::UserAdded, json!({"access": self.access, "state": state})));
            }
            Some(before) => {
                let changed = differing([
                    ("name", before.name != self.name.as_str()),
                    ("language", before.language != self.language_after(Some(before))),
                    ("access", before.access != self.access),
                ]);
                if !changed.is_empty() {
                    let detail = json!({"changed": changed, "access": self.access});
                    happened.push((Action::UserChanged, detail));
                }
                if before.state != state {
                    let action = match state {
                        UserState::Active => Action::UserUnblocked,
                        UserState::Blocked => Action::UserBlocked,
                        UserState::Denied => Action::UserDenied,
                        UserState::Expired => Action::UserExpired,
                    };
                    happened.push((action, json!({"was": before.state})));
                }
            }
        }
        let Some(permissions) = &self.permissions else { return happened };
        let had = before.map_or(&[][..], |before| &before.permissions);
        let of = |permission: &Permission| json!({"permission": permission});
        let mut granted: Vec<Permission> = Vec::new();
        for permission in permissions {
            if !had.contains(permission) && !granted.contains(permission) {
                granted.push(*permission);
                happened.push((Action::PermissionGranted, of(permission)));
            }
        }
        let revoked = had.iter().filter(|permission| !permissions.contains(permission));
        happened.extend(revoked.map(|permission| (Action::PermissionRevoked, of(permission))));
        happened
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

    /// Connects the company, or adds a version if the scope differs from that in force; gives what the trail says of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        organisation: OrganisationId,
        entropy: &Entropy,
        now: Timestamp,
    ) -> Stored<Vec<Entry>> {
        let scope: Scope = self.kinds.clone();
        let (id, action, detail) = match agreements::agreement_in_force(tx, organisation).await? {
            None => {
                let id = entropy.id(now).into();
                agreements::connect(tx, id, organisation, &scope, self.held_through, now).await?;
                let detail = json!({"version": 1, "kinds": scope, "held_through": self.held_through});
                (id, Action::AgreementConnected, detail)
            }
            Some(same) if same.scope == scope => return Ok(Vec::new()),
            Some(old) => {
                let version = old.version + 1;
                agreements::change_scope(tx, old.id, version, &scope, now).await?;
                (old.id, Action::ScopeChanged, json!({"version": version, "kinds": scope}))
            }
        };
        Ok(vec![imported(now, action, organisation, id, detail)])
    }
}

//! Existing customers, as the bank hands them over: contact points, and what each user watches.

use crate::choice;
use bevaka_catalogue::EventKind;
use bevaka_chassis::{entropy::Entropy, vault::Vault};
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    event::Kind,
    ids::{OrganisationId, UserId},
    organisation::OrganisationNumber,
    trail::{Action, Actor, Entry},
    watch::{Channel, Settings, Watch as WatchRow},
};
use bevaka_store::{Result as Stored, Tx, by_key, contacts, watch_sets, watches};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub company: OrganisationNumber,
    /// The user, by the bank's key.
    pub user: String,
    /// A mobile number or an e-mail address, in any usual spelling.
    pub address: String,
    /// Whether the bank has confirmed that it belongs to the user (R28).
    pub verified: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    pub company: OrganisationNumber,
    /// The user, by the bank's key.
    pub user: String,
    pub kind: Kind,
    /// The mobile number to use; left out: no SMS.
    #[serde(default)]
    pub sms: Option<String>,
    /// The e-mail address to use; left out: no e-mail.
    #[serde(default)]
    pub email: Option<String>,
    /// What it is narrowed to and when its alerts leave; left out: as the user has set it. Pauses and stand-ins are the
    /// user's own.
    #[serde(default)]
    pub settings: Option<Settings>,
}

/// Whose contact point or watch a line is about.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    pub organisation: OrganisationId,
    pub user: UserId,
}

impl Owner {
    /// What the trail says of a change by the bank's file (R41), without any address.
    fn imported(self, now: Timestamp, action: Action, detail: Value) -> Entry {
        let (organisation, subject) = (Some(self.organisation), self.user.to_string());
        Entry { at: now, actor: Actor::Import, action, organisation, subject, detail }
    }
}

impl Contact {
    /// The address in its stored form.
    pub fn address(&self) -> Result<Address, String> {
        self.address.parse().map_err(|fault| format!("address: {fault}"))
    }

    /// Makes the contact point, or sets whether it is confirmed; gives what the trail says of it. What the user does at the
    /// same moment takes the same lock first, so that neither waits for the other in a circle. Without the vault, the service
    /// notes at its start by which hash the address is found.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        owner: Owner,
        address: &Address,
        vault: Option<&Vault>,
        (entropy, now): (&Entropy, Timestamp),
    ) -> Stored<Vec<Entry>> {
        watch_sets::lock(tx, owner.user, now).await?;
        let verified_at = self.verified.then_some(now);
        let before = by_key::contact(tx, owner.user, address).await?;
        let new = entropy.id(now).into();
        let id = watches::upsert_contact(tx, new, owner.user, address, verified_at, now).await?;
        if let Some(vault) = vault {
            contacts::remember(tx, id, owner.user, &vault.address_hash(address)).await?;
        }
        let happened: &[Action] = match (before.map(|(_, verified)| verified), self.verified) {
            (None, true) => &[Action::ContactAdded, Action::ContactConfirmed],
            (None, false) => &[Action::ContactAdded],
            (Some(false), true) => &[Action::ContactConfirmed],
            (Some(true), false) => &[Action::ContactUnconfirmed],
            (Some(true), true) | (Some(false), false) => &[],
        };
        let detail = json!({"contact": id, "channel": address.channel()});
        Ok(happened.iter().map(|action| owner.imported(now, *action, detail.clone())).collect())
    }
}

impl Watch {
    /// The chosen addresses in their stored form.
    pub fn addresses(&self) -> Result<Vec<Address>, String> {
        let mut addresses = Vec::with_capacity(2);
        for (channel, text) in [(Channel::Sms, &self.sms), (Channel::Email, &self.email)] {
            if let Some(text) = text {
                addresses.push(Address::parse(channel, text).map_err(|fault| format!("{channel}: {fault}"))?);
            }
        }
        if addresses.is_empty() {
            return Err("sms, email: a watch names at least one of them".to_owned());
        }
        Ok(addresses)
    }

    /// Whether what the line sets suits the kind.
    pub fn check(&self, kind: &EventKind) -> Result<(), String> {
        let Some(settings) = &self.settings else { return Ok(()) };
        if settings.pause.is_some() || settings.stand_in.is_some() {
            return Err("settings: pause and stand_in are set by users themselves; leave them out".to_owned());
        }
        let broken = choice::unsuitable(settings, kind).into_iter().next();
        broken.map_or(Ok(()), |(field, broken)| Err(format!("settings.{field}: {broken}")))
    }

    /// Makes or replaces the watch; gives what the trail says of it.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        owner: Owner,
        addresses: &[Address],
        entropy: &Entropy,
        now: Timestamp,
    ) -> Stored<Vec<Entry>> {
        let user = owner.user;
        watch_sets::lock(tx, user, now).await?;
        let mut channels = BTreeMap::new();
        for address in addresses {
            channels.insert(address.channel(), watches::find_contact(tx, user, address).await?);
        }
        let before = watch_sets::find(tx, user, &self.kind).await?;
        let settings = self.settings(before.as_ref());
        let off_at = before.as_ref().and_then(|watch| watch.off_at);
        let id = before.as_ref().map_or_else(|| entropy.id(now).into(), |before| before.id);
        let watch = WatchRow { id, user, kind: self.kind.clone(), channels, settings, off_at };
        if before.as_ref() == Some(&watch) {
            return Ok(Vec::new());
        }
        watches::upsert_watch(tx, &watch, now).await?;
        watch_sets::grow(tx, user, now).await?;
        // Accounts are counted only: nothing leaves the trail again.
        let (mut settings, accounts) = (watch.settings.clone(), watch.settings.accounts.len());
        settings.accounts.clear();
        let mut detail = json!({"kind": self.kind, "channels": watch.channels, "settings": settings});
        if accounts > 0 {
            detail["settings"]["accounts"] = accounts.into();
        }
        Ok(vec![owner.imported(now, Action::WatchChanged, detail)])
    }

    /// What the line sets; what only users set stays, and without a word in the line all of it.
    fn settings(&self, before: Option<&WatchRow>) -> Settings {
        let stored = before.map(|watch| watch.settings.clone()).unwrap_or_default();
        match &self.settings {
            Some(settings) => Settings { pause: stored.pause, stand_in: stored.stand_in, ..settings.clone() },
            None => stored,
        }
    }
}

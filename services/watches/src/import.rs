//! Existing customers, as the bank hands them over: contact points, and what each user watches.

use bevaka_chassis::entropy::Entropy;
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    event::Kind,
    ids::{OrganisationId, UserId},
    organisation::OrganisationNumber,
    trail::{Action, Actor, Entry},
    watch::{Channel, Watch as WatchRow},
};
use bevaka_store::{Result as Stored, Tx, by_key, watches};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `{"type": "contact", …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The company's number.
    pub company: OrganisationNumber,
    /// The user, by the bank's key.
    pub user: String,
    /// A mobile number or an e-mail address, in any usual spelling.
    pub address: String,
    /// Whether the bank has confirmed that it belongs to the user (R28).
    pub verified: bool,
}

/// `{"type": "watch", …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The company's number.
    pub company: OrganisationNumber,
    /// The user, by the bank's key.
    pub user: String,
    /// What is watched.
    pub kind: Kind,
    /// The mobile number to use; left out: no SMS.
    #[serde(default)]
    pub sms: Option<String>,
    /// The e-mail address to use; left out: no e-mail.
    #[serde(default)]
    pub email: Option<String>,
}

/// Whose contact point or watch a line is about.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// The company.
    pub organisation: OrganisationId,
    /// The user.
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
    ///
    /// # Errors
    /// Names the field and what it must look like.
    pub fn address(&self) -> Result<Address, String> {
        self.address.parse().map_err(|fault| format!("address: {fault}"))
    }

    /// Makes the contact point, or sets whether it is confirmed; gives what the trail says of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        owner: Owner,
        address: &Address,
        entropy: &Entropy,
        now: Timestamp,
    ) -> Stored<Vec<Entry>> {
        let verified_at = self.verified.then_some(now);
        let before = by_key::contact(tx, owner.user, address).await?;
        let new = entropy.id(now).into();
        let id = watches::upsert_contact(tx, new, owner.user, address, verified_at, now).await?;
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
    ///
    /// # Errors
    /// Names the field and what it must look like; a watch needs at least one channel.
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

    /// Makes or replaces the watch; gives what the trail says of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        owner: Owner,
        addresses: &[Address],
        entropy: &Entropy,
        now: Timestamp,
    ) -> Stored<Vec<Entry>> {
        let user = owner.user;
        let mut channels = BTreeMap::new();
        for address in addresses {
            channels.insert(address.channel(), watches::find_contact(tx, user, address).await?);
        }
        let before = by_key::watch(tx, user, &self.kind).await?;
        // The file tells which channels; what users set themselves stays.
        let settings = before.as_ref().map(|watch| watch.settings.clone()).unwrap_or_default();
        let off_at = before.as_ref().and_then(|watch| watch.off_at);
        let id = entropy.id(now).into();
        let watch = WatchRow { id, user, kind: self.kind.clone(), channels, settings, off_at };
        watches::upsert_watch(tx, &watch, now).await?;
        if before.is_some_and(|before| before.channels == watch.channels) {
            return Ok(Vec::new());
        }
        let detail = json!({"kind": self.kind, "channels": watch.channels});
        Ok(vec![owner.imported(now, Action::WatchChanged, detail)])
    }
}

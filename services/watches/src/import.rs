//! Existing customers, as the bank hands them over: contact points, and what each user watches.

use bevaka_chassis::entropy::Entropy;
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    event::Kind,
    ids::UserId,
    organisation::OrganisationNumber,
    watch::{Channel, Watch as WatchRow},
};
use bevaka_store::{Result as Stored, Tx, watches};
use serde::Deserialize;
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

impl Contact {
    /// The address in its stored form.
    ///
    /// # Errors
    /// Names the field and what it must look like.
    pub fn address(&self) -> Result<Address, String> {
        self.address.parse().map_err(|fault| format!("address: {fault}"))
    }

    /// Makes the contact point, or sets whether it is confirmed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        user: UserId,
        address: &Address,
        entropy: &Entropy,
        now: Timestamp,
    ) -> Stored<()> {
        let verified_at = self.verified.then_some(now);
        watches::upsert_contact(tx, entropy.id(now).into(), user, address, verified_at, now).await?;
        Ok(())
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

    /// Makes or replaces the watch.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn apply(
        &self,
        tx: &mut Tx,
        user: UserId,
        addresses: &[Address],
        entropy: &Entropy,
        now: Timestamp,
    ) -> Stored<()> {
        let mut channels = BTreeMap::new();
        for address in addresses {
            channels.insert(address.channel(), watches::find_contact(tx, user, address).await?);
        }
        let watch = WatchRow { id: entropy.id(now).into(), user, kind: self.kind.clone(), channels };
        watches::upsert_watch(tx, &watch, now).await?;
        Ok(())
    }
}

//! What the parts of the service share.

use crate::{pages, paths};
use bevaka_chassis::{process::Chassis, proof::Proofs, relay::Outbox, vault::Vault};
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    event::Account,
    ids::{OrganisationId, UserId},
    notice::{Content, Notice, Topic},
    organisation::OrganisationNumber,
    trail::{Action, Actor, Entry, Writer},
};
use bevaka_portal::Site;
use bevaka_store::{Tx, outbox};
use bevaka_web::pages::Pages;
use serde_json::Value;
use std::{ops::Deref, sync::Arc};

/// Where the hash of an account belongs.
const ACCOUNT: &str = "watches.account";

/// The watches service. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub chassis: Chassis,
    /// Codes, and links that turn a watch off.
    pub proofs: Proofs,
    pub pages: Pages,
    vault: Vault,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// The service, with everything that it needs checked.
    pub fn new(mut chassis: Chassis) -> anyhow::Result<Self> {
        // Another service of the same process has a relay of its own, which must not take what is meant for this one.
        chassis.outbox = Outbox::default();
        let vault = Vault::new(&chassis.settings.vault.key)?;
        let proofs = Proofs::new(vault.clone());
        Ok(Self(Arc::new(Parts { chassis, proofs, pages: pages::pages()?, vault })))
    }

    /// Now, as the service's clock has it.
    pub fn now(&self) -> Timestamp {
        self.chassis.clock.now()
    }
}

impl Site for App {
    fn chassis(&self) -> &Chassis {
        &self.chassis
    }

    fn pages(&self) -> &Pages {
        &self.pages
    }

    fn takes_forms_only(route: &str) -> bool {
        paths::takes_forms_only(route)
    }
}

impl Parts {
    /// The hash by which an address is counted and found.
    pub(crate) fn address_hash(&self, address: &Address) -> Vec<u8> {
        self.vault.address_hash(address)
    }

    /// What the trail says of an address: whoever has the key and the address can tell that it is this one (R41).
    pub(crate) fn address_mark(&self, address: &Address) -> String {
        mark(&self.address_hash(address))
    }

    /// What the trail says of an account, in the same way.
    pub(crate) fn account_mark(&self, account: &Account) -> String {
        mark(&self.vault.hash(ACCOUNT, account.as_str().as_bytes()))
    }

    /// Tells a user by a notice, through the outbox; [`nudge`](bevaka_chassis::relay::Outbox::nudge) after the commit.
    pub(crate) async fn tell(
        &self,
        tx: &mut Tx,
        (topic, organisation): (Topic, &OrganisationNumber),
        content: Content,
        at: Timestamp,
    ) -> bevaka_store::Result<()> {
        let id = self.chassis.entropy.id(at);
        let notice = Notice { topic, organisation: organisation.clone(), at, content };
        outbox::add(tx, Writer::Watches, id, &notice.body(id), at).await
    }
}

/// An entry of the trail about a user's watches or contact points.
pub(crate) fn entry(
    (actor, action): (Actor, Action),
    organisation: OrganisationId,
    user: UserId,
    detail: Value,
    at: Timestamp,
) -> Entry {
    Entry { at, actor, action, organisation: Some(organisation), subject: user.to_string(), detail }
}

/// Half of a hash, in hexadecimal digits.
fn mark(hash: &[u8]) -> String {
    hex::encode(&hash[..hash.len() / 2])
}

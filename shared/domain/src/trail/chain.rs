//! How entries are chained, and how a chain is checked.
//!
//! The hash of an entry is SHA-256 over its canonical bytes, which hold the hash of the entry before it. So whoever
//! alters, removes, inserts or swaps an entry must compute every later hash anew, up to the chain's head; and a head
//! that was noted elsewhere shows even that.
//!
//! Canonical bytes: `bevaka-trail-1`, then the fields chain, seq, at, actor, action, organisation (empty if none),
//! subject, detail and the hash before, each as a netstring (its length in bytes as decimal digits, `:`, the bytes,
//! `,`). Texts are those of the columns; hashes are 64 lower-case hexadecimal digits; before the first entry stand
//! 64 zeros.

use super::{Entry, UnknownWriter, Writer};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt, str::FromStr};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// What stands before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry as it is stored: texts only, so that whatever stands there can be read, and be found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its place in the chain, counted from 1.
    pub seq: u64,
    /// When, RFC 3339 with six fraction digits.
    pub at: String,
    /// By whom.
    pub actor: String,
    /// What.
    pub action: String,
    /// The id of the company that it concerns.
    pub organisation: Option<String>,
    /// What it was done to.
    pub subject: String,
    /// More about it, as JSON.
    pub detail: String,
    /// The hash of the entry before.
    pub prev_hash: String,
    /// The hash of this entry.
    pub hash: String,
}

/// The last entry of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which chain.
    pub chain: Writer,
    /// Its place; 0 while the chain is empty.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
}

/// The first entry that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} of chain {chain}: {what}")]
pub struct Broken {
    /// Which chain.
    pub chain: Writer,
    /// Which entry.
    pub seq: u64,
    /// What is wrong with it.
    pub what: Fault,
}

/// What can be wrong with an entry.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ChainFault))]
pub enum Fault {
    /// Its number is left out.
    #[error("is missing")]
    Missing,
    /// Its number was there before, or lies behind the chain's head.
    #[error("does not belong to the chain: it stands where no entry was appended")]
    Extra,
    /// It names another entry before it than the one that is there.
    #[error("does not continue the entry before it: that one was replaced, or this one")]
    Previous,
    /// Its content is not what was hashed.
    #[error("was altered: its hash does not fit its content")]
    Hash,
    /// It is not what the chain's head says.
    #[error("is not the one that the chain's head names")]
    Head,
    /// It is not what was noted elsewhere.
    #[error("is not the one whose hash was noted")]
    Noted,
    /// What stands in its place in a file is not written as the service writes an entry.
    #[error("was altered: what stands in its place is not written as an entry is")]
    Form,
}

impl Head {
    /// The head of a chain without entries.
    pub fn empty(chain: Writer) -> Self {
        Self { chain, seq: 0, hash: GENESIS.to_owned() }
    }

    /// The entry that comes next, ready to be stored.
    pub fn next(&self, entry: &Entry) -> Link {
        let mut link = Link {
            seq: self.seq + 1,
            at: entry.at.to_string(),
            actor: entry.actor.to_string(),
            action: entry.action.as_str().to_owned(),
            organisation: entry.organisation.map(|id| id.to_string()),
            subject: super::printable(&entry.subject),
            detail: entry.detail.to_string(),
            prev_hash: self.hash.clone(),
            hash: String::new(),
        };
        link.hash = link.computed_hash(self.chain);
        link
    }
}

/// `CHAIN:SEQ:HASH`, fit to be noted elsewhere.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.chain, self.seq, self.hash)
    }
}

/// A text that is no head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHead {
    /// Not three parts.
    #[error("a head is CHAIN:SEQ:HASH, as `bevaka trail verify` prints it")]
    Form,
    /// The chain is unknown.
    #[error(transparent)]
    Chain(#[from] UnknownWriter),
}

impl FromStr for Head {
    type Err = InvalidHead;

    fn from_str(text: &str) -> Result<Self, InvalidHead> {
        let mut parts = text.splitn(3, ':');
        let (Some(chain), Some(seq), Some(hash)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidHead::Form);
        };
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let seq = seq.parse().map_err(|_| InvalidHead::Form)?;
        if !is_hash {
            return Err(InvalidHead::Form);
        }
        Ok(Self { chain: chain.parse()?, seq, hash: hash.to_owned() })
    }
}

impl Link {
    /// The hash that its content has.
    pub fn computed_hash(&self, chain: Writer) -> String {
        let mut digest = Sha256::new_with_prefix("bevaka-trail-1");
        for field in [
            chain.as_str(),
            &self.seq.to_string(),
            &self.at,
            &self.actor,
            &self.action,
            self.organisation.as_deref().unwrap_or_default(),
            &self.subject,
            &self.detail,
            &self.prev_hash,
        ] {
            digest.update(field.len().to_string());
            digest.update(":");
            digest.update(field);
            digest.update(",");
        }
        hex::encode(digest.finalize())
    }
}

/// Checks a chain entry by entry, in the order of their numbers.
#[derive(Debug)]
pub struct Verifier {
    last: Head,
    head: Head,
    noted: BTreeMap<u64, Vec<String>>,
}

impl Verifier {
    /// For the chain of a stored head, of which these heads were noted; those of other chains are left out.
    pub fn new(head: Head, noted: &[Head]) -> Self {
        let mut by_seq = BTreeMap::<_, Vec<_>>::new();
        for noted in noted.iter().filter(|noted| noted.chain == head.chain) {
            by_seq.entry(noted.seq).or_default().push(noted.hash.clone());
        }
        Self { last: Head::empty(head.chain), head, noted: by_seq }
    }

    /// Whose chain it is.
    pub const fn chain(&self) -> Writer {
        self.head.chain
    }

    /// The number of the entry that must come next; `None` if the chain is at its head.
    pub fn awaited(&self) -> Option<u64> {
        (self.last.seq < self.head.seq).then_some(self.last.seq + 1)
    }

    /// Checks the next entry.
    ///
    /// # Errors
    /// [`Broken`] names the first entry that is wrong; then the rest need not be read.
    pub fn check(&mut self, link: &Link) -> Result<(), Broken> {
        match self.awaited() {
            Some(expected) if link.seq > expected => return self.broken(expected, Fault::Missing),
            Some(expected) if link.seq == expected => {}
            _ => return self.broken(link.seq, Fault::Extra),
        }
        // Nothing is hashed as an empty organisation is, so that one must not stand for the other.
        let is_blank = link.organisation.as_deref() == Some("");
        if is_blank || link.computed_hash(self.head.chain) != link.hash {
            return self.broken(link.seq, Fault::Hash);
        }
        if link.prev_hash != self.last.hash {
            return self.broken(link.seq, Fault::Previous);
        }
        self.last.seq = link.seq;
        self.last.hash.clone_from(&link.hash);
        self.check_noted()
    }

    /// Checks that all entries were there; gives the head.
    ///
    /// # Errors
    /// [`Broken`] if the end of the chain is missing or is not what the head says.
    pub fn finish(mut self) -> Result<Head, Broken> {
        if self.last.seq < self.head.seq {
            return self.broken(self.last.seq + 1, Fault::Missing);
        }
        if self.last.hash != self.head.hash {
            return self.broken(self.head.seq, Fault::Head);
        }
        if self.last.seq == 0 {
            self.check_noted()?;
        }
        match self.noted.keys().find(|seq| **seq > self.last.seq) {
            Some(seq) => self.broken(*seq, Fault::Missing),
            None => Ok(self.head),
        }
    }

    fn check_noted(&mut self) -> Result<(), Broken> {
        let noted = self.noted.remove(&self.last.seq).unwrap_or_default();
        if noted.iter().all(|hash| *hash == self.last.hash) {
            return Ok(());
        }
        self.broken(self.last.seq, Fault::Noted)
    }

    const fn broken<T>(&self, seq: u64, what: Fault) -> Result<T, Broken> {
        Err(Broken { chain: self.head.chain, seq, what })
    }
}

/// Checks a whole chain.
///
/// # Errors
/// [`Broken`] names the first entry that is wrong.
pub fn verify<'a>(
    head: Head,
    noted: &[Head],
    links: impl IntoIterator<Item = &'a Link>,
) -> Result<Head, Broken> {
    let mut verifier = Verifier::new(head, noted);
    for link in links {
        verifier.check(link)?;
    }
    verifier.finish()
}

#[cfg(test)]
mod tests;

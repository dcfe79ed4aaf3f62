//! The whole trail as a file that proves itself: written by a service, checked by anybody, without database or service.
//!
//! Lines of JSON, each ended by a line feed. First a header with the heads of all chains, as `CHAIN:SEQ:HASH`; then every
//! entry, chain by chain in the order of [`Writer::ALL`], its fields as they were hashed; last a footer with how many
//! entries of each chain there are, and the SHA-256 of all bytes before it.
//!
//! The chains show what was done to an entry ([`super::chain`]); the header's heads, where a chain was cut; the digest, what
//! was done to the header. Beyond that each line must be written as the service writes it, byte for byte, so that nothing
//! about a file can be changed without being named.

mod verify;

pub use verify::{Export, ExportVerifier, Refuted, Wrong, verify};

use super::{
    Writer,
    chain::{Head, Link},
};
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The format's name and version, in the first line and in the last.
pub const FORMAT: &str = "bevaka-trail-export-1";
/// The media type of the file.
pub const MEDIA_TYPE: &str = "application/x-ndjson";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    exported_at: String,
    heads: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    chain: String,
    seq: u64,
    at: String,
    actor: String,
    action: String,
    organisation: Option<String>,
    subject: String,
    detail: String,
    prev_hash: String,
    hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    end: String,
    entries: BTreeMap<String, u64>,
    sha256: String,
}

impl Line {
    fn new(chain: Writer, link: &Link) -> Self {
        let Link { seq, at, actor, action, organisation, subject, detail, prev_hash, hash } = link.clone();
        let chain = chain.as_str().to_owned();
        Self { chain, seq, at, actor, action, organisation, subject, detail, prev_hash, hash }
    }

    fn into_link(self) -> Link {
        let Self { seq, at, actor, action, organisation, subject, detail, prev_hash, hash, .. } = self;
        Link { seq, at, actor, action, organisation, subject, detail, prev_hash, hash }
    }
}

/// One line; what is written here always has a form in JSON.
fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Writes an export, part by part.
#[derive(Debug)]
pub struct ExportWriter {
    digest: Sha256,
    entries: BTreeMap<String, u64>,
}

impl ExportWriter {
    /// Begins; gives the writer and the header. The heads are those of all chains, in one snapshot with what follows.
    pub fn begin(exported_at: Timestamp, heads: &[Head]) -> (Self, Vec<u8>) {
        let header = line(&Header {
            format: FORMAT.to_owned(),
            exported_at: exported_at.to_string(),
            heads: heads.iter().map(Head::to_string).collect(),
        });
        let entries = Writer::ALL.into_iter().map(|chain| (chain.as_str().to_owned(), 0)).collect();
        (Self { digest: Sha256::new_with_prefix(&header), entries }, header)
    }

    /// The next entries of a chain.
    pub fn entries(&mut self, chain: Writer, links: &[Link]) -> Vec<u8> {
        let lines: Vec<u8> = links.iter().flat_map(|link| line(&Line::new(chain, link))).collect();
        self.digest.update(&lines);
        *self.entries.entry(chain.as_str().to_owned()).or_default() += links.len() as u64;
        lines
    }

    /// How many entries have been written.
    pub fn written(&self) -> u64 {
        self.entries.values().sum()
    }

    /// Ends; gives the footer.
    pub fn end(self) -> Vec<u8> {
        let sha256 = hex::encode(self.digest.finalize());
        line(&Footer { end: FORMAT.to_owned(), entries: self.entries, sha256 })
    }
}

#[cfg(test)]
mod tests;

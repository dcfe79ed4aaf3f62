//! Checks an export line by line, with nothing but the file.

use super::{FORMAT, Footer, Header, Line, line};
use crate::{
    clock::Timestamp,
    trail::{
        Writer,
        chain::{Broken, Fault, Head, Verifier},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// An export in which nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// When it was made.
    pub exported_at: Timestamp,
    /// The heads of all chains: every entry up to these is in it.
    pub heads: Vec<Head>,
}

/// The first thing that is wrong with an export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Refuted {
    /// Which line, counted from 1; one more than there are if something is missing at the end.
    pub line: u64,
    /// What is wrong with it.
    pub what: Wrong,
}

/// What can be wrong with an export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Wrong {
    /// The first line does not begin an export.
    #[error("is not the header of an export of the trail ({FORMAT})")]
    Header,
    /// An entry is wrong, or missing.
    #[error(transparent)]
    Chain(#[from] Broken),
    /// All entries are there, but the line that ends the file is not.
    #[error("the footer is missing: the file was cut")]
    Cut,
    /// The last line is not as the entries before it want it.
    #[error("the footer was altered: it is not what the entries before it add up to")]
    Footer,
    /// Entries and counts are right, and the whole is not.
    #[error(
        "the header or the footer was altered: the digest does not fit, though every entry fits its chain"
    )]
    Digest,
    /// Something stands behind the end.
    #[error("stands behind the footer, where nothing belongs")]
    Behind,
}

impl Wrong {
    /// The name for machines.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Chain(broken) => broken.what.as_str(),
            other => other.into(),
        }
    }
}

#[derive(Debug)]
enum State {
    Begin,
    Entries(Entries),
    Ended(Export),
}

/// The chains that are still to come, the first of them under way.
#[derive(Debug)]
struct Entries {
    export: Export,
    open: VecDeque<Verifier>,
    counted: BTreeMap<String, u64>,
}

/// Checks an export line by line. After the first refusal the rest need not be read.
#[derive(Debug)]
pub struct ExportVerifier {
    noted: Vec<Head>,
    lines: u64,
    digest: Sha256,
    state: State,
}

impl ExportVerifier {
    /// For an export in which these heads, noted earlier, must be found again.
    pub fn new(noted: &[Head]) -> Self {
        Self { noted: noted.to_vec(), lines: 0, digest: Sha256::new(), state: State::Begin }
    }

    /// Checks the next line, given with the line feed that ends it.
    ///
    /// # Errors
    /// [`Refuted`] names the line, and the first entry that is wrong.
    pub fn line(&mut self, given: &[u8]) -> Result<(), Refuted> {
        self.lines += 1;
        self.take(given).map_err(|what| Refuted { line: self.lines, what })
    }

    /// Checks that the file was there to its end.
    ///
    /// # Errors
    /// [`Refuted`] names the first entry that is missing.
    pub fn finish(self) -> Result<Export, Refuted> {
        let what = match self.state {
            State::Begin => Wrong::Header,
            State::Entries(entries) => entries.missing().map_or(Wrong::Cut, Wrong::Chain),
            State::Ended(export) => return Ok(export),
        };
        Err(Refuted { line: self.lines + 1, what })
    }

    fn take(&mut self, given: &[u8]) -> Result<(), Wrong> {
        match &mut self.state {
            State::Begin => self.state = State::Entries(begin(given, &self.noted)?),
            State::Entries(entries) => {
                if let Some(ended) = entries.take(given, &self.digest)? {
                    self.state = State::Ended(ended);
                }
            }
            State::Ended(_) => return Err(Wrong::Behind),
        }
        self.digest.update(given);
        Ok(())
    }
}

/// Checks a whole export.
///
/// # Errors
/// [`Refuted`] names the first thing that is wrong.
pub fn verify(export: &[u8], noted: &[Head]) -> Result<Export, Refuted> {
    let mut verifier = ExportVerifier::new(noted);
    for line in export.split_inclusive(|byte| *byte == b'\n') {
        verifier.line(line)?;
    }
    verifier.finish()
}

/// A line as the service writes it: any other bytes are not, whatever they mean.
fn read<T: Serialize + DeserializeOwned>(given: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(given).ok()?;
    (line(&read) == given).then_some(read)
}

fn begin(given: &[u8], noted: &[Head]) -> Result<Entries, Wrong> {
    let header: Header =
        read(given).filter(|header: &Header| header.format == FORMAT).ok_or(Wrong::Header)?;
    let exported_at = Timestamp::parse(&header.exported_at).map_err(|_| Wrong::Header)?;
    let heads: Vec<Head> =
        header.heads.iter().map(|head| head.parse()).collect::<Result<_, _>>().map_err(|_| Wrong::Header)?;
    let is_complete = heads.iter().map(|head| head.chain).eq(Writer::ALL);
    if !is_complete || header.exported_at != exported_at.to_string() {
        return Err(Wrong::Header);
    }
    let open = heads.iter().map(|head| Verifier::new(head.clone(), noted)).collect();
    let counted = heads.iter().map(|head| (head.chain.as_str().to_owned(), head.seq)).collect();
    Ok(Entries { export: Export { exported_at, heads }, open, counted })
}

impl Entries {
    fn take(&mut self, given: &[u8], before: &Sha256) -> Result<Option<Export>, Wrong> {
        if let Some(entry) = read::<Line>(given) {
            self.entry(entry)?;
            return Ok(None);
        }
        let footer: Option<Footer> = read(given);
        let Some(footer) = footer else {
            return Err(self.unreadable().map_or(Wrong::Footer, Wrong::Chain));
        };
        while let Some(chain) = self.open.pop_front() {
            chain.finish()?;
        }
        if footer.end != FORMAT || footer.entries != self.counted {
            return Err(Wrong::Footer);
        }
        if footer.sha256 != hex::encode(before.clone().finalize()) {
            return Err(Wrong::Digest);
        }
        Ok(Some(self.export.clone()))
    }

    fn entry(&mut self, entry: Line) -> Result<(), Wrong> {
        let Ok(chain) = entry.chain.parse::<Writer>() else {
            return Err(self.unreadable().map_or(Wrong::Footer, Wrong::Chain));
        };
        let link = entry.into_link();
        // The chains before this one must be over; one that is over already does not go on.
        while let Some(current) = self.open.front_mut() {
            if current.chain() == chain {
                return Ok(current.check(&link)?);
            }
            if self.open.iter().all(|open| open.chain() != chain) {
                break;
            }
            if let Some(over) = self.open.pop_front() {
                over.finish()?;
            }
        }
        Err(Broken { chain, seq: link.seq, what: Fault::Extra }.into())
    }

    /// The entry that should stand where something unreadable does.
    fn unreadable(&self) -> Option<Broken> {
        self.next().map(|(chain, seq)| Broken { chain, seq, what: Fault::Form })
    }

    /// The first entry that the heads of the header promise and that has not come; or what else is wrong with the chains.
    fn missing(self) -> Option<Broken> {
        self.open.into_iter().find_map(|chain| chain.finish().err())
    }

    fn next(&self) -> Option<(Writer, u64)> {
        self.open.iter().find_map(|chain| chain.awaited().map(|seq| (chain.chain(), seq)))
    }
}

//! Reads an export of the trail line by line, wherever it comes from.

use bevaka_domain::trail::{
    chain::Head,
    export::{Export, ExportVerifier, Refuted},
};
use std::io::{self, BufRead, Read};

/// The longest line that is read whole, in bytes; no entry is nearly as long, and what is longer is found to be none.
const LONGEST: u64 = 16 * 1_024 * 1_024;

/// Checks an export. After what is wrong the rest is not read.
pub(super) fn verify(
    mut export: impl BufRead,
    noted: &[Head],
    mut progress: impl FnMut(u64),
) -> io::Result<Result<Export, Refuted>> {
    let mut verifier = ExportVerifier::new(noted);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = export.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(verifier.finish());
        }
        if let Err(refuted) = verifier.line(&line) {
            return Ok(Err(refuted));
        }
        progress(read as u64);
    }
}

/// Checks an export that comes in pieces.
pub(super) struct Pieces {
    verifier: ExportVerifier,
    begun: Vec<u8>,
    refuted: Option<Refuted>,
}

impl Pieces {
    pub(super) fn new() -> Self {
        Self { verifier: ExportVerifier::new(&[]), begun: Vec::new(), refuted: None }
    }

    /// The next piece. What is wrong is kept until the end, so that the file is written whole all the same.
    pub(super) fn add(&mut self, piece: &[u8]) {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.line();
            }
        }
    }

    /// All pieces have come.
    pub(super) fn finish(mut self) -> Result<Export, Refuted> {
        if !self.begun.is_empty() {
            self.line();
        }
        match self.refuted {
            Some(refuted) => Err(refuted),
            None => self.verifier.finish(),
        }
    }

    fn line(&mut self) {
        let line = std::mem::take(&mut self.begun);
        if self.refuted.is_none() {
            self.refuted = self.verifier.line(&line).err();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::{
        clock::Timestamp,
        trail::{Action, Actor, Entry, Writer, export::ExportWriter},
    };
    use serde_json::json;

    fn export() -> Vec<u8> {
        let mut heads: Vec<_> = Writer::ALL.into_iter().map(Head::empty).collect();
        let entry = |n| Entry {
            at: Timestamp::from_micros(n),
            actor: Actor::System,
            action: Action::OrderExpired,
            organisation: None,
            subject: format!("order-{n}"),
            detail: json!({"n": n}),
        };
        let mut links = Vec::new();
        for n in 1..=5 {
            let link = heads[0].next(&entry(n));
            heads[0] = Head { chain: Writer::Agreements, seq: link.seq, hash: link.hash.clone() };
            links.push(link);
        }
        let (mut writer, mut file) = ExportWriter::begin(Timestamp::from_micros(9), &heads);
        file.extend(writer.entries(Writer::Agreements, &links));
        file.extend(writer.end());
        file
    }

    fn in_pieces(file: &[u8], size: usize) -> Result<Export, Refuted> {
        let mut pieces = Pieces::new();
        file.chunks(size).for_each(|piece| pieces.add(piece));
        pieces.finish()
    }

    #[test]
    fn r41_a_file_and_its_pieces_are_judged_alike() {
        let whole = export();
        let altered = String::from_utf8(whole.clone()).unwrap().replace("order-3", "order-8").into_bytes();
        let cut = whole[..whole.len() - 30].to_vec();
        for file in [whole, altered, cut, Vec::new()] {
            let expected = verify(&file[..], &[], |_| {}).unwrap();
            for size in [1, 7, 200, 100_000] {
                assert_eq!(in_pieces(&file, size), expected);
            }
        }
    }

    #[test]
    fn r41_a_line_that_never_ends_is_not_read_to_its_end() {
        let header = export().split_inclusive(|byte| *byte == b'\n').next().unwrap().to_vec();
        let endless = io::Read::chain(&header[..], io::repeat(b'x'));
        let refuted = verify(io::BufReader::new(endless), &[], |_| {}).unwrap().unwrap_err();
        assert_eq!(refuted.line, 2);
    }
}

//! Whatever is done to an export is found, and where it was done to an entry, that one is named.

use super::*;
use crate::{
    ids::{OrganisationId, UserId},
    trail::{
        Action, Actor, Entry,
        chain::{Broken, Fault},
    },
};
use proptest::{prelude::*, sample::Index};
use serde_json::json;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn entry(n: u64) -> Entry {
    Entry {
        at: Timestamp::from_micros(NOW.as_micros() + n.cast_signed()),
        actor: Actor::User(UserId(Uuid::from_u128(n.into()))),
        action: Action::ALL[usize::try_from(n).unwrap() % Action::ALL.len()],
        organisation: n.is_multiple_of(3).then(|| OrganisationId(Uuid::from_u128(7))),
        subject: format!("subject-{n}"),
        detail: json!({"n": n, "because": "kund ringde, \"INC-204711\" å\u{1}"}),
    }
}

/// An export of chains of these lengths, as lines, with its heads.
fn export(lengths: [u64; 3]) -> (Vec<Vec<u8>>, Vec<Head>) {
    let chains = Writer::ALL.into_iter().zip(lengths).map(|(chain, length)| {
        let mut head = Head::empty(chain);
        let links: Vec<_> = (1..=length)
            .map(|n| {
                let link = head.next(&entry(n));
                head = Head { chain, seq: link.seq, hash: link.hash.clone() };
                link
            })
            .collect();
        (head, links)
    });
    let (heads, chains): (Vec<_>, Vec<_>) = chains.unzip();
    let (mut writer, header) = ExportWriter::begin(NOW, &heads);
    let mut lines = vec![header];
    for (chain, links) in Writer::ALL.into_iter().zip(&chains) {
        // In pages, as a service writes it.
        lines.extend(links.chunks(3).flat_map(|page| split(&writer.entries(chain, page))));
    }
    assert_eq!(writer.written(), lengths.iter().sum::<u64>());
    lines.push(writer.end());
    (lines, heads)
}

fn split(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn refuted(lines: &[Vec<u8>]) -> Refuted {
    verify(&lines.concat(), &[]).unwrap_err()
}

/// The entry on a line, header and footer aside.
fn on_line(lengths: [u64; 3], line: usize) -> Option<(Writer, u64)> {
    let entries = Writer::ALL
        .into_iter()
        .zip(lengths)
        .flat_map(|(chain, length)| (1..=length).map(move |n| (chain, n)));
    entries.enumerate().find_map(|(n, entry)| (n + 1 == line).then_some(entry))
}

fn named(refuted: &Refuted) -> Option<(Writer, u64)> {
    match refuted.what {
        Wrong::Chain(Broken { chain, seq, .. }) => Some((chain, seq)),
        _ => None,
    }
}

#[test]
fn r41_an_export_is_written_as_the_documentation_says() {
    let (lines, heads) = export([1, 0, 0]);
    let text = String::from_utf8(lines.concat()).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        format!(
            r#"{{"format":"bevaka-trail-export-1","exported_at":"2027-01-15T08:00:00.000000Z","heads":["{}","{}","{}"]}}"#,
            heads[0], heads[1], heads[2]
        )
    );
    let head = &heads[0].hash;
    let zeros = "0".repeat(64);
    assert_eq!(
        lines.next().unwrap(),
        format!(
            r#"{{"chain":"agreements","seq":1,"at":"2027-01-15T08:00:00.000001Z","actor":"user:00000000-0000-0000-0000-000000000001","action":"company_changed","organisation":null,"subject":"subject-1","detail":"{{\"because\":\"kund ringde, \\\"INC-204711\\\" å\\u0001\",\"n\":1}}","prev_hash":"{zeros}","hash":"{head}"}}"#
        )
    );
    let before = text.split_inclusive('\n').take(2).collect::<String>();
    let digest = hex::encode(Sha256::digest(before));
    assert_eq!(
        lines.next().unwrap(),
        format!(
            r#"{{"end":"bevaka-trail-export-1","entries":{{"agreements":1,"operators":0,"watches":0}},"sha256":"{digest}"}}"#
        )
    );
    assert_eq!(lines.next(), None);
}

#[test]
fn r41_a_whole_export_gives_its_heads_also_without_entries() {
    for lengths in [[0, 0, 0], [4, 0, 1], [1, 7, 10]] {
        let (lines, heads) = export(lengths);
        assert_eq!(verify(&lines.concat(), &heads), Ok(Export { exported_at: NOW, heads }), "{lengths:?}");
    }
}

#[test]
fn r41_what_is_no_export_is_said_to_be_none() {
    for text in [&b""[..], b"\n", b"{}\n", b"[]", b"\xff", b"{\"format\":\"bevaka-trail-export-2\"}\n"] {
        assert_eq!(verify(text, &[]), Err(Refuted { line: 1, what: Wrong::Header }));
    }
}

#[test]
fn r41_a_head_that_was_noted_is_wanted_of_an_export() {
    let (lines, heads) = export([2, 0, 5]);
    let (longer, _) = export([2, 0, 6]);
    assert!(verify(&longer.concat(), &heads).is_ok());
    let forged = Head { hash: "0".repeat(64), ..heads[2].clone() };
    let told = verify(&longer.concat(), &[forged]).unwrap_err();
    assert_eq!(told.what, Wrong::Chain(Broken { chain: Writer::Operators, seq: 5, what: Fault::Noted }));
    let later = Head { seq: 6, ..heads[2].clone() };
    let told = verify(&lines.concat(), &[later]).unwrap_err();
    assert_eq!(told.what, Wrong::Chain(Broken { chain: Writer::Operators, seq: 6, what: Fault::Missing }));
}

#[test]
fn r41_a_chain_that_was_cut_with_its_head_and_counts_needs_a_noted_head() {
    let (_, heads) = export([3, 2, 5]);
    let (shorter, _) = export([3, 2, 4]);
    assert!(verify(&shorter.concat(), &[]).is_ok(), "nothing else can show it");
    let told = verify(&shorter.concat(), &heads).unwrap_err();
    assert_eq!(named(&told), Some((Writer::Operators, 5)));
}

#[test]
fn r41_an_entry_that_means_the_same_in_other_bytes_is_named() {
    let (lines, _) = export([2, 2, 2]);
    for (from, to) in
        [("\"organisation\":null", "\"organisation\":\"\""), ("{\"chain\"", "{ \"chain\""), ("\n", "\r\n")]
    {
        let mut altered = lines.clone();
        altered[3] = String::from_utf8(altered[3].clone()).unwrap().replace(from, to).into_bytes();
        assert_ne!(altered, lines);
        let told = refuted(&altered);
        assert_eq!((told.line, named(&told)), (4, Some((Writer::Watches, 1))), "{from}");
    }
}

#[test]
fn r41_a_chain_that_stands_after_a_later_one_is_named() {
    let (lines, _) = export([2, 2, 0]);
    let [header, first, second, third, fourth, footer] = &lines[..] else { panic!("{lines:?}") };
    let moved = [header, third, fourth, first, second, footer].map(Clone::clone);
    assert_eq!(named(&refuted(&moved)), Some((Writer::Agreements, 1)));
}

fn lengths() -> impl Strategy<Value = [u64; 3]> {
    [0_u64..6, 0_u64..6, 0_u64..6]
}

proptest! {
    #[test]
    fn r41_any_changed_byte_is_found_and_its_entry_named(lengths in lengths(), at in any::<Index>(), place in any::<Index>(), byte in any::<u8>()) {
        let (mut lines, _) = export(lengths);
        let at = at.index(lines.len());
        let place = place.index(lines[at].len());
        prop_assume!(lines[at][place] != byte);
        lines[at][place] = byte;
        let told = refuted(&lines);
        let footer = u64::try_from(lines.len()).unwrap();
        match on_line(lengths, at) {
            Some(entry) => prop_assert_eq!(named(&told), Some(entry), "{}", told),
            // A changed header is told by itself, by the entries it no longer fits, or by the digest at the end.
            None if at == 0 => prop_assert!(told.line <= footer),
            None => prop_assert!(told.line >= footer && named(&told).is_none(), "{}", told),
        }
    }

    #[test]
    fn r41_any_changed_field_is_found_and_its_entry_named(lengths in lengths(), at in any::<Index>(), field in 0_usize..10, with in "[a-z0-9:,]{1,8}") {
        let (mut lines, _) = export(lengths);
        prop_assume!(lengths.iter().sum::<u64>() > 0);
        let at = 1 + at.index(lines.len() - 2);
        let entry = on_line(lengths, at).unwrap();
        let mut read: Line = serde_json::from_slice(&lines[at]).unwrap();
        match field {
            0 => read.chain = Writer::ALL.into_iter().find(|chain| *chain != entry.0).unwrap().to_string(),
            1 => read.seq += 1,
            2 => read.at += &with,
            3 => read.actor += &with,
            4 => read.action += &with,
            5 => read.organisation = Some(read.organisation.unwrap_or_default() + &with),
            6 => read.subject += &with,
            7 => read.detail += &with,
            8 => read.prev_hash += &with,
            _ => read.hash += &with,
        }
        lines[at] = line(&read);
        let told = refuted(&lines);
        prop_assert_eq!(told.line, at as u64 + 1);
        // One that says to be of another chain is named as what it says to be, unless its place is missed first.
        if field != 0 {
            prop_assert_eq!(named(&told), Some(entry), "{}", told);
        }
    }

    #[test]
    fn r41_any_removed_line_is_found_and_its_entry_named(lengths in lengths(), at in any::<Index>()) {
        let (mut lines, _) = export(lengths);
        let at = at.index(lines.len());
        let last = lines.len() - 1;
        lines.remove(at);
        let told = refuted(&lines);
        match on_line(lengths, at) {
            Some(entry) => prop_assert_eq!(named(&told), Some(entry), "{}", told),
            None if at == 0 => prop_assert_eq!(told, Refuted { line: 1, what: Wrong::Header }),
            None => prop_assert_eq!(told, Refuted { line: last as u64 + 1, what: Wrong::Cut }),
        }
    }

    #[test]
    fn r41_any_two_swapped_lines_are_found_and_the_first_named(lengths in lengths(), one in any::<Index>(), two in any::<Index>()) {
        let (mut lines, _) = export(lengths);
        let (one, two) = (one.index(lines.len()), two.index(lines.len()));
        prop_assume!(one != two);
        lines.swap(one, two);
        let (told, first) = (refuted(&lines), one.min(two));
        prop_assert_eq!(told.line, first as u64 + 1);
        prop_assert_eq!(named(&told), on_line(lengths, first), "{}", told);
    }

    #[test]
    fn r41_any_inserted_line_is_found(lengths in lengths(), copied in any::<Index>(), at in any::<Index>()) {
        let (mut lines, _) = export(lengths);
        let copied = lines[copied.index(lines.len())].clone();
        let at = at.index(lines.len() + 1);
        lines.insert(at, copied);
        let told = refuted(&lines);
        prop_assert!(told.line.abs_diff(at as u64 + 1) <= 1, "{}", told);
    }

    #[test]
    fn r41_an_export_that_was_cut_anywhere_is_found(lengths in lengths(), at in any::<Index>()) {
        let (lines, _) = export(lengths);
        let text = lines.concat();
        let at = at.index(text.len());
        let told = verify(&text[..at], &[]).unwrap_err();
        let whole = split(&text[..at]).iter().filter(|line| line.ends_with(b"\n")).count();
        prop_assert_eq!(told.line, whole as u64 + 1);
        let expected = on_line(lengths, whole);
        prop_assert_eq!(named(&told), expected, "{}", told);
    }
}

//! Whatever is done to a chain is found, and the first entry that shows it is named.

use super::*;
use crate::{
    clock::Timestamp,
    ids::{OrganisationId, UserId},
    trail::{Action, Actor},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::json;
use uuid::Uuid;

fn entry(n: u64) -> Entry {
    Entry {
        at: Timestamp::from_micros(1_800_000_000_000_000 + n.cast_signed()),
        actor: Actor::User(UserId(Uuid::from_u128(n.into()))),
        action: Action::ALL[usize::try_from(n).unwrap() % Action::ALL.len()],
        organisation: n.is_multiple_of(3).then(|| OrganisationId(Uuid::from_u128(7))),
        subject: format!("subject-{n}"),
        detail: json!({"n": n}),
    }
}

fn chain(length: u64) -> (Vec<Link>, Head) {
    let mut head = Head::empty(Writer::Agreements);
    let mut links = Vec::new();
    for n in 1..=length {
        let link = head.next(&entry(n));
        head = Head { seq: link.seq, hash: link.hash.clone(), ..head };
        links.push(link);
    }
    (links, head)
}

/// Chains these entries anew from one of them on, as somebody with the right to write could.
fn forge(links: &mut [Link], from: usize) -> Head {
    let mut head = Head::empty(Writer::Agreements);
    for (n, link) in links.iter_mut().enumerate() {
        if n >= from {
            link.seq = head.seq + 1;
            link.prev_hash = head.hash;
            link.hash = link.computed_hash(Writer::Agreements);
        }
        head = Head { seq: link.seq, hash: link.hash.clone(), ..Head::empty(Writer::Agreements) };
    }
    head
}

fn broken(links: &[Link], head: &Head) -> (u64, Fault) {
    let broken = verify(head.clone(), &[], links).unwrap_err();
    (broken.seq, broken.what)
}

#[test]
fn r41_the_hash_is_what_the_documentation_says() {
    let head = Head::empty(Writer::Watches);
    let entry = Entry {
        at: Timestamp::parse("2026-11-21T13:02:00Z").unwrap(),
        actor: Actor::Import,
        action: Action::WatchChanged,
        organisation: None,
        subject: "å".to_owned(),
        detail: json!({}),
    };
    let written = format!(
        "bevaka-trail-17:watches,1:1,27:2026-11-21T13:02:00.000000Z,6:import,13:watch_changed,0:,2:å,2:{{}},64:{GENESIS},"
    );
    let digest = hex::encode(Sha256::digest(written));
    assert_eq!(head.next(&entry).hash, digest);
    // Computed by another program: printf … | sha256sum.
    assert_eq!(digest, "52e65d7afb1a6b566802e99ed49a31277660c32f57f179e39546cf2496004e1b");
}

#[test]
fn r41_a_whole_chain_and_an_empty_one_pass() {
    let (links, head) = chain(5);
    assert_eq!(verify(head.clone(), &[], &links), Ok(head));
    let empty = Head::empty(Writer::Operators);
    assert_eq!(verify(empty.clone(), std::slice::from_ref(&empty), &[]), Ok(empty));
}

#[test]
fn r41_entries_cut_from_the_end_or_added_behind_it_are_named() {
    let (links, head) = chain(5);
    assert_eq!(broken(&links[..3], &head), (4, Fault::Missing));
    assert_eq!(broken(&[], &head), (1, Fault::Missing));
    let shorter = Head { seq: 4, hash: links[3].hash.clone(), ..head.clone() };
    assert_eq!(broken(&links, &shorter), (5, Fault::Extra));
    let other = Head { hash: GENESIS.to_owned(), ..head };
    assert_eq!(broken(&links, &other), (5, Fault::Head));
    let doubled = [links[0].clone(), links[0].clone()];
    assert_eq!(broken(&doubled, &other), (1, Fault::Extra));
}

#[test]
fn r41_an_entry_that_was_altered_and_hashed_anew_is_told_by_the_next_one() {
    let (mut links, head) = chain(5);
    links[2].actor = "system".to_owned();
    links[2].hash = links[2].computed_hash(Writer::Agreements);
    assert_eq!(broken(&links, &head), (4, Fault::Previous));
}

#[test]
fn r41_a_chain_that_was_forged_to_its_end_is_told_by_a_noted_head() {
    let (mut links, head) = chain(5);
    let noted = Head { seq: 4, hash: links[3].hash.clone(), ..head.clone() };
    let elsewhere = Head { chain: Writer::Watches, ..noted.clone() };
    assert!(verify(head, &[noted.clone(), elsewhere.clone()], &links).is_ok());
    links[2].actor = "system".to_owned();
    let forged = forge(&mut links, 2);
    assert!(verify(forged.clone(), &[elsewhere], &links).is_ok(), "nothing else can show it");
    let told = verify(forged, std::slice::from_ref(&noted), &links).unwrap_err();
    assert_eq!((told.seq, told.what), (4, Fault::Noted));
    let cut = forge(&mut links[..3], 3);
    let told = verify(cut, &[noted], &links[..3]).unwrap_err();
    assert_eq!((told.seq, told.what), (4, Fault::Missing));
}

#[test]
fn heads_are_read_as_they_are_written() {
    let (_, head) = chain(3);
    assert_eq!(head.to_string().parse(), Ok(head));
    for (text, fault) in [
        ("agreements:3", InvalidHead::Form),
        ("agreements:x:00", InvalidHead::Form),
        ("agreements:1:ABC", InvalidHead::Form),
        (&format!("bank:1:{GENESIS}"), InvalidHead::Chain(UnknownWriter)),
    ] {
        assert_eq!(text.parse::<Head>(), Err(fault), "{text}");
    }
}

fn alter(link: &mut Link, field: u8, with: &str) {
    match field {
        0 => link.at += with,
        1 => link.actor += with,
        2 => link.action += with,
        3 => link.organisation = Some(link.organisation.take().unwrap_or_default() + with),
        4 => link.subject += with,
        5 => link.detail.insert_str(0, with),
        6 => link.prev_hash += with,
        _ => link.hash += with,
    }
}

proptest! {
    #[test]
    fn r41_any_altered_entry_is_named(length in 1_u64..20, at in any::<Index>(), field in 0_u8..8, with in "[a-z0-9:,]{1,8}") {
        let (mut links, head) = chain(length);
        let at = at.index(links.len());
        alter(&mut links[at], field, &with);
        prop_assert_eq!(broken(&links, &head), (at as u64 + 1, Fault::Hash));
    }

    #[test]
    fn r41_text_moved_from_one_field_to_the_next_is_found(length in 1_u64..20, at in any::<Index>()) {
        let (mut links, head) = chain(length);
        let at = at.index(links.len());
        let moved = links[at].subject.pop().unwrap();
        links[at].detail.insert(0, moved);
        prop_assert_eq!(broken(&links, &head), (at as u64 + 1, Fault::Hash));
    }

    #[test]
    fn r41_any_removed_entry_is_named(length in 1_u64..20, at in any::<Index>()) {
        let (mut links, head) = chain(length);
        let at = at.index(links.len());
        links.remove(at);
        prop_assert_eq!(broken(&links, &head), (at as u64 + 1, Fault::Missing));
    }

    #[test]
    fn r41_any_two_swapped_entries_are_found(length in 2_u64..20, one in any::<Index>(), two in any::<Index>()) {
        let (mut links, head) = chain(length);
        let (one, two) = (one.index(links.len()), two.index(links.len()));
        prop_assume!(one != two);
        links.swap(one, two);
        let first = one.min(two);
        // Their places alone give them away; with their numbers swapped as well, the hashes do.
        prop_assert_eq!(broken(&links, &head).0, first as u64 + 1);
        for at in [one, two] {
            links[at].seq = at as u64 + 1;
        }
        prop_assert_eq!(broken(&links, &head), (first as u64 + 1, Fault::Hash));
    }

    #[test]
    fn r41_an_inserted_entry_is_found_though_all_later_ones_are_numbered_anew(length in 1_u64..20, at in any::<Index>()) {
        let (mut links, head) = chain(length);
        let at = at.index(links.len());
        links.insert(at, links[at].clone());
        for (n, link) in links.iter_mut().enumerate() {
            link.seq = n as u64 + 1;
        }
        let longer = Head { seq: head.seq + 1, ..head };
        prop_assert!(verify(longer, &[], &links).is_err());
    }

    #[test]
    fn r41_any_forgery_changes_the_head(fields in vec(0_u8..6, 1..4), length in 1_u64..20, at in any::<Index>()) {
        let (mut links, head) = chain(length);
        let at = at.index(links.len());
        for field in fields {
            alter(&mut links[at], field, "x");
        }
        let forged = forge(&mut links, at);
        prop_assert_ne!(&forged.hash, &head.hash);
        let told = verify(forged, std::slice::from_ref(&head), &links).unwrap_err();
        prop_assert_eq!((told.seq, told.what), (head.seq, Fault::Noted));
    }
}

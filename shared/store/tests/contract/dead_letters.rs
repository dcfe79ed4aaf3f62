use crate::world::*;
use bevaka_domain::{
    dead_letter::{Ending, SentAs, State},
    operator::Justification,
};
use bevaka_store::{
    Db, dead_letters,
    dead_letters::{DeadLetter, Filter},
};
use uuid::Uuid;

crate::on_both_engines! {
    a_dead_letter_keeps_every_byte
    a_dead_letter_stored_again_changes_nothing
    the_latest_dead_letters_come_first
    r40_an_ending_is_stored_once_with_what_was_sent_in
    r40_letters_are_listed_by_state_reason_and_time_page_by_page
    r40_open_letters_are_counted_and_found_by_their_reason
}

fn letter(n: u128, body: &[u8]) -> DeadLetter {
    DeadLetter {
        id: id(n),
        message_id: format!("message-{n}"),
        reason: "not_an_envelope".to_owned(),
        detail: "not JSON at line 1 column 1 (åäö)".to_owned(),
        body: body.to_vec(),
        received_at: NOW,
    }
}

async fn a_dead_letter_keeps_every_byte(db: &Db) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let large = vec![0xC3; 1_000_000];
    let mut tx = db.begin().await.unwrap();
    for (n, body) in (1..).zip([&b""[..], b"\0", b"\xff\xfe", &every_byte, &large]) {
        let mut letter = letter(n, body);
        letter.message_id = if n % 2 == 0 { String::new() } else { "x".repeat(300) };
        dead_letters::insert(&mut tx, &letter).await.unwrap();
        assert_eq!(dead_letters::find(&mut tx, letter.id).await.unwrap(), Some(letter));
        let listed = dead_letters::latest(&mut tx, 1).await.unwrap();
        assert_eq!(listed[0].bytes, body.len());
    }
}

async fn a_dead_letter_stored_again_changes_nothing(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    dead_letters::insert(&mut tx, &letter(1, b"first")).await.unwrap();
    dead_letters::insert(&mut tx, &letter(1, b"second")).await.unwrap();
    assert_eq!(dead_letters::latest(&mut tx, 10).await.unwrap().len(), 1);
    assert_eq!(dead_letters::find(&mut tx, id(1)).await.unwrap(), Some(letter(1, b"first")));
}

async fn the_latest_dead_letters_come_first(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for n in [2, 1, 3] {
        dead_letters::insert(&mut tx, &letter(n, b"x")).await.unwrap();
    }
    let listed = dead_letters::latest(&mut tx, 2).await.unwrap();
    assert_eq!(
        listed.iter().map(|letter| letter.id).collect::<Vec<_>>(),
        [letter(3, b"x").id, letter(2, b"x").id]
    );
}

fn requeued() -> State {
    State::Requeued {
        ending: ending("karin"),
        event: SentAs { source: "/payments".to_owned(), id: "p1".to_owned() },
    }
}

fn ending(by: &str) -> Ending {
    Ending::new(after(5), by.to_owned(), &Justification::parse("INC-1, åäö").unwrap())
}

async fn r40_an_ending_is_stored_once_with_what_was_sent_in(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for n in 1..=2 {
        dead_letters::insert(&mut tx, &letter(n, b"\xff")).await.unwrap();
    }
    let kept = dead_letters::find_for_update(&mut tx, id(1)).await.unwrap().unwrap();
    assert_eq!((kept.letter, kept.state, kept.mended), (letter(1, b"\xff"), State::Open, None));
    assert!(!dead_letters::end(&mut tx, id(1), &State::Open, None).await.unwrap(), "that is no ending");
    assert!(dead_letters::end(&mut tx, id(1), &requeued(), Some(b"{}")).await.unwrap());
    let second = State::Discarded { ending: ending("olle") };
    assert!(!dead_letters::end(&mut tx, id(1), &second, None).await.unwrap());
    assert!(dead_letters::end(&mut tx, id(2), &second, None).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = db.begin_read().await.unwrap();
    let kept = dead_letters::read(&mut tx, id(1)).await.unwrap().unwrap();
    assert_eq!((kept.letter, kept.state), (letter(1, b"\xff"), requeued()), "the body stays as it came");
    assert_eq!(kept.mended.as_deref(), Some(&b"{}"[..]));
    let listed = dead_letters::look(&mut tx, id(1)).await.unwrap().unwrap();
    assert_eq!((listed.state, listed.mended, listed.bytes), (requeued(), true, 1));
    let other = dead_letters::look(&mut tx, id(2)).await.unwrap().unwrap();
    assert_eq!((other.state, other.mended), (second, false));
    assert_eq!(dead_letters::look(&mut tx, id(3)).await.unwrap(), None);
    assert_eq!(dead_letters::count_open(&mut tx).await.unwrap(), 0);
}

async fn r40_letters_are_listed_by_state_reason_and_time_page_by_page(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for n in 1..=6 {
        let reason = if n % 2 == 0 { "data" } else { "subject" };
        let received_at = after(n.try_into().unwrap());
        let letter = DeadLetter { reason: reason.to_owned(), received_at, ..letter(n, b"x") };
        dead_letters::insert(&mut tx, &letter).await.unwrap();
    }
    dead_letters::end(&mut tx, id(4), &requeued(), None).await.unwrap();
    let listed = async |tx: &mut _, filter: Filter, limit| {
        let listed = dead_letters::list(tx, &filter, limit).await.unwrap();
        listed.iter().map(|letter| letter.id.as_u128()).collect::<Vec<_>>()
    };
    let all = Filter::default;
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(listed(&mut tx, all(), 4).await, [6, 5, 4, 3]);
    assert_eq!(listed(&mut tx, Filter { before: Some(id(3)), ..all() }, 4).await, [2, 1]);
    assert_eq!(listed(&mut tx, Filter { reason: named("data"), ..all() }, 9).await, [6, 4, 2]);
    let open = Filter { state: named("open"), reason: named("data"), ..all() };
    assert_eq!(listed(&mut tx, open, 9).await, [6, 2]);
    assert_eq!(listed(&mut tx, Filter { state: named("requeued"), ..all() }, 9).await, [4]);
    let within = Filter { from: Some(after(2)), until: Some(after(5)), ..all() };
    assert_eq!(listed(&mut tx, within, 9).await, [4, 3, 2], "the end is not included");
}

async fn r40_open_letters_are_counted_and_found_by_their_reason(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for (n, reason) in (1..).zip(["data", "subject", "data", "data", "data"]) {
        let received_at = after(n.try_into().unwrap());
        let letter = DeadLetter { reason: reason.to_owned(), received_at, ..letter(n, b"x") };
        dead_letters::insert(&mut tx, &letter).await.unwrap();
    }
    dead_letters::end(&mut tx, id(1), &requeued(), None).await.unwrap();
    let reasons = dead_letters::reasons(&mut tx).await.unwrap();
    let told: Vec<_> = reasons.iter().map(|of| (&*of.reason, of.open, of.oldest, of.newest)).collect();
    assert_eq!(told, [("data", 3, after(3), after(5)), ("subject", 1, after(2), after(2))]);
    let ids = |ids: Vec<Uuid>| ids.iter().map(Uuid::as_u128).collect::<Vec<_>>();
    assert_eq!(ids(dead_letters::open_of(&mut tx, "data", None, 9).await.unwrap()), [3, 4, 5]);
    assert_eq!(ids(dead_letters::open_of(&mut tx, "data", Some(id(4)), 9).await.unwrap()), [3, 4]);
    assert_eq!(ids(dead_letters::open_of(&mut tx, "data", None, 1).await.unwrap()), [3]);
    assert!(dead_letters::open_of(&mut tx, "time", None, 9).await.unwrap().is_empty());
}

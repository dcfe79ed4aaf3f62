use crate::world::*;
use bevaka_store::{Db, dead_letters, dead_letters::DeadLetter};

crate::on_both_engines! {
    a_dead_letter_keeps_every_byte
    a_dead_letter_stored_again_changes_nothing
    the_latest_dead_letters_come_first
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
        assert_eq!(usize::try_from(listed[0].bytes).unwrap(), body.len());
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

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

fn person(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(n)))
}

fn signer(n: u8, mandate: Option<Mandate>, roles: &[Role], groups: &[&str]) -> Signer {
    Signer {
        person: person(n),
        mandate,
        roles: roles.iter().copied().collect(),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
    }
}

fn clause(rule: Rule) -> Clause {
    Clause {
        source: "Firman tecknas av …".to_owned(),
        extent: Extent::All,
        valid_from: None,
        valid_to: None,
        rule,
    }
}

fn seats(seats: &[(Selector, u8)]) -> Clause {
    clause(Rule::Seats(seats.iter().map(|(who, count)| Seat { who: who.clone(), count: *count }).collect()))
}

fn set(persons: &[u8]) -> BTreeSet<PersonId> {
    persons.iter().copied().map(person).collect()
}

#[test]
fn r01_a_mandate_alone_is_enough_and_without_one_nobody_may_sign() {
    let signers = vec![signer(1, Some(Mandate::Alone), &[], &[]), signer(2, None, &[], &[])];
    let authority = Authority { clauses: vec![], signers };
    assert!(authority.may_sign(person(1), NOW) && !authority.may_sign(person(2), NOW));
    assert_eq!(authority.evaluate(&set(&[1]), NOW), Evaluation::Satisfied);
    assert_eq!(authority.evaluate(&set(&[2]), NOW), Evaluation::Missing(vec![set(&[1])]));
}

#[test]
fn r13_two_jointly_are_two_different_persons() {
    let two = Some(Mandate::TwoJointly);
    let signers = vec![signer(1, two, &[], &[]), signer(2, two, &[], &[]), signer(3, two, &[], &[])];
    let authority = Authority { clauses: vec![], signers };
    assert_eq!(authority.evaluate(&set(&[1]), NOW), Evaluation::Missing(vec![set(&[2]), set(&[3])]));
    assert_eq!(authority.evaluate(&set(&[1, 3]), NOW), Evaluation::Satisfied);
    let alone = Authority { clauses: vec![], signers: vec![signer(1, two, &[], &[])] };
    assert!(
        !alone.may_sign(person(1), NOW) || alone.evaluate(&set(&[1]), NOW) == Evaluation::Missing(vec![])
    );
}

#[test]
fn one_person_in_two_groups_fills_one_seat() {
    let signers = vec![signer(1, None, &[], &["a", "b"]), signer(2, None, &[], &["b"])];
    let rule = seats(&[(Selector::Group("a".into()), 1), (Selector::Group("b".into()), 1)]);
    let authority = Authority { clauses: vec![rule], signers };
    assert_eq!(authority.evaluate(&set(&[1]), NOW), Evaluation::Missing(vec![set(&[2])]));
    assert_eq!(authority.evaluate(&set(&[1, 2]), NOW), Evaluation::Satisfied);
}

#[test]
fn the_whole_board_is_every_member_of_it() {
    let signers = vec![
        signer(1, None, &[Role::Chair], &[]),
        signer(2, None, &[Role::BoardMember], &[]),
        signer(3, None, &[Role::ManagingDirector], &[]),
    ];
    let authority = Authority { clauses: vec![seats(&[(Selector::WholeBoard, 1)])], signers };
    assert_eq!(authority.evaluate(&set(&[1, 3]), NOW), Evaluation::Missing(vec![set(&[2])]));
    assert_eq!(authority.evaluate(&set(&[1, 2]), NOW), Evaluation::Satisfied);
    assert!(!authority.may_sign(person(3), NOW));
}

#[test]
fn the_managing_director_does_not_sign_beyond_daily_management() {
    let mut rule = seats(&[(Selector::Role(Role::ManagingDirector), 1)]);
    rule.extent = Extent::DailyManagement;
    let signers = vec![signer(1, None, &[Role::ManagingDirector], &[])];
    let authority = Authority { clauses: vec![rule], signers };
    assert!(!authority.may_sign(person(1), NOW));
    assert_eq!(authority.evaluate(&set(&[1]), NOW), Evaluation::Missing(vec![]));
}

#[test]
fn a_clause_counts_only_while_it_is_valid() {
    let mut rule = seats(&[(Selector::Person(person(1)), 1)]);
    rule.valid_from = Some(NOW);
    rule.valid_to = Some(NOW.plus(std::time::Duration::from_secs(1)));
    let authority = Authority { clauses: vec![rule], signers: vec![signer(1, None, &[], &[])] };
    let before = Timestamp::from_micros(NOW.as_micros() - 1);
    let after = NOW.plus(std::time::Duration::from_secs(1));
    assert_eq!([before, NOW, after].map(|at| authority.may_sign(person(1), at)), [false, true, false]);
}

#[test]
fn what_is_not_understood_never_counts_as_satisfied() {
    let signers = vec![signer(1, None, &[Role::Partner], &[])];
    let authority = Authority { clauses: vec![clause(Rule::NotUnderstood)], signers };
    assert_eq!(authority.evaluate(&set(&[1]), NOW), Evaluation::Unresolved);
    // Another clause that is understood still can be.
    let both = Authority {
        clauses: vec![clause(Rule::NotUnderstood), seats(&[(Selector::Role(Role::Partner), 1)])],
        signers: authority.signers.clone(),
    };
    assert_eq!(both.evaluate(&set(&[1]), NOW), Evaluation::Satisfied);
}

#[test]
fn clauses_are_read_from_json_as_the_import_documents_them() {
    let text = r#"{"source": "Firman tecknas två i förening av styrelsens ledamöter.",
        "seats": [{"who": {"role": "board_member"}, "count": 2}]}"#;
    let rule: Clause = serde_json::from_str(text).unwrap();
    let seat = Seat { who: Selector::Role(Role::BoardMember), count: 2 };
    assert_eq!(rule.rule, Rule::Seats(vec![seat]));
}

/// Every way to give each seat a person of those who signed, each person once.
fn brute_force(seats: &[BTreeSet<PersonId>], signed: &BTreeSet<PersonId>) -> bool {
    let Some((seat, rest)) = seats.split_first() else { return true };
    seat.intersection(signed).any(|person| {
        let mut others = signed.clone();
        others.remove(person);
        brute_force(rest, &others)
    })
}

fn subsets(of: &[PersonId]) -> Vec<BTreeSet<PersonId>> {
    (0..1_u32 << of.len())
        .map(|bits| {
            of.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, person)| *person).collect()
        })
        .collect()
}

proptest! {
    #[test]
    fn matching_agrees_with_a_brute_force_check(
        seats in prop::collection::vec(prop::collection::btree_set(0_u8..6, 1..5), 1..5),
        signed in prop::collection::btree_set(0_u8..6, 0..6),
    ) {
        let seats: Vec<BTreeSet<_>> = seats.iter().map(|seat| seat.iter().copied().map(person).collect()).collect();
        let signed: BTreeSet<_> = signed.iter().copied().map(person).collect();
        let lacking = seats.len() - filled(&seats, &signed);
        prop_assert_eq!(lacking == 0, brute_force(&seats, &signed));

        let others: Vec<_> = (0..6).map(person).filter(|person| !signed.contains(person)).collect();
        let complete = |more: &BTreeSet<PersonId>| brute_force(&seats, &signed.union(more).copied().collect());
        let all: Vec<_> = subsets(&others).into_iter().filter(complete).collect();
        let smallest = all.iter().map(BTreeSet::len).min();
        let mut expected: Vec<_> = all.into_iter().filter(|set| Some(set.len()) == smallest).collect();
        let mut found = if lacking == 0 { vec![BTreeSet::new()] } else { completions(&seats, &signed, lacking) };
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn r04_taking_a_mandate_away_never_satisfies_an_order(
        mandates in prop::collection::vec(prop::option::of(any::<bool>()), 1..6),
        signed in prop::collection::btree_set(0_u8..6, 0..6),
        lost in 0_usize..6,
    ) {
        let signers: Vec<_> = (0..).zip(&mandates).map(|(n, mandate)| {
            let mandate = mandate.map(|alone| if alone { Mandate::Alone } else { Mandate::TwoJointly });
            signer(n, mandate, &[], &[])
        }).collect();
        let signed: BTreeSet<_> = signed.iter().copied().map(person).collect();
        let before = Authority { clauses: vec![], signers: signers.clone() };
        let mut signers = signers;
        if let Some(signer) = signers.get_mut(lost) {
            signer.mandate = None;
        }
        let after = Authority { clauses: vec![], signers };
        if after.evaluate(&signed, NOW) == Evaluation::Satisfied {
            prop_assert_eq!(before.evaluate(&signed, NOW), Evaluation::Satisfied);
        }
    }
}

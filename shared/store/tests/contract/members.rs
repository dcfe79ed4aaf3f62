use crate::world::*;
use bevaka_domain::{
    ids::{OrganisationId, PersonId},
    language::Language,
    organisation::CompanyForm,
    signing::{Clause, Evaluation, Extent, Mandate, Rule, Seat, Selector, authority::Role},
    user::{Access, Permission, UserState},
    watch::Channel,
};
use bevaka_store::{
    Db, Tx, agreements,
    members::{self, Joining},
    persons, standing,
};
use std::collections::{BTreeSet, HashSet};

crate::on_both_engines! {
    members_come_back_by_name_with_all_that_their_rights_depend_on
    authority_is_of_the_active_and_of_clauses_as_they_were_stored
    a_reference_is_taken_once_in_a_company
    r22_who_is_removed_vanishes_from_members_companies_and_standings_at_once
    an_organisation_comes_back_and_an_unknown_one_is_none
}

async fn joined(tx: &mut Tx, organisation: OrganisationId, n: u128, state: UserState) -> PersonId {
    let person = person(tx, n).await;
    let joining = Joining {
        id: id(n),
        organisation,
        reference: &format!("user-{n}"),
        name: &format!("Kim {n}"),
        language: Language::English,
        access: Access::Restricted,
        state,
        person,
    };
    members::add(tx, &joining, NOW).await.unwrap();
    person
}

async fn members_come_back_by_name_with_all_that_their_rights_depend_on(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let person = joined(&mut tx, organisation, 2, UserState::Active).await;
    let stranger = user(&mut tx, organisation, 1).await;
    let other = company(&mut tx, 2).await;
    user(&mut tx, other, 3).await;
    let (roles, groups) = ([Role::Chair, Role::Partner].into(), ["A".to_owned(), "Å".to_owned()].into());
    persons::link_user(&mut tx, id(2), Some(person), Some(Mandate::TwoJointly), &roles, &groups)
        .await
        .unwrap();
    agreements::grant(&mut tx, id(2), Permission::ManageWatches, NOW).await.unwrap();

    let members = members::of(&mut tx, organisation).await.unwrap();
    assert_eq!(members.iter().map(|member| member.id).collect::<Vec<_>>(), [stranger, id(2)]);
    assert_eq!((members[0].person, members[0].mandate, members[0].roles.len()), (None, None, 0));
    let kim = &members[1];
    assert_eq!((kim.person, kim.mandate), (Some(person), Some(Mandate::TwoJointly)));
    assert_eq!((&kim.roles, &kim.groups), (&roles, &groups));
    assert_eq!(
        (kim.reference.as_str(), kim.name.as_str(), kim.language),
        ("user-2", "Kim 2", Language::English)
    );
    assert_eq!(kim.permissions, [Permission::ManageWatches]);
    assert!(kim.has_access() && !kim.is_administrator());
    persons::set_mandate(&mut tx, id(2), None).await.unwrap();
    assert_eq!(members::of(&mut tx, organisation).await.unwrap()[1].mandate, None);
}

async fn authority_is_of_the_active_and_of_clauses_as_they_were_stored(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let active = joined(&mut tx, organisation, 1, UserState::Active).await;
    let blocked = joined(&mut tx, organisation, 2, UserState::Blocked).await;
    for (user, person) in [(1, active), (2, blocked)] {
        let roles = [Role::BoardMember].into();
        persons::link_user(&mut tx, id(user), Some(person), None, &roles, &BTreeSet::new()).await.unwrap();
    }
    assert!(members::clauses(&mut tx, organisation).await.unwrap().is_empty());
    let seats = Rule::Seats(vec![Seat { who: Selector::Role(Role::BoardMember), count: 1 }]);
    let clauses = [
        Clause {
            source: "Firman tecknas av en ledamot".to_owned(),
            extent: Extent::All,
            valid_from: Some(NOW),
            valid_to: Some(after(60)),
            rule: seats,
        },
        Clause {
            source: "Firman tecknas på annat sätt".to_owned(),
            extent: Extent::DailyManagement,
            valid_from: None,
            valid_to: None,
            rule: Rule::NotUnderstood,
        },
    ];
    members::set_clauses(&mut tx, organisation, &clauses, NOW).await.unwrap();
    let of = members::of(&mut tx, organisation).await.unwrap();
    let authority = members::authority(&mut tx, organisation, &of).await.unwrap();
    assert_eq!(authority.clauses, clauses);
    assert_eq!(authority.signers.iter().map(|signer| signer.person).collect::<Vec<_>>(), [active]);
    assert_eq!(authority.evaluate(&[active].into(), NOW), Evaluation::Satisfied);
    assert!(!authority.may_sign(blocked, NOW) && !authority.may_sign(active, after(60)));
    members::set_clauses(&mut tx, organisation, &[], NOW).await.unwrap();
    assert!(members::clauses(&mut tx, organisation).await.unwrap().is_empty());
}

async fn a_reference_is_taken_once_in_a_company(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (organisation, other) = (company(&mut tx, 1).await, company(&mut tx, 2).await);
    let person = joined(&mut tx, organisation, 1, UserState::Active).await;
    let joining = |n, organisation| Joining {
        id: id(n),
        organisation,
        reference: "user-1",
        name: "Kim",
        language: Language::Swedish,
        access: Access::Unrestricted,
        state: UserState::Active,
        person,
    };
    members::add(&mut tx, &joining(2, other), NOW).await.unwrap();
    assert!(members::add(&mut tx, &joining(3, organisation), NOW).await.is_err());
}

async fn r22_who_is_removed_vanishes_from_members_companies_and_standings_at_once(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    agreement(&mut tx, organisation, &["payment.rejected"]).await;
    let person = joined(&mut tx, organisation, 1, UserState::Active).await;
    agreements::grant(&mut tx, id(1), Permission::ManageWatches, NOW).await.unwrap();
    let sms = contact(&mut tx, id(1), 10, &mobile(), true).await;
    watch(&mut tx, id(1), rejected(), &[(Channel::Sms, sms)]).await;
    let asked = HashSet::from([(number(1), rejected())]);
    let users = async |tx: &mut Tx| {
        let found = standing::load(tx, &asked).await.unwrap();
        found.values().map(|company| company.standing.users.len()).sum::<usize>()
    };
    assert_eq!(users(&mut tx).await, 1);
    assert!(members::remove(&mut tx, id(1), NOW).await.unwrap());
    assert_eq!(users(&mut tx).await, 0);
    assert!(members::of(&mut tx, organisation).await.unwrap().is_empty());
    assert!(persons::memberships(&mut tx, person).await.unwrap().is_empty());
    assert!(!members::remove(&mut tx, id(1), after(1)).await.unwrap(), "once");
}

async fn an_organisation_comes_back_and_an_unknown_one_is_none(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let id = company(&mut tx, 1).await;
    members::lock(&mut tx, id).await.unwrap();
    let found = members::organisation(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((found.id, found.form), (id, CompanyForm::LimitedCompany));
    assert_eq!((found.number, found.name.as_str()), (number(1), "Exempelbolaget 1"));
    assert!(members::organisation(&mut tx, crate::world::id(9)).await.unwrap().is_none());
}

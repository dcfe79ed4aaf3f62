//! Users, permissions, and what is refused.

use super::{
    Book, Shown,
    stage::{self, COMPANY, names},
};
use bevaka_agreements::{
    paths,
    views::{
        Act, Actions, AddUser, AddUserFault, Chrome, OrderSubject, Permissions, PermissionsNotice, Place,
        Refused, Section, UserRow, WaitingRow,
    },
};
use bevaka_domain::{
    agreement::HeldThrough,
    user::{Access, UserState},
};

pub fn write(book: &mut Book<'_>) {
    permissions(book);
    add_user(book);
    refusals(book);
}

fn user(name: &str, access: Access, state: UserState, may_manage_watches: bool) -> UserRow {
    UserRow {
        name: name.to_owned(),
        number: Some("19121212-****".to_owned()),
        state,
        access,
        may_manage_watches,
        is_administrator: false,
        actions: Actions::Open { action: paths::user(name.len()) },
    }
}

fn users() -> Vec<UserRow> {
    use Access::{Restricted, Unrestricted};
    use UserState::{Active, Blocked, Denied, Expired};
    vec![
        UserRow {
            is_administrator: true,
            number: None,
            actions: Actions::Own,
            ..user("Anna Lind", Unrestricted, Active, false)
        },
        user("Erik Berg", Unrestricted, Active, false),
        user("Maja Öst", Restricted, Active, true),
        user("Sara Ek", Restricted, Active, false),
        user("Olle Strand", Restricted, Blocked, true),
        user("Nils Å", Restricted, Denied, false),
        user("Eva Sjö", Unrestricted, Expired, false),
    ]
}

fn permissions(book: &mut Book<'_>) {
    let waiting = |name: &str, subject| WaitingRow {
        name: name.to_owned(),
        subject,
        order: paths::order("019b"),
        created_by: "Anna Lind".to_owned(),
        expires_at: stage::expiry(),
    };
    let plain = Permissions {
        company: COMPANY.to_owned(),
        users: users(),
        waiting: vec![
            waiting("Karin Holm", OrderSubject::AddUser),
            waiting("Eva Sjö", OrderSubject::RemoveUser),
        ],
        notice: None,
    };
    book.page("permissions", &plain);
    let name = || "Sara Ek".to_owned();
    for (state, notice) in [
        ("granted", PermissionsNotice::Granted(name())),
        ("withdrawn", PermissionsNotice::Withdrawn(name())),
        ("blocked", PermissionsNotice::Blocked(name())),
        ("unblocked", PermissionsNotice::Unblocked(name())),
    ] {
        let view = Permissions { notice: Some(notice), waiting: Vec::new(), ..plain.clone() };
        book.page(&format!("permissions-{state}"), &view);
    }
}

fn add_user(book: &mut Book<'_>) {
    book.page("add-user", &AddUser::default());
    let filled = AddUser {
        name: "Karin Holm".to_owned(),
        number: "19121212-1212".to_owned(),
        access: Some(Access::Restricted),
        faults: vec![AddUserFault::AlreadyUser],
    };
    book.page("add-user-already", &filled);
    let faults = vec![AddUserFault::Name, AddUserFault::Number, AddUserFault::Access];
    book.page("add-user-wrong", &AddUser { faults, ..AddUser::default() });
}

fn refusals(book: &mut Book<'_>) {
    let mut refused: Vec<Refused> = [Act::Connect, Act::Change, Act::End, Act::Users]
        .map(|act| Refused::NoMandate { act, signatories: names(&["Anna Lind", "Erik Berg"]) })
        .to_vec();
    refused.extend([
        Refused::NoMandate { act: Act::Connect, signatories: Vec::new() },
        Refused::MandateGone,
        Refused::OurFault,
        Refused::NoInsight { signatories: names(&["Anna Lind", "Erik Berg"]) },
        Refused::NoPermission { administrators: names(&["Maja Öst"]) },
        Refused::NoPermission { administrators: Vec::new() },
        Refused::NotAdministrator { administrators: names(&["Maja Öst"]) },
        Refused::NotAdministrator { administrators: Vec::new() },
        Refused::OwnPermissions,
        Refused::OtherChannel { held_through: HeldThrough::Private },
        Refused::OtherChannel { held_through: HeldThrough::Corporate },
        Refused::NotFound,
        Refused::ChangedMeanwhile,
        Refused::AlreadyConnected,
        Refused::NoAgreement,
        Refused::AlreadyEnded,
        Refused::OrderOver,
        Refused::OrderPending { order: paths::order("019b") },
        Refused::SignedAlready,
        Refused::MethodClosed,
        Refused::TooManyTries,
    ]);
    for (place, refused) in refused.iter().enumerate() {
        let viewer = if *refused == Refused::OwnPermissions { stage::member() } else { stage::user() };
        let chrome = Chrome { viewer, ..book.chrome.clone() };
        let refusal = refused.refusal(chrome.pages, chrome.language).unwrap();
        let frame = chrome.frame(&refusal.title, Place::Agreement, Section::Change).unwrap();
        let html = refusal.page(chrome.pages, chrome.language, &frame).unwrap().0;
        book.shown.push(Shown { name: format!("refused-{place:02}"), language: chrome.language, html });
    }
}

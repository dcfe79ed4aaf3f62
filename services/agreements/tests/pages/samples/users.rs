//! Users, permissions, and what is refused.

use super::{
    Book, Shown,
    stage::{self, COMPANY, names},
};
use axum::body::to_bytes;
use bevaka_agreements::{
    pages::{Actions, AddUser, OrderRow, OrderSubject, Permissions, UserRow},
    paths,
};
use bevaka_domain::{
    agreement::HeldThrough,
    user::{Access, UserState},
};
use bevaka_portal::{Act, CustomerFrame, Refused, help, nav};
use bevaka_web::{
    layout::Tone,
    page::{At, FieldError, Message},
    page_error::PageRefusal,
};
use futures_util::FutureExt;

pub fn write(book: &mut Book) {
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

fn permissions(book: &mut Book) {
    let waiting = |name: &str, subject| OrderRow {
        name: name.to_owned(),
        subject,
        href: paths::order("019b"),
        created_by: "Anna Lind".to_owned(),
        created_at: stage::now(),
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
    for state in ["granted", "withdrawn", "blocked", "unblocked"] {
        let notice = Message::new(Tone::Success, format!("permissions-{state}")).with("name", "Sara Ek");
        let view = Permissions { notice: Some(notice), waiting: Vec::new(), ..plain.clone() };
        book.page(&format!("permissions-{state}"), &view);
    }
}

fn add_user(book: &mut Book) {
    book.page("add-user", &AddUser::default());
    let filled = AddUser {
        name: "Karin Holm".to_owned(),
        number: "19121212-1212".to_owned(),
        access: Some(Access::Restricted),
        errors: vec![FieldError::new("number", "add-user-already")],
    };
    book.page("add-user-already", &filled);
    let errors = vec![
        FieldError::new("name", "add-user-name-fault"),
        FieldError::new("number", "add-user-number-fault"),
        FieldError::new("access", "add-user-access-fault"),
    ];
    book.page("add-user-wrong", &AddUser { errors, ..AddUser::default() });
}

fn refusals(book: &mut Book) {
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
        let frame = CustomerFrame { viewer, ..book.frame.clone() };
        let refusal = PageRefusal::from(refused.clone());
        let response = refusal.page(&frame, At::new(nav::AGREEMENT, help::CHANGE)).unwrap();
        let body = to_bytes(response.into_body(), usize::MAX).now_or_never().unwrap().unwrap();
        let html = String::from_utf8(body.into()).unwrap();
        book.shown.push(Shown { name: format!("refused-{place:02}"), language: frame.language, html });
    }
}

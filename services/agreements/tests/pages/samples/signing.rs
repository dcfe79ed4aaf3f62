//! Signing in, and showing who one is.

use super::{
    Book,
    stage::{self, COMPANY, QR_HREF, TEXT},
};
use bevaka_agreements::{
    pages::{
        BankIdKind, BankIdProgress, BankIdWait, ChallengeParts, ChooseCompany, CompanyRow, OrderSubject,
        Purpose, Role, SignIn, TokenChallenge, TypedNumbers,
    },
    paths,
};
use bevaka_domain::agreement::HeldThrough;
use bevaka_portal::Viewer;
use bevaka_web::{
    layout::Tone::{Error, Info, Success, Warning},
    page::{FieldError, Message},
};

pub fn write(book: &mut Book) {
    sign_in(book);
    bankid(book);
    token(book);
    company(book);
}

fn sign_in(book: &mut Book) {
    let plain = SignIn {
        methods: stage::methods(),
        next: "/avtal?a=1&b=2".to_owned(),
        channel: HeldThrough::Corporate,
        other: format!("{}?kanal=private", paths::SIGN_IN),
        typed: TypedNumbers::default(),
        notice: None,
        errors: Vec::new(),
    };
    book.page_for("sign-in", Viewer::Guest, &plain);
    let private = SignIn { channel: HeldThrough::Private, other: paths::SIGN_IN.to_owned(), ..plain.clone() };
    book.page_for("sign-in-private", Viewer::Guest, &private);
    let methods = SignIn { methods: stage::methods_not_all_open(), ..plain.clone() };
    book.page_for("sign-in-not-all-open", Viewer::Guest, &methods);
    let closed = SignIn { methods: stage::no_method(), ..plain.clone() };
    book.page_for("sign-in-closed", Viewer::Guest, &closed);
    let until = stage::now().local().time_of_day(book.language());
    for (name, notice) in [
        ("signed-out", Message::new(Success, "sign-in-signed-out")),
        ("inactive", Message::new(Info, "sign-in-inactive")),
        ("session-over", Message::new(Info, "sign-in-session-over")),
        ("unknown", Message::new(Error, "sign-in-unknown")),
        ("no-users", Message::new(Warning, "sign-in-no-users").with("company", COMPANY)),
        ("blocked", Message::new(Error, "sign-in-blocked")),
        ("too-many", Message::new(Error, "sign-in-too-many").with("until", until)),
        ("bankid-failed", problem("bankid")),
        ("token-locked", problem("token-locked")),
    ] {
        let view = SignIn { notice: Some(notice), ..plain.clone() };
        book.page_for(&format!("sign-in-{name}"), Viewer::Guest, &view);
    }
    for (name, field, key) in [
        ("number-missing", "number-on_card", "sign-in-number-missing"),
        ("number-invalid", "number-token", "sign-in-number-invalid"),
    ] {
        let view = SignIn { errors: vec![FieldError::new(field, key)], ..plain.clone() };
        book.page_for(&format!("sign-in-{name}"), Viewer::Guest, &view);
    }
}

/// Why an attempt did not come to its end.
pub fn problem(name: &str) -> Message {
    let tone = match name {
        "cancelled" => Info,
        "in-progress" => Warning,
        _ => Error,
    };
    let problem = Message::new(tone, format!("problem-{name}"));
    if name == "bankid" { problem.with("message", "Åtgärden avbröts.") } else { problem }
}

fn bankid(book: &mut Book) {
    let here = paths::sign_in_bankid("019a");
    let mobile = BankIdKind::Mobile {
        start: "https://app.bankid.com/?autostarttoken=7c40&redirect=null".to_owned(),
        qr: QR_HREF.to_owned(),
    };
    let waiting = BankIdWait {
        purpose: Purpose::SignIn,
        kind: mobile,
        progress: BankIdProgress::Waiting,
        message: "Starta BankID-appen.".to_owned(),
        status: format!("{here}{}", paths::STATUS),
        cancel: format!("{here}{}", paths::CANCEL),
        here,
    };
    book.page_for("bankid-sign-in", Viewer::Guest, &waiting);
    let card = BankIdKind::OnCard { start: "bankid:///?autostarttoken=7c40&redirect=null".to_owned() };
    let on_card = BankIdWait { kind: card.clone(), ..waiting.clone() };
    book.page_for("bankid-sign-in-card", Viewer::Guest, &on_card);
    let here = paths::order_bankid("019b", "019c");
    let sign = BankIdWait {
        purpose: Purpose::Sign { subject: OrderSubject::Connect, text: TEXT.to_owned() },
        status: format!("{here}{}", paths::STATUS),
        cancel: format!("{here}{}", paths::CANCEL),
        here,
        ..waiting
    };
    book.page("bankid-sign", &sign);
    let started = BankIdWait {
        progress: BankIdProgress::Started,
        message: "Skriv in din säkerhetskod i BankID-appen och välj Identifiera eller Skriv under."
            .to_owned(),
        ..sign.clone()
    };
    book.page("bankid-sign-started", &started);
    book.page("bankid-sign-card", &BankIdWait { kind: card, ..sign });
}

fn token(book: &mut Book) {
    let here = paths::sign_in_token("019a");
    let plain = TokenChallenge {
        purpose: Purpose::SignIn,
        challenge: "12345678".to_owned(),
        made_of: None,
        tries_left: 5,
        expires_at: stage::now(),
        cancel: format!("{here}{}", paths::CANCEL),
        action: here,
        errors: Vec::new(),
    };
    let error = |key| vec![FieldError::new("answer", key)];
    book.page_for("token-sign-in", Viewer::Guest, &plain);
    let wrong = TokenChallenge { tries_left: 1, errors: error("token-wrong"), ..plain.clone() };
    book.page_for("token-wrong", Viewer::Guest, &wrong);
    let malformed = TokenChallenge { errors: error("token-malformed"), ..plain.clone() };
    book.page_for("token-malformed", Viewer::Guest, &malformed);
    let here = paths::order_token("019b", "019c");
    let sign = TokenChallenge {
        purpose: Purpose::Sign { subject: OrderSubject::Change, text: TEXT.to_owned() },
        challenge: "160680482913".to_owned(),
        made_of: Some(ChallengeParts { organisation: "160680".to_owned(), check: "482913".to_owned() }),
        cancel: format!("{here}{}", paths::CANCEL),
        action: here,
        ..plain
    };
    book.page("token-sign", &sign);
}

fn company(book: &mut Book) {
    let row = |id: &str, name: &str, number: &str, roles: &[Role]| CompanyRow {
        id: id.to_owned(),
        name: name.to_owned(),
        number: number.to_owned(),
        roles: roles.to_vec(),
    };
    let companies = vec![
        row("019a", COMPANY, "556016-0680", &[Role::Signatory, Role::Administrator]),
        row("019b", "Lunds snickeri", "121212-****", &[Role::User]),
    ];
    book.page_for("company", stage::person(), &ChooseCompany { companies, next: "/avtal".to_owned() });
}

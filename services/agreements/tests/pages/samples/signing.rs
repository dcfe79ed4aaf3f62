//! Signing in, and showing who one is.

use super::{
    Book,
    stage::{self, COMPANY, QR_HREF, TEXT},
};
use bevaka_agreements::{
    paths,
    views::{
        BankIdKind, BankIdProgress, BankIdWait, ChallengeParts, ChooseCompany, CompanyRow, Method,
        OrderSubject, Purpose, Role, SignIn, SignInFault, SignInNotice, SignProblem, TokenChallenge,
        TokenFault, TypedNumbers, Viewer,
    },
};
use bevaka_domain::agreement::HeldThrough;

pub fn write(book: &mut Book<'_>) {
    sign_in(book);
    bankid(book);
    token(book);
    company(book);
}

fn sign_in(book: &mut Book<'_>) {
    let plain = SignIn {
        methods: stage::methods(),
        next: "/avtal?a=1&b=2".to_owned(),
        channel: HeldThrough::Corporate,
        other: format!("{}?kanal=private", paths::SIGN_IN),
        typed: TypedNumbers::default(),
        notice: None,
        fault: None,
        language: book.language(),
    };
    book.page_for("sign-in", Viewer::Stranger, &plain);
    let private = SignIn { channel: HeldThrough::Private, other: paths::SIGN_IN.to_owned(), ..plain.clone() };
    book.page_for("sign-in-private", Viewer::Stranger, &private);
    let methods = SignIn { methods: stage::methods_not_all_open(), ..plain.clone() };
    book.page_for("sign-in-not-all-open", Viewer::Stranger, &methods);
    let closed = SignIn { methods: stage::no_method(), ..plain.clone() };
    book.page_for("sign-in-closed", Viewer::Stranger, &closed);
    for (name, notice) in [
        ("signed-out", SignInNotice::SignedOut),
        ("inactive", SignInNotice::EndedByInactivity),
        ("session-over", SignInNotice::SessionOver),
        ("unknown", SignInNotice::UnknownPerson),
        ("no-users", SignInNotice::CompanyWithoutUsers { company: COMPANY.to_owned() }),
        ("blocked", SignInNotice::Blocked),
        ("too-many", SignInNotice::TooManyTries { until: stage::now() }),
        ("bankid-failed", SignInNotice::Problem(bankid_problem())),
        ("token-locked", SignInNotice::Problem(SignProblem::TokenLocked)),
    ] {
        let view = SignIn { notice: Some(notice), ..plain.clone() };
        book.page_for(&format!("sign-in-{name}"), Viewer::Stranger, &view);
    }
    for (name, fault) in [
        ("number-missing", (Method::OnCard, SignInFault::Missing)),
        ("number-invalid", (Method::Token, SignInFault::Invalid)),
    ] {
        let view = SignIn { fault: Some(fault), ..plain.clone() };
        book.page_for(&format!("sign-in-{name}"), Viewer::Stranger, &view);
    }
}

pub fn bankid_problem() -> SignProblem {
    SignProblem::BankId { message: "Åtgärden avbröts.".to_owned() }
}

fn bankid(book: &mut Book<'_>) {
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
    book.page_for("bankid-sign-in", Viewer::Stranger, &waiting);
    let card = BankIdKind::OnCard { start: "bankid:///?autostarttoken=7c40&redirect=null".to_owned() };
    let on_card = BankIdWait { kind: card.clone(), ..waiting.clone() };
    book.page_for("bankid-sign-in-card", Viewer::Stranger, &on_card);
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

fn token(book: &mut Book<'_>) {
    let here = paths::sign_in_token("019a");
    let plain = TokenChallenge {
        purpose: Purpose::SignIn,
        challenge: "12345678".to_owned(),
        made_of: None,
        tries_left: 5,
        expires_at: stage::now(),
        cancel: format!("{here}{}", paths::CANCEL),
        action: here,
        fault: None,
    };
    book.page_for("token-sign-in", Viewer::Stranger, &plain);
    let wrong = TokenChallenge { tries_left: 1, fault: Some(TokenFault::Wrong), ..plain.clone() };
    book.page_for("token-wrong", Viewer::Stranger, &wrong);
    let malformed = TokenChallenge { fault: Some(TokenFault::Malformed), ..plain.clone() };
    book.page_for("token-malformed", Viewer::Stranger, &malformed);
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

fn company(book: &mut Book<'_>) {
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

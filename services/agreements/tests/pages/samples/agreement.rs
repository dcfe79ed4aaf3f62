//! The agreement's whole life.

use super::{
    Book,
    signing::problem,
    stage::{self, COMPANY, TEXT, names},
};
use bevaka_agreements::{
    pages::{
        AgreementHistory, ChangeScope, ChooseKinds, Effect, EndAgreement, EndStep, Ended, Help, KindRow,
        Loss, Manage, NextStep, Order, OrderRow, OrderSubject, Outcome, Signature, SignedDone, Signing,
        SoleTraderChannel, Stage, Standing, Start, Version, VersionState,
    },
    paths,
};
use bevaka_domain::{agreement::HeldThrough, language::Language};
use bevaka_web::{
    layout::Tone,
    page::{FieldError, Message},
};

pub fn write(book: &mut Book) {
    start(book);
    connect(book);
    orders(book);
    done(book);
    change(book);
    end(book);
    history(book);
    book.page("help", &Help {});
}

fn active(language: Language) -> Standing {
    Standing::Active { since: stage::now(), kinds: stage::kind_names(language) }
}

fn start(book: &mut Book) {
    let language = book.language();
    let (subject, order) = (OrderSubject::Connect, paths::order("019b"));
    let sign = NextStep::Sign {
        subject,
        order: order.clone(),
        signed_by: "Anna Lind".to_owned(),
        expires_at: stage::expiry(),
    };
    let approve = NextStep::Approve {
        subject: OrderSubject::AddUser,
        order: order.clone(),
        placed_by: "Anna Lind".to_owned(),
        expires_at: stage::expiry(),
    };
    let wait =
        NextStep::WaitForOther { subject, order, others: names(&["Erik Berg"]), expires_at: stage::expiry() };
    let ended = Standing::Ended { at: stage::now() };
    let states = [
        ("connect", stage::signatory(), Standing::None, NextStep::Connect),
        (
            "ask-signatory",
            stage::user(),
            Standing::None,
            NextStep::AskSignatory { signatories: names(&["Anna Lind", "Erik Berg"]) },
        ),
        ("sign", stage::signatory(), Standing::None, sign),
        ("approve", stage::signatory(), active(language), approve),
        ("wait", stage::signatory(), Standing::None, wait),
        ("watches", stage::member(), active(language), NextStep::Watches { href: paths::WATCHES.to_owned() }),
        (
            "no-right",
            stage::user(),
            active(language),
            NextStep::AskAdministrator { administrators: names(&["Maja Öst"]) },
        ),
        ("ended", stage::signatory(), ended.clone(), NextStep::Connect),
        ("ended-no-signatory", stage::user(), ended, NextStep::AskSignatory { signatories: Vec::new() }),
    ];
    for (name, viewer, standing, next) in states {
        let is_administrator = name == "watches";
        let view = Start { company: COMPANY.to_owned(), standing, next, is_administrator };
        book.page_for(&format!("start-{name}"), viewer, &view);
    }
}

fn connect(book: &mut Book) {
    let language = book.language();
    let kinds = |chosen| {
        let row = |kind: &bevaka_catalogue::EventKind| KindRow {
            id: kind.kind.to_string(),
            name: kind.name(language).to_owned(),
            description: kind.description(language).to_owned(),
            now: false,
            chosen,
        };
        stage::catalogue().kinds().map(row).collect::<Vec<_>>()
    };
    let plain =
        ChooseKinds { company: COMPANY.to_owned(), kinds: kinds(true), channel: None, errors: Vec::new() };
    book.page_for("connect", stage::signatory(), &plain);
    let no_kind = FieldError::new("kinds", "connect-nothing-chosen");
    let nothing = ChooseKinds { kinds: kinds(false), errors: vec![no_kind.clone()], ..plain.clone() };
    book.page_for("connect-nothing-chosen", stage::signatory(), &nothing);
    let channel = Some(SoleTraderChannel { chosen: Some(HeldThrough::Private) });
    book.page_for("connect-sole-trader", stage::signatory(), &ChooseKinds { channel, ..plain.clone() });
    let missing = ChooseKinds {
        kinds: kinds(false),
        channel: Some(SoleTraderChannel::default()),
        errors: vec![no_kind, FieldError::new("channel", "connect-channel-missing")],
        ..plain
    };
    book.page_for("connect-channel-missing", stage::signatory(), &missing);
}

fn effect(language: Language) -> Effect {
    Effect { added: stage::kind_names(language), with_access: 7, without_access: 4, ..Effect::default() }
}

fn change_effect(language: Language) -> Effect {
    let kinds = stage::kind_names(language);
    Effect {
        added: Vec::new(),
        kept: kinds[1..].to_vec(),
        removed: kinds[..1].to_vec(),
        with_access: 7,
        without_access: 1,
        losses: vec![
            Loss { name: "Maja Öst".to_owned(), kinds: kinds[..1].to_vec() },
            Loss { name: "Sara Ek".to_owned(), kinds: kinds[..1].to_vec() },
        ],
    }
}

fn order(book: &Book) -> Order {
    let href = paths::order("019b");
    Order {
        subject: OrderSubject::Connect,
        text: TEXT.to_owned(),
        created_by: "Anna Lind".to_owned(),
        created_at: stage::now(),
        effect: effect(book.language()),
        signatures: Vec::new(),
        stage: Stage::Sign {
            signing: Signing::Alone,
            methods: stage::methods(),
            expires_at: stage::expiry(),
            cancel: Some(paths::order_cancel("019b")),
        },
        notice: None,
        href,
    }
}

fn orders(book: &mut Book) {
    let plain = order(book);
    book.page("order-sign", &plain);
    let stage_of = |signing, cancel| Stage::Sign {
        signing,
        methods: stage::methods_not_all_open(),
        expires_at: stage::expiry(),
        cancel,
    };
    let cancel = Some(paths::order_cancel("019b"));
    let first = Signing::FirstOfTwo { others: names(&["Erik Berg"]) };
    book.page("order-first-of-two", &Order { stage: stage_of(first, cancel.clone()), ..plain.clone() });
    let second = Signing::SecondOfTwo { signed_by: "Anna Lind".to_owned() };
    let second =
        Order { stage: stage_of(second, None), signatures: vec![stage::signature()], ..plain.clone() };
    book.page_for("order-second-of-two", stage::signatory(), &second);
    for name in ["bankid", "cancelled", "token-expired", "token-locked", "not-accepted", "in-progress"] {
        book.page(&format!("order-problem-{name}"), &Order { notice: Some(problem(name)), ..plain.clone() });
    }
    for subject in [OrderSubject::Change, OrderSubject::AddUser, OrderSubject::RemoveUser] {
        let effect =
            if subject == OrderSubject::AddUser { Effect::default() } else { change_effect(book.language()) };
        book.page(&format!("order-sign-{subject:?}"), &Order { subject, effect, ..plain.clone() });
    }
    let nobody = Effect { losses: Vec::new(), without_access: 0, ..change_effect(book.language()) };
    let harmless = Order { subject: OrderSubject::Change, effect: nobody, ..plain.clone() };
    book.page("order-sign-nobody-loses", &harmless);
    let signed = |stage| Order { stage, signatures: vec![stage::signature()], ..plain.clone() };
    let waiting = Stage::Waiting { others: names(&["Erik Berg"]), expires_at: stage::expiry(), cancel };
    book.page("order-waiting", &signed(waiting));
    let unnamed = Stage::Waiting { others: Vec::new(), expires_at: stage::expiry(), cancel: None };
    book.page("order-waiting-for-anyone", &signed(unnamed));
    let at = stage::expiry();
    book.page("order-completed", &signed(Stage::Completed { at }));
    book.page("order-expired", &signed(Stage::Expired { at }));
    book.page("order-taken-back", &signed(Stage::Cancelled { by: "Anna Lind".to_owned(), at }));
    book.page("order-refused", &signed(Stage::Refused { at }));
}

fn done(book: &mut Book) {
    let plain = SignedDone {
        subject: OrderSubject::Connect,
        outcome: Outcome::InForce { at: stage::now() },
        text: TEXT.to_owned(),
        signatures: vec![
            stage::signature(),
            Signature { name: "Erik Berg".to_owned(), ..stage::signature() },
        ],
        receipt: paths::order("019b"),
    };
    for subject in
        [OrderSubject::Connect, OrderSubject::Change, OrderSubject::AddUser, OrderSubject::RemoveUser]
    {
        book.page(&format!("done-{subject:?}"), &SignedDone { subject, ..plain.clone() });
    }
    let outcome = Outcome::Waiting { others: names(&["Erik Berg"]), expires_at: stage::expiry() };
    let waiting = SignedDone { outcome, signatures: vec![stage::signature()], ..plain };
    book.page("done-waiting", &waiting);
}

fn change(book: &mut Book) {
    let language = book.language();
    let kinds: Vec<KindRow> = stage::catalogue()
        .kinds()
        .enumerate()
        .map(|(place, kind)| KindRow {
            id: kind.kind.to_string(),
            name: kind.name(language).to_owned(),
            description: kind.description(language).to_owned(),
            now: place > 0,
            chosen: place < 2,
        })
        .collect();
    let plain = ChangeScope { version: 3, kinds, notice: None, errors: Vec::new() };
    book.page("change", &plain);
    for key in ["change-nothing-chosen", "change-nothing-changed"] {
        book.page(key, &ChangeScope { errors: vec![FieldError::new("kinds", key)], ..plain.clone() });
    }
    let notice = Some(Message::new(Tone::Warning, "change-meanwhile"));
    book.page("change-meanwhile", &ChangeScope { notice, ..plain });
}

fn end(book: &mut Book) {
    let effect = Effect {
        kept: Vec::new(),
        removed: stage::kind_names(book.language()),
        ..change_effect(book.language())
    };
    let explain = EndAgreement { step: EndStep::Explain, company: COMPANY.to_owned(), version: 3, effect };
    book.page("end", &explain);
    book.page("end-confirm", &EndAgreement { step: EndStep::Confirm, ..explain });
    let ended = Ended { company: COMPANY.to_owned(), at: stage::now(), by: "Anna Lind".to_owned() };
    book.page("ended", &ended);
}

fn versions(language: Language) -> Vec<Version> {
    let kinds = stage::kind_names(language);
    let version = |number, state, kinds: &[String], text: Option<&str>| Version {
        number,
        from: stage::now(),
        state,
        kinds: kinds.to_vec(),
        held_through: HeldThrough::Corporate,
        text: text.map(str::to_owned),
        signatures: text.map(|_| stage::signature()).into_iter().collect(),
        receipt: text.map(|_| paths::order("019b")),
    };
    vec![
        version(3, VersionState::InForce, &kinds, Some(TEXT)),
        version(2, VersionState::Replaced { at: stage::now() }, &kinds[..2], Some(TEXT)),
        version(1, VersionState::Ended { at: stage::now(), by: "Erik Berg".to_owned() }, &kinds[..1], None),
    ]
}

fn history(book: &mut Book) {
    let language = book.language();
    let pending = OrderRow {
        subject: OrderSubject::Change,
        name: String::new(),
        href: paths::order("019b"),
        created_by: "Anna Lind".to_owned(),
        created_at: stage::now(),
        expires_at: stage::expiry(),
    };
    let full = AgreementHistory {
        company: COMPANY.to_owned(),
        standing: active(language),
        pending: vec![pending],
        versions: versions(language),
        manage: Manage::ChangeAndEnd,
        notice: None,
    };
    book.page("history", &full);
    let notice = Some(Message::new(Tone::Success, "history-order-cancelled"));
    let cancelled = AgreementHistory { pending: Vec::new(), notice, ..full.clone() };
    book.page("history-order-cancelled", &cancelled);
    let read = AgreementHistory {
        standing: Standing::Ended { at: stage::now() },
        pending: Vec::new(),
        manage: Manage::Read,
        ..full.clone()
    };
    book.page("history-read-only", &read);
    let none = AgreementHistory {
        standing: Standing::None,
        pending: Vec::new(),
        versions: Vec::new(),
        manage: Manage::Connect,
        ..full
    };
    book.page_for("history-none", stage::signatory(), &none);
}

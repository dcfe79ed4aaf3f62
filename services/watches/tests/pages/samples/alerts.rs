//! *Mina aviseringar*.

use super::{
    Book,
    stage::{self, ADDRESS, INVOICE, MESSAGE, NUMBER, PAYMENT, at},
};
use bevaka_domain::{
    entitlement::Reason,
    language::Language,
    watch::{Because, Channel},
};
use bevaka_watches::{
    pages::{AlertRow, Alerts, Check, Other, Outcome, OutcomeState},
    paths,
};

pub fn write(book: &mut Book) {
    let plain = plain(book.language());
    book.page("alerts", &plain);
    let none = Alerts { rows: Vec::new(), others: Vec::new(), older: None, ..plain.clone() };
    book.page("alerts-none", &none);
    let older = Alerts {
        rows: plain.rows[..2].to_vec(),
        newest: Some(paths::ALERTS.to_owned()),
        older: None,
        others: plain.others[..1].to_vec(),
        ..plain.clone()
    };
    book.page("alerts-older", &older);
    let mut stood_in = older;
    stood_in.rows[0].instead_of = vec!["Erik Berg".to_owned()];
    book.page("alerts-stood-in", &stood_in);
    reasons(book, &plain);
    checks(book, &plain);
}

fn outcome(channel: Channel, state: OutcomeState) -> Outcome {
    let address = match channel {
        Channel::Sms => NUMBER,
        Channel::Email => ADDRESS,
    };
    let code = Some("K7M2-9QFD".to_owned());
    Outcome { channel: Some(channel), address: Some(address.to_owned()), state, code }
}

fn untold(reason: Reason) -> Outcome {
    let instead = (reason == Reason::StoodIn).then(|| "Erik Berg".to_owned());
    Outcome { channel: None, address: None, state: OutcomeState::Untold { reason, instead }, code: None }
}

fn row(when: &str, kind: &str, language: Language, outcomes: Vec<Outcome>) -> AlertRow {
    AlertRow { at: at(when), kind: stage::kind(kind, language), instead_of: Vec::new(), outcomes }
}

fn plain(language: Language) -> Alerts {
    use Channel::{Email, Sms};
    let sent = at("2026-11-21T13:02:13Z");
    let held = OutcomeState::Held { until: at("2026-11-22T06:00:00Z"), cause: Because::QuietHours };
    let rows = vec![
        row("2026-11-21T22:14:00Z", MESSAGE, language, vec![outcome(Sms, held)]),
        row(
            "2026-11-21T13:02:11Z",
            PAYMENT,
            language,
            vec![
                outcome(Sms, OutcomeState::Delivered { at: sent }),
                outcome(Email, OutcomeState::Sent { at: sent }),
            ],
        ),
        row("2026-11-20T09:30:00Z", PAYMENT, language, vec![untold(Reason::BelowLeastAmount)]),
        row(
            "2026-11-19T09:30:00Z",
            INVOICE,
            language,
            vec![outcome(Email, OutcomeState::Retrying { next: stage::now() })],
        ),
        row("2026-11-18T09:30:00Z", INVOICE, language, vec![outcome(Email, OutcomeState::Failed)]),
        row("2026-11-18T08:30:00Z", INVOICE, language, vec![outcome(Email, OutcomeState::Cancelled)]),
        row("2026-11-17T09:30:00Z", INVOICE, language, vec![outcome(Email, OutcomeState::Expired)]),
        row("2026-11-16T09:30:00Z", INVOICE, language, vec![outcome(Email, OutcomeState::Sending)]),
    ];
    let other = |reason| Other { kind: stage::kind(MESSAGE, language), reason, count: 12 };
    Alerts {
        rows,
        others: vec![other(Reason::NoWatch), other(Reason::NotAddressed)],
        newest: None,
        older: Some(format!("{}?fore=019a", paths::ALERTS)),
        check: Check::Unasked,
    }
}

/// Every reason, and every cause to hold an alert.
fn reasons(book: &mut Book, plain: &Alerts) {
    let language = book.language();
    let held =
        |cause| outcome(Channel::Email, OutcomeState::Held { until: at("2026-11-23T07:00:00Z"), cause });
    let outcomes = Reason::ALL.map(untold).into_iter().chain(Because::ALL.map(held));
    let rows = outcomes.map(|outcome| row("2026-11-20T09:30:00Z", PAYMENT, language, vec![outcome]));
    book.page("alerts-reasons", &Alerts { rows: rows.collect(), ..plain.clone() });
}

fn checks(book: &mut Book, plain: &Alerts) {
    let code = || "K7M2-9QFD".to_owned();
    let genuine = Check::Genuine {
        code: code(),
        kinds: vec![stage::kind(PAYMENT, book.language())],
        at: Some(stage::now()),
        channel: Channel::Sms,
        address: Some(NUMBER.to_owned()),
    };
    for (name, check) in [
        ("genuine", genuine),
        ("unknown", Check::Unknown { code: code() }),
        ("malformed", Check::Malformed { code: "1234".to_owned() }),
    ] {
        book.page(&format!("alerts-check-{name}"), &Alerts { check, ..plain.clone() });
    }
}

//! *Mina bevakningar*, and stopping a watch from a mail.

use super::{
    Book,
    stage::{self, ADDRESS, COMPANY, INVOICE, MESSAGE, NUMBER, PAYMENT, SECOND_NUMBER, day, names, time},
};
use bevaka_domain::{
    clock::{Weekday, Zone},
    event::{Account, Amount},
    language::Language,
    watch::Digest,
};
use bevaka_portal::Viewer;
use bevaka_watches::{
    pages::{
        Away, Chosen, Count, Filters, NotConnected, Quiet, StandingIn, Stop, StopStep, StopUnknown,
        Unconfirmed, WatchRow, WatchState, Watches, WatchesNotice, When,
    },
    paths,
};

pub fn write(book: &mut Book) {
    states(book);
    settings(book);
    news(book);
    not_connected(book);
    stop(book);
}

fn yes(address: &str) -> Chosen {
    Chosen::Yes { address: address.to_owned() }
}

pub fn quiet(zone: Option<Zone>) -> When {
    let quiet = Quiet { from: time("22:00"), to: time("07:00"), zone };
    When { quiet: Some(quiet), ..When::default() }
}

pub fn daily() -> When {
    When { digest: Some(Digest::Day { at: time("08:00") }), weekdays_only: true, quiet: None }
}

pub fn from_ten_thousand() -> Filters {
    Filters { least_amount: Some(Amount::parse("10000").unwrap()), ..Filters::default() }
}

pub fn accounts() -> Filters {
    let accounts = ["8327-9 123 456 789-0", "SE35 5000 0000 0549 1000 0003"];
    let accounts = accounts.iter().map(|account| Account::parse(account).unwrap()).collect();
    Filters { accounts, ..from_ten_thousand() }
}

fn row(id: &str, language: Language) -> WatchRow {
    WatchRow {
        id: id.to_owned(),
        name: stage::kind(id, language),
        state: WatchState::On,
        sms: Chosen::No,
        email: Chosen::No,
        filters: Filters::default(),
        when: When::default(),
        away: Vec::new(),
    }
}

fn plain(language: Language) -> Watches {
    let payment = WatchRow {
        sms: yes(NUMBER),
        email: yes(ADDRESS),
        filters: from_ten_thousand(),
        ..row(PAYMENT, language)
    };
    let invoice = WatchRow { email: yes(ADDRESS), when: daily(), ..row(INVOICE, language) };
    let message = WatchRow { sms: yes(NUMBER), when: quiet(None), ..row(MESSAGE, language) };
    Watches {
        company: COMPANY.to_owned(),
        rows: vec![payment, invoice, message],
        outside: Vec::new(),
        signatories: names(&["Anna Lind", "Erik Berg"]),
        unconfirmed: Vec::new(),
        testable: vec![stage::contact("019a", NUMBER, true)],
        standing_in: Vec::new(),
        lately: Count { alerts: 41, at_night: 3 },
        notice: None,
        language,
    }
}

fn states(book: &mut Book) {
    let language = book.language();
    let plain = plain(language);
    book.page("watches", &plain);
    let unwatched = |id| WatchRow { state: WatchState::Unwatched, ..row(id, language) };
    let nothing = Watches {
        rows: [PAYMENT, INVOICE, MESSAGE].map(unwatched).to_vec(),
        testable: Vec::new(),
        lately: Count { alerts: 0, at_night: 0 },
        ..plain.clone()
    };
    book.page("watches-nothing", &nothing);
    let [payment, invoice, message] = &plain.rows[..] else { panic!("three kinds") };
    let outside = Watches {
        rows: vec![payment.clone()],
        outside: vec![WatchRow { state: WatchState::Outside, ..invoice.clone() }],
        lately: Count { alerts: 1, at_night: 0 },
        ..plain.clone()
    };
    book.page("watches-outside", &outside);
    let unconfirmed = |sent_at| Unconfirmed {
        address: SECOND_NUMBER.to_owned(),
        sent_at,
        new_code: paths::new_code("019b"),
    };
    let waiting =
        WatchRow { sms: Chosen::Unconfirmed { address: SECOND_NUMBER.to_owned() }, ..payment.clone() };
    for (name, sent_at) in [("code-sent", Some(stage::now())), ("no-code", None)] {
        let view = Watches {
            rows: vec![waiting.clone(), invoice.clone()],
            unconfirmed: vec![unconfirmed(sent_at)],
            testable: vec![stage::contact("019a", NUMBER, true), stage::contact("019c", ADDRESS, true)],
            ..plain.clone()
        };
        book.page(&format!("watches-{name}"), &view);
    }
    let missing = WatchRow { sms: Chosen::Missing, email: Chosen::Missing, ..payment.clone() };
    let off = WatchRow { state: WatchState::Off { at: stage::now() }, ..message.clone() };
    book.page("watches-missing-and-off", &Watches { rows: vec![missing, off], ..plain.clone() });
}

fn settings(book: &mut Book) {
    let plain = plain(book.language());
    let [payment, invoice, message] = &plain.rows[..] else { panic!("three kinds") };
    let paused = Away::Paused { until: day("2026-12-01") };
    let stand_in =
        Away::StandIn { name: "Erik Berg".to_owned(), from: day("2026-12-21"), to: day("2027-01-06") };
    let weekly = Digest::Week { day: Weekday::Monday, at: time("07:30") };
    let view = Watches {
        rows: vec![
            WatchRow { filters: accounts(), away: vec![stand_in], ..payment.clone() },
            WatchRow {
                when: When { digest: Some(weekly), ..quiet(None) },
                away: vec![paused],
                ..invoice.clone()
            },
            WatchRow {
                when: When { weekdays_only: true, ..quiet(Zone::parse("America/New_York").ok()) },
                ..message.clone()
            },
        ],
        standing_in: vec![StandingIn {
            name: "Maja Öst".to_owned(),
            kinds: plain.rows.iter().map(|row| row.name.clone()).take(2).collect(),
            from: day("2026-11-20"),
            to: day("2026-11-27"),
        }],
        ..plain.clone()
    };
    book.page("watches-settings", &view);
    let every_day = When { digest: Some(Digest::Day { at: time("16:15") }), ..When::default() };
    let weekdays = When { weekdays_only: true, ..When::default() };
    let view = Watches {
        rows: vec![
            WatchRow { when: every_day, ..payment.clone() },
            WatchRow { when: weekdays, ..message.clone() },
        ],
        ..plain
    };
    book.page("watches-more-settings", &view);
}

fn news(book: &mut Book) {
    let plain = plain(book.language());
    let kind = plain.rows[2].name.clone();
    for (name, notice) in [
        ("saved", WatchesNotice::Saved),
        ("switched-on", WatchesNotice::SwitchedOn(kind)),
        ("test-sent", WatchesNotice::TestSent(NUMBER.to_owned())),
        ("too-many-tests", WatchesNotice::TooManyTests(stage::now())),
    ] {
        book.page(&format!("watches-{name}"), &Watches { notice: Some(notice), ..plain.clone() });
    }
}

fn not_connected(book: &mut Book) {
    let asks = NotConnected {
        company: COMPANY.to_owned(),
        may_connect: false,
        signatories: names(&["Anna Lind", "Erik Berg"]),
        has_choices: false,
    };
    book.page("watches-not-connected", &asks);
    let unnamed = NotConnected { signatories: Vec::new(), has_choices: true, ..asks.clone() };
    book.page("watches-not-connected-unnamed", &unnamed);
    book.page("watches-connect", &NotConnected { may_connect: true, ..asks });
}

fn stop(book: &mut Book) {
    let kinds = vec![stage::kind(INVOICE, book.language())];
    let action = paths::unsubscribe("b2ZmLXdpdGgtaXQ");
    let ask = Stop { company: COMPANY.to_owned(), kinds, step: StopStep::Ask, action };
    book.page_for("stop", Viewer::Guest, &ask);
    let off = Stop { step: StopStep::Off { at: stage::now() }, ..ask };
    book.page_for("stop-off", Viewer::Guest, &off);
    book.page_for("stop-unknown", Viewer::Guest, &StopUnknown {});
}

//! *Ändra mina bevakningar*.

use super::{
    Book,
    stage::{self, ADDRESS, INVOICE, MESSAGE, NUMBER, PAYMENT, SECOND_NUMBER, day, names},
    watches::{accounts, daily, from_ten_thousand, quiet},
};
use bevaka_domain::language::Language;
use bevaka_watches::{
    pages::{
        Away, Colleague, Count, Difference, EditFault, EditWatches, Field, KindForm, Preview, Summary, Typed,
        Unconfirmed, Wrong,
    },
    paths,
};

pub fn write(book: &mut Book) {
    states(book);
    faults(book);
    meanwhile(book);
}

fn kind(id: &str, language: Language, typed: Typed, summary: Summary) -> KindForm {
    let is_payment = id == PAYMENT;
    KindForm {
        id: id.to_owned(),
        name: stage::kind(id, language),
        description: stage::about(id, language),
        critical: is_payment,
        has_amount: id != MESSAGE,
        has_account: is_payment,
        typed: Typed { zone: "Europe/Stockholm".to_owned(), ..typed },
        summary,
    }
}

fn plain(language: Language) -> EditWatches {
    let payment = Typed { sms: true, email: true, least_amount: "10 000".to_owned(), ..Typed::default() };
    let invoice = Typed {
        email: true,
        weekdays_only: true,
        digest: "daily".to_owned(),
        digest_at: "08:00".to_owned(),
        ..Typed::default()
    };
    let message =
        Typed { sms: true, quiet_from: "22:00".to_owned(), quiet_to: "07:00".to_owned(), ..Typed::default() };
    EditWatches {
        version: "7".to_owned(),
        kinds: vec![
            kind(PAYMENT, language, payment, Summary { filters: from_ten_thousand(), ..Summary::default() }),
            kind(INVOICE, language, invoice, Summary { when: daily(), ..Summary::default() }),
            kind(MESSAGE, language, message, Summary { when: quiet(None), ..Summary::default() }),
        ],
        outside: Vec::new(),
        signatories: names(&["Anna Lind", "Erik Berg"]),
        numbers: vec![stage::contact("019a", NUMBER, true)],
        addresses: vec![stage::contact("019c", ADDRESS, true)],
        unconfirmed: Vec::new(),
        colleagues: ["Erik Berg", "Maja Öst"]
            .map(|name| Colleague { id: name.to_lowercase().replace(' ', "-"), name: name.to_owned() })
            .to_vec(),
        zones: names(&["Europe/Stockholm", "Europe/Helsinki", "America/New_York"]),
        preview: None,
        differences: Vec::new(),
        errors: Vec::new(),
    }
}

fn states(book: &mut Book) {
    let language = book.language();
    let plain = plain(language);
    book.page("edit", &plain);
    for (name, alerts, at_night, cut_at) in [
        ("preview", 14, 3, None),
        ("preview-one", 1, 1, None),
        ("preview-none", 0, 0, None),
        ("preview-cut", 14, 3, Some(stage::now())),
        ("preview-none-cut", 0, 0, Some(stage::now())),
    ] {
        let preview = Some(Preview { count: Count { alerts, at_night }, cut_at });
        book.page(&format!("edit-{name}"), &EditWatches { preview, ..plain.clone() });
    }
    let mut several = plain.clone();
    several.numbers.push(stage::contact("019b", SECOND_NUMBER, false));
    several.addresses.push(stage::contact("019d", "faktura@exempelbolaget.se", true));
    several.kinds[0].typed.sms_to = "019b".to_owned();
    several.kinds[0].typed.accounts = "83279123456789 0\nSE3550000000054910000003".to_owned();
    several.kinds[0].summary.filters = accounts();
    several.kinds[1].summary.away = vec![Away::Paused { until: day("2026-12-01") }];
    several.unconfirmed = vec![
        Unconfirmed {
            address: SECOND_NUMBER.to_owned(),
            sent_at: Some(stage::now()),
            new_code: paths::new_code("019b"),
        },
        Unconfirmed {
            address: "faktura@exempelbolaget.se".to_owned(),
            sent_at: None,
            new_code: paths::new_code("019d"),
        },
    ];
    book.page("edit-several-contacts", &several);
    let outside = EditWatches {
        kinds: plain.kinds[..1].to_vec(),
        outside: vec![stage::kind(INVOICE, language)],
        colleagues: Vec::new(),
        ..plain.clone()
    };
    book.page("edit-outside-and-alone", &outside);
    let without = EditWatches { numbers: Vec::new(), addresses: Vec::new(), ..plain };
    book.page("edit-no-contacts", &without);
}

fn faults(book: &mut Book) {
    let plain = plain(book.language());
    let cases: [&[(usize, Field, Wrong)]; 4] = [
        &[
            (0, Field::SmsTo, Wrong::ContactGone),
            (0, Field::LeastAmount, Wrong::Amount),
            (0, Field::Accounts, Wrong::Account),
            (1, Field::QuietFrom, Wrong::Time),
            (1, Field::QuietTo, Wrong::QuietHalf),
            (1, Field::Zone, Wrong::Zone),
            (1, Field::Digest, Wrong::Critical),
            (1, Field::DigestDay, Wrong::DigestDay),
            (1, Field::DigestAt, Wrong::DigestTime),
            (1, Field::WeekdaysOnly, Wrong::Critical),
            (2, Field::PauseUntil, Wrong::DatePassed),
            (2, Field::StandIn, Wrong::StandInMissing),
            (2, Field::StandInFrom, Wrong::Date),
            (2, Field::StandInTo, Wrong::StandInOrder),
        ],
        &[
            (0, Field::Accounts, Wrong::TooManyAccounts { most: 20 }),
            (1, Field::Digest, Wrong::DigestTooSlow { hours: 72 }),
            (1, Field::QuietTo, Wrong::QuietEmpty),
            (2, Field::PauseUntil, Wrong::DateTooFar),
            (2, Field::StandIn, Wrong::StandInNoRight),
            (2, Field::StandInTo, Wrong::StandInDates),
        ],
        &[(0, Field::Sms, Wrong::NoNumber), (0, Field::Email, Wrong::NoAddress)],
        &[(0, Field::Sms, Wrong::Outside), (0, Field::EmailTo, Wrong::ContactGone)],
    ];
    for (place, faults) in cases.into_iter().enumerate() {
        let mut view = plain.clone();
        view.errors = faults
            .iter()
            .map(|&(kind, field, why)| {
                let KindForm { id, name, .. } = &plain.kinds[kind];
                EditFault { kind: id.clone(), name: name.clone(), field, why }
            })
            .collect();
        if place == 0 {
            view.kinds[0].typed.least_amount = "tiotusen".to_owned();
            view.numbers.push(stage::contact("019b", SECOND_NUMBER, true));
        }
        if place == 3 {
            view.addresses.push(stage::contact("019d", "faktura@exempelbolaget.se", true));
        }
        book.page(&format!("edit-wrong-{place}"), &view);
    }
}

fn meanwhile(book: &mut Book) {
    let language = book.language();
    let sms = || Some(NUMBER.to_owned());
    let differences = vec![
        Difference {
            kind: stage::kind(PAYMENT, language),
            stored: Summary { sms: sms(), filters: from_ten_thousand(), ..Summary::default() },
            typed: Summary {
                sms: sms(),
                email: Some(ADDRESS.to_owned()),
                filters: accounts(),
                ..Summary::default()
            },
        },
        Difference {
            kind: stage::kind(INVOICE, language),
            stored: Summary::default(),
            typed: Summary {
                email: Some(ADDRESS.to_owned()),
                when: daily(),
                away: vec![Away::Paused { until: day("2026-12-01") }],
                ..Summary::default()
            },
        },
    ];
    book.page("edit-meanwhile", &EditWatches { differences, ..plain(language) });
}

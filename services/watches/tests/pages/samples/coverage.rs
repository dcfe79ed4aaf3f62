//! *Företagets bevakningar*.

use super::{
    Book,
    stage::{self, COMPANY, INVOICE, MESSAGE, PAYMENT, day, names},
};
use bevaka_domain::watch::Channel;
use bevaka_watches::pages::{Coverage, Gap, KindCoverage, Review, Watcher, WatcherState};

pub fn write(book: &mut Book) {
    let language = book.language();
    let kind = |id| stage::kind(id, language);
    let (by, at) = ("Anna Lind".to_owned(), stage::at("2025-11-03T09:00:00Z"));
    let gaps = Coverage {
        company: COMPANY.to_owned(),
        gaps: vec![
            Gap { kind: kind(INVOICE), unreached: names(&["Erik Berg"]) },
            Gap { kind: kind(MESSAGE), unreached: Vec::new() },
        ],
        kinds: vec![
            KindCoverage { kind: kind(PAYMENT), people: watchers() },
            KindCoverage { kind: kind(INVOICE), people: vec![watcher("Erik Berg", WatcherState::NoContact)] },
            KindCoverage { kind: kind(MESSAGE), people: Vec::new() },
        ],
        review: Review::Due { by: by.clone(), at },
        confirmed: false,
    };
    book.page("coverage-gaps", &gaps);
    let complete =
        Coverage { gaps: Vec::new(), kinds: gaps.kinds[..1].to_vec(), review: Review::Never, ..gaps };
    book.page("coverage", &complete);
    let current = Review::Current { by, at: stage::now(), due: day("2027-11-21") };
    book.page("coverage-confirmed", &Coverage { review: current, confirmed: true, ..complete });
}

fn watcher(name: &str, state: WatcherState) -> Watcher {
    Watcher { name: name.to_owned(), channels: Channel::ALL.to_vec(), state }
}

fn watchers() -> Vec<Watcher> {
    let stand_in = WatcherState::StandIn { name: "Anna Lind".to_owned() };
    vec![
        watcher("Anna Lind", WatcherState::Reached),
        watcher("Eva Sjö", WatcherState::Off),
        watcher("Maja Öst", WatcherState::Paused { until: day("2026-12-01") }),
        watcher("Olle Strand", WatcherState::NoRight),
        watcher("Sara Ek", stand_in),
    ]
}

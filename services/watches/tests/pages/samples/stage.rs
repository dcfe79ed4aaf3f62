//! The people, times and texts of the samples.

use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp},
    event::Kind,
    language::Language,
};
use bevaka_portal::{AgreementLink, Member, Viewer, Watching};
use bevaka_watches::pages::ContactChoice;
use bevaka_web::layout::{Here, Session};
use std::{path::Path, sync::LazyLock};

pub const COMPANY: &str = "Exempelbolaget AB";
pub const NUMBER: &str = "070-174 06 05";
pub const SECOND_NUMBER: &str = "073-555 01 02";
pub const ADDRESS: &str = "anna@exempelbolaget.se";

/// The kinds of the bank's catalogue.
pub const PAYMENT: &str = "payment.rejected";
pub const INVOICE: &str = "einvoice.received";
pub const MESSAGE: &str = "message.received";

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn now() -> Timestamp {
    at("2026-11-21T13:02:00Z")
}

pub fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).unwrap()
}

pub fn time(text: &str) -> TimeOfDay {
    TimeOfDay::parse(text).unwrap()
}

pub fn here() -> Here {
    axum::http::Uri::from_static("/bevakningar").into()
}

/// An administrator of one company.
pub fn member() -> Viewer {
    Viewer::Member(Member {
        name: "Anna Lind".to_owned(),
        company: COMPANY.to_owned(),
        number: "556016-0680".to_owned(),
        has_other_companies: false,
        agreement: AgreementLink::Agreement,
        watching: Watching::Open,
        is_administrator: true,
        session: Session { ends_s: 300, warns_s: 60, keep: "/bevakningar".to_owned() },
    })
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The name that the bank's catalogue gives a kind.
pub fn kind(id: &str, language: Language) -> String {
    text(id, |kind| kind.name(language).to_owned())
}

/// The sentence that the bank's catalogue has about a kind.
pub fn about(id: &str, language: Language) -> String {
    text(id, |kind| kind.description(language).to_owned())
}

fn text(id: &str, read: impl Fn(&bevaka_catalogue::EventKind) -> String) -> String {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        Catalogue::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/events"))).unwrap()
    });
    let id: Kind = id.parse().unwrap();
    CATALOGUE.kinds().find(|kind| kind.kind == id).map(read).unwrap()
}

pub fn contact(id: &str, address: &str, confirmed: bool) -> ContactChoice {
    ContactChoice { id: id.to_owned(), address: address.to_owned(), confirmed }
}

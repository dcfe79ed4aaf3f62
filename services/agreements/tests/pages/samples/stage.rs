//! The people, times and texts of the samples.

use bevaka_agreements::{
    identity::methods::Availability,
    pages::{MethodRow, Signature},
};
use bevaka_catalogue::{Catalogue, EventKind};
use bevaka_domain::{clock::Timestamp, language::Language, signing::Method};
use bevaka_portal::{AgreementLink, Member, Viewer, Watching};
use bevaka_web::layout::{Here, Session};
use std::path::Path;

/// Where the QR code is found when the samples are looked at.
pub const QR_HREF: &str = "/qr.svg";

/// Something like a QR code.
pub const QR: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 4 4\">\
                      <path d=\"M0 0h1v1H0zM2 0h1v1H2zM1 1h1v1H1zM3 1h1v1H3zM0 2h1v1H0zM2 2h1v1H2zM1 3h1v1H1zM3 3h1v1H3z\"/>\
                      </svg>";

pub const COMPANY: &str = "Exempelbolaget AB";

pub const TEXT: &str = "Exempelbolaget AB (556016-0680) ansluter sig till tjänsten Bevaka ärenden.\n\nÄrenden som ingår:\n · avvisad betalning\n · inkommen e-faktura\n · personligt meddelande\n\nVillkor 2026:2. Stockholm 21 november 2026.\nÄrendenummer B-2026-004711";

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn now() -> Timestamp {
    at("2026-11-21T13:02:00Z")
}

pub fn expiry() -> Timestamp {
    at("2026-12-21T13:02:00Z")
}

pub fn here() -> Here {
    axum::http::Uri::from_static("/avtal").into()
}

pub fn session() -> Session {
    Session { ends_s: 300, warns_s: 60, keep: "/".to_owned() }
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
        session: session(),
    })
}

/// A signatory of several companies, this one not connected.
pub fn signatory() -> Viewer {
    Viewer::Member(Member {
        name: "Erik Berg".to_owned(),
        company: COMPANY.to_owned(),
        number: "556016-0680".to_owned(),
        has_other_companies: true,
        agreement: AgreementLink::Connect,
        watching: Watching::NoAgreement,
        is_administrator: false,
        session: session(),
    })
}

/// A user without any role.
pub fn user() -> Viewer {
    Viewer::Member(Member {
        name: "Sara Ek".to_owned(),
        company: COMPANY.to_owned(),
        number: "556016-0680".to_owned(),
        has_other_companies: false,
        agreement: AgreementLink::Hidden,
        watching: Watching::NoPermission,
        is_administrator: false,
        session: session(),
    })
}

pub fn person() -> Viewer {
    Viewer::Person { name: "Erik Berg".to_owned(), session: session() }
}

pub fn methods() -> Vec<MethodRow> {
    [Method::Mobile, Method::OnCard, Method::Token]
        .map(|method| MethodRow { method, availability: Availability::Open })
        .to_vec()
}

/// One method of each availability.
pub fn methods_not_all_open() -> Vec<MethodRow> {
    vec![
        MethodRow {
            method: Method::Mobile,
            availability: Availability::Planned { from: at("2027-03-01T00:00:00Z") },
        },
        MethodRow { method: Method::OnCard, availability: Availability::Open },
        MethodRow { method: Method::Token, availability: Availability::Closed { until: Some(expiry()) } },
    ]
}

/// Only one method, and that one closed without an end.
pub fn no_method() -> Vec<MethodRow> {
    vec![MethodRow { method: Method::OnCard, availability: Availability::Closed { until: None } }]
}

pub fn signature() -> Signature {
    Signature {
        name: "Anna Lind".to_owned(),
        at: now(),
        method: Method::Mobile,
        evidence: bevaka_agreements::paths::evidence("019a7c31-0000-7000-8000-0000000000e4"),
    }
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The kinds that the bank's catalogue really has.
pub fn catalogue() -> Catalogue {
    Catalogue::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/events"))).unwrap()
}

pub fn kind_names(language: Language) -> Vec<String> {
    catalogue().kinds().map(|kind: &EventKind| kind.name(language).to_owned()).collect()
}

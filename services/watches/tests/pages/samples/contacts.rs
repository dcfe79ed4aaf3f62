//! *Kontaktuppgifter*.

use super::{
    Book,
    stage::{self, ADDRESS, INVOICE, NUMBER, PAYMENT, SECOND_NUMBER},
};
use bevaka_domain::watch::Channel;
use bevaka_watches::pages::{
    Adding, AddressFault, ChannelLoss, CodeFault, ContactFault, ContactRow, ContactState, Contacts,
    ContactsNotice, RemoveContact, ReplaceContact,
};

pub fn write(book: &mut Book) {
    states(book);
    news(book);
    faults(book);
    replace(book);
    remove(book);
}

fn row(id: &str, address: &str, state: ContactState) -> ContactRow {
    ContactRow { id: id.to_owned(), address: address.to_owned(), state, replaces: None, kinds: Vec::new() }
}

fn confirmed() -> ContactState {
    ContactState::Confirmed { since: stage::at("2026-03-03T09:12:00Z") }
}

fn code_sent(tries_left: u64) -> ContactState {
    ContactState::CodeSent { until: stage::at("2026-11-21T13:32:00Z"), tries_left }
}

fn open() -> Adding {
    Adding::Open { typed: String::new() }
}

fn plain(book: &Book) -> Contacts {
    let language = book.language();
    let used = vec![stage::kind(PAYMENT, language), stage::kind(INVOICE, language)];
    Contacts {
        numbers: vec![
            ContactRow { kinds: used.clone(), ..row("019a", NUMBER, confirmed()) },
            row("019b", SECOND_NUMBER, code_sent(5)),
        ],
        addresses: vec![ContactRow { kinds: used, ..row("019c", ADDRESS, confirmed()) }],
        add_number: open(),
        add_address: open(),
        language,
        notice: None,
        errors: Vec::new(),
    }
}

fn states(book: &mut Book) {
    let plain = plain(book);
    book.page("contacts", &plain);
    let none = Contacts { numbers: Vec::new(), addresses: Vec::new(), ..plain.clone() };
    book.page("contacts-none", &none);
    let full = Contacts {
        add_number: Adding::Full { most: 5 },
        add_address: Adding::Full { most: 5 },
        ..plain.clone()
    };
    book.page("contacts-full", &full);
    let errors = vec![ContactFault::Address(Channel::Email, AddressFault::Full)];
    book.page("contacts-address-full", &Contacts { errors, ..full });
    let new = "anna.lind@exempelbolaget.se";
    let mixed = Contacts {
        numbers: vec![
            row("019a", NUMBER, ContactState::NoCode),
            row("019b", SECOND_NUMBER, ContactState::TooManyCodes { until: stage::now() }),
        ],
        addresses: vec![
            plain.addresses[0].clone(),
            ContactRow { replaces: Some(ADDRESS.to_owned()), ..row("019d", new, code_sent(1)) },
        ],
        ..plain
    };
    book.page("contacts-without-codes", &mixed);
}

fn news(book: &mut Book) {
    let plain = plain(book);
    let address = SECOND_NUMBER.to_owned();
    for (name, notice) in [
        ("code-sent", ContactsNotice::CodeSent(address.clone())),
        ("confirmed", ContactsNotice::Confirmed(address.clone())),
        ("replaced", ContactsNotice::Replaced(address)),
        ("removed", ContactsNotice::Removed),
        ("too-many-codes", ContactsNotice::TooManyCodes { until: stage::now() }),
    ] {
        book.page(&format!("contacts-{name}"), &Contacts { notice: Some(notice), ..plain.clone() });
    }
}

fn faults(book: &mut Book) {
    let plain = plain(book);
    let typed = || Adding::Open { typed: "08-123".to_owned() };
    for (name, channel, fault) in [
        ("missing", Channel::Sms, AddressFault::Missing),
        ("not-a-number", Channel::Sms, AddressFault::NotANumber),
        ("not-mobile", Channel::Sms, AddressFault::NotMobile),
        ("not-an-email", Channel::Email, AddressFault::NotAnEmail),
        ("already", Channel::Email, AddressFault::Already),
        ("too-many", Channel::Sms, AddressFault::TooManyCodes),
    ] {
        let view = Contacts {
            add_number: typed(),
            errors: vec![ContactFault::Address(channel, fault)],
            ..plain.clone()
        };
        book.page(&format!("contacts-address-{name}"), &view);
    }
    for (name, state, fault) in [
        ("malformed", code_sent(5), CodeFault::Malformed),
        ("wrong", code_sent(1), CodeFault::Wrong),
        ("used-up", ContactState::NoCode, CodeFault::UsedUp),
        ("expired", ContactState::NoCode, CodeFault::Expired),
        ("none-sent", ContactState::NoCode, CodeFault::NoneSent),
    ] {
        let mut view =
            Contacts { errors: vec![ContactFault::Code("019b".to_owned(), fault)], ..plain.clone() };
        view.numbers[1].state = state;
        book.page(&format!("contacts-code-{name}"), &view);
    }
}

fn replace(book: &mut Book) {
    let number = ReplaceContact {
        id: "019a".to_owned(),
        channel: Channel::Sms,
        old: NUMBER.to_owned(),
        kinds: vec![stage::kind(PAYMENT, book.language())],
        typed: String::new(),
        fault: None,
    };
    book.page("contacts-replace-number", &number);
    let wrong =
        ReplaceContact { typed: NUMBER.to_owned(), fault: Some(AddressFault::Already), ..number.clone() };
    book.page("contacts-replace-wrong", &wrong);
    let address =
        ReplaceContact { channel: Channel::Email, old: ADDRESS.to_owned(), kinds: Vec::new(), ..number };
    book.page("contacts-replace-address", &address);
}

fn remove(book: &mut Book) {
    let language = book.language();
    let number = RemoveContact {
        id: "019a".to_owned(),
        channel: Channel::Sms,
        address: NUMBER.to_owned(),
        losses: vec![
            ChannelLoss { kind: stage::kind(PAYMENT, language), left: Some(ADDRESS.to_owned()) },
            ChannelLoss { kind: stage::kind(INVOICE, language), left: None },
        ],
    };
    book.page("contacts-remove-number", &number);
    let address =
        RemoveContact { channel: Channel::Email, address: ADDRESS.to_owned(), losses: Vec::new(), ..number };
    book.page("contacts-remove-address", &address);
}

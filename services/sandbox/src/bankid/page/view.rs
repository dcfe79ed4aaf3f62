//! What the app's pages show.

use super::{
    super::{
        CODE,
        completion::RELYING_PARTY,
        order::{Failure, Hint, Holder, Order, Status},
        request::Ask,
    },
    App,
};
use bevaka_domain::language::Language;
use bevaka_eid::signature::Purpose;
use bevaka_web::pages::{Pages, ViewError};
use serde::{Deserialize, Serialize};

/// The hints that somebody can make the relying party see.
const HINTS: [Hint; 7] = [
    Hint::NoClient,
    Hint::Started,
    Hint::UserCallConfirm,
    Hint::UserMrtd,
    Hint::UserFace,
    Hint::UserStepUp,
    Hint::Processing,
];

const FAILURES: [Failure; 13] = [
    Failure::ExpiredTransaction,
    Failure::CertificateErr,
    Failure::UserCancel,
    Failure::Cancelled,
    Failure::StartFailed,
    Failure::UserDeclinedCall,
    Failure::NotSupportedByUserApp,
    Failure::TransactionRiskBlocked,
    Failure::MrtdVerificationFailed,
    Failure::FacialRecognitionFailed,
    Failure::NfcNotSupportedByDevice,
    Failure::MultipleBankIdsOnDevice,
    Failure::StepUpFailed,
];

/// Why the last form was refused, in the address that its answer led to.
#[derive(Deserialize)]
pub(super) struct Notice {
    refused: Option<String>,
    left: Option<u8>,
}

impl Notice {
    pub(super) fn text(&self, pages: &Pages, language: Language) -> Result<Option<String>, ViewError> {
        let key = match (self.refused.as_deref(), self.left) {
            (Some("code"), Some(1)) => "bankid-refused-code-last",
            (Some("code"), _) => "bankid-refused-code",
            (Some("bankid"), _) => "bankid-refused-bankid",
            (Some("kind"), _) => "bankid-refused-kind",
            (Some("person"), _) => "bankid-refused-person",
            (Some("qr"), _) => "bankid-refused-qr",
            _ => return Ok(None),
        };
        pages.text(language, key).map(Some)
    }
}

#[derive(Serialize)]
pub(super) struct List {
    notice: Option<String>,
    orders: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    reference: String,
    sign: bool,
    relying_party: &'static str,
    /// The first line of the text.
    text: Option<String>,
    asked_for: Option<String>,
    methods: Vec<&'static str>,
    opened: bool,
    address: String,
}

impl List {
    pub(super) fn of(app: &App, notice: Option<String>) -> Self {
        let now = app.service.clock.now();
        let mut orders = app.service.orders();
        let orders = orders.pending(now).into_iter().map(|order| row(app, order)).collect();
        Self { notice, orders }
    }
}

fn row(app: &App, order: &Order) -> Row {
    Row {
        reference: order.tokens.reference.clone(),
        sign: order.ask.purpose == Purpose::Signing,
        relying_party: RELYING_PARTY,
        text: order.ask.visible.as_deref().and_then(|text| text.lines().next()).map(str::to_owned),
        asked_for: asked_for(app, &order.ask),
        methods: methods(&order.ask),
        opened: !order.is_waiting(),
        address: order.ask.end_user_ip.to_string(),
    }
}

fn methods(ask: &Ask) -> Vec<&'static str> {
    ask.requirement.methods().into_iter().map(crate::persons::Method::word).collect()
}

/// Whom the order names, if it names anybody: a test person by name, others as they are.
fn asked_for(app: &App, ask: &Ask) -> Option<String> {
    let number = ask.requirement.personal_number.as_ref()?;
    let person = app.service.persons.by_number(number);
    Some(person.map_or_else(|| number.as_str().to_owned(), |person| person.name()))
}

#[derive(Serialize)]
pub(super) struct OrderView {
    reference: String,
    pub sign: bool,
    relying_party: &'static str,
    text: Option<String>,
    asked_for: Option<String>,
    methods: Vec<&'static str>,
    notice: Option<String>,
    holder: Option<HolderView>,
    choices: Vec<Choice>,
    code: &'static str,
    hints: [Hint; 7],
    failures: [Failure; 13],
    complete: bool,
    failed: Option<Failure>,
    return_to: Option<String>,
}

#[derive(Serialize)]
struct HolderView {
    name: String,
    method: &'static str,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    name: String,
    method: &'static str,
    selected: bool,
}

impl OrderView {
    pub(super) fn of(app: &App, reference: &str, notice: Option<String>) -> Option<Self> {
        let now = app.service.clock.now();
        let mut orders = app.service.orders();
        let order = orders.find(reference, now)?;
        let (complete, failed) = match order.status(now) {
            Status::Pending(_) => (false, None),
            Status::Complete(_) => (true, None),
            Status::Failed(failure) => (false, Some(failure)),
        };
        let holder = order.holder();
        Some(Self {
            reference: reference.to_owned(),
            sign: order.ask.purpose == Purpose::Signing,
            relying_party: RELYING_PARTY,
            text: order.ask.visible.clone(),
            asked_for: asked_for(app, &order.ask),
            methods: methods(&order.ask),
            notice,
            choices: choices(app, &order.ask, holder),
            holder: holder
                .map(|holder| HolderView { name: holder.person.name(), method: holder.method.word() }),
            code: CODE,
            hints: HINTS,
            failures: FAILURES,
            complete,
            failed,
            return_to: order.return_to.clone().filter(|url| is_web_address(url)),
        })
    }
}

/// Every BankID there is, fitting or not: what happens with one that does not fit is worth a try.
fn choices(app: &App, ask: &Ask, holder: Option<&Holder>) -> Vec<Choice> {
    let held =
        |id: &str, method| holder.is_some_and(|holder| holder.person.id == id && holder.method == method);
    let mut choices: Vec<Choice> = app
        .service
        .persons
        .iter()
        .flat_map(|person| person.bankid.iter().map(move |&method| (person, method)))
        .map(|(person, method)| Choice {
            value: format!("{}/{}", person.id, method.word()),
            name: person.name(),
            method: method.word(),
            selected: held(&person.id, method),
        })
        .collect();
    let fits = |choice: &Choice| {
        let (id, word) = choice.value.split_once('/')?;
        let person = app.service.persons.by_id(id)?.clone();
        let method: crate::persons::Method = word.parse().ok()?;
        ask.requirement.accepts(&Holder { person, method }).ok()
    };
    if holder.is_none()
        && let Some(first) = choices.iter().position(|choice| fits(choice).is_some())
        && let Some(choice) = choices.get_mut(first)
    {
        choice.selected = true;
    }
    choices
}

/// A link leads to nothing else.
fn is_web_address(url: &str) -> bool {
    url.starts_with("http://")
        || url.starts_with("https://")
        || (url.starts_with('/') && !url.starts_with("//"))
}

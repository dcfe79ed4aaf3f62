//! *Ändra mina bevakningar*: the only page that saves, and only by *Spara* (R25–R27).

use super::{
    display, field_errors,
    field_errors::EditFault,
    flash::Done,
    form::Typed,
    form::{self, Faults},
    session::{CompanySession, Names, today},
    timing::{Filters, Summary, When},
    watches::{ContactChoice, Count, Unconfirmed},
};
use crate::{
    app::App,
    choice::Choice,
    commands::save::save,
    fault::{Fault, Invalid},
    paths,
    queries::{
        self,
        mine::{Mine, WatchedKind},
        preview,
    },
};
use axum::{Router, http::StatusCode, routing::get};
use bevaka_domain::clock::Timestamp;
use bevaka_domain::{
    clock::{LocalDate, Zone},
    watch::Channel,
};
use bevaka_portal::{help, nav};
use bevaka_web::{
    form::HtmlForm,
    layout::Tone,
    page::{At, FieldError, Message, View},
    page_error::{PageError, PageResult},
};
use serde::Serialize;

/// Zones that people of Swedish companies live and travel in; any other that is stored is offered beside them.
const ZONES: [&str; 24] = [
    "Europe/Stockholm",
    "Europe/Helsinki",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Athens",
    "Europe/Istanbul",
    "Atlantic/Reykjavik",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Johannesburg",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Bangkok",
    "Asia/Singapore",
    "Asia/Hong_Kong",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Perth",
    "Australia/Sydney",
    "Pacific/Auckland",
];

/// A version that nobody can have seen.
const NO_VERSION: u64 = u64::MAX;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::WATCHES_CHANGE, get(show).post(submit))
}

async fn show(session: CompanySession) -> PageResult {
    let mine = queries::mine(session.app(), session.caller).await?;
    let sheet = Sheet::new(&mine, Names::for_session(&session), today(&session), &Sent::default());
    session.page(&sheet.view())
}

/// The fields of the form as they came.
#[derive(Default)]
struct Sent(Vec<(String, String)>);

impl Sent {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the form had fields of a kind; a box that is not ticked is not sent, so others tell it.
    fn has(&self, kind: &str) -> bool {
        let field = |name: &str| Some(name.strip_prefix(kind)?.strip_prefix('.')?.to_owned());
        self.0.iter().any(|(name, _)| field(name).is_some_and(|field| !field.contains('.')))
    }
}

async fn submit(session: CompanySession, HtmlForm(fields): HtmlForm<Vec<(String, String)>>) -> PageResult {
    let (app, caller, sent) = (session.app(), session.caller, &Sent(fields));
    let mine = queries::mine(app, caller).await?;
    let names = Names::for_session(&session);
    let mut sheet = Sheet::new(&mine, names, today(&session), sent);
    sheet.version = sent.value("version").and_then(|text| text.parse().ok()).unwrap_or(NO_VERSION);
    let Ok(choices) = sheet.choices() else {
        return session.page(&sheet.view());
    };
    if sent.value("do") == Some("preview") {
        return match queries::preview(app, caller, &choices).await {
            Ok(preview) => {
                sheet.preview = Some(counted(preview));
                session.page(&sheet.view())
            }
            Err(fault) => refused(&session, sheet, fault),
        };
    }
    match save(app, caller, sheet.version, &choices).await {
        Ok(_) => Ok(session.redirect_with_flash(&Done::Saved, paths::WATCHES)),
        Err(Fault::Stale(_)) => meanwhile(&session, sent).await,
        Err(fault) => refused(&session, sheet, fault),
    }
}

fn counted(preview: preview::Preview) -> Preview {
    Preview {
        count: Count { alerts: preview.alerts.into(), at_night: preview.at_night.into() },
        cut_at: preview.is_cut.then_some(preview.since),
    }
}

/// Shows the form again with what is wrong.
fn refused(session: &CompanySession, mut sheet: Sheet<'_>, fault: Fault) -> PageResult {
    let Fault::Invalid(invalid) = fault else { return Err(fault.into()) };
    if !invalid.iter().all(|invalid| sheet.blame(invalid)) {
        return Err(PageError::other(Fault::Invalid(invalid)));
    }
    session.page(&sheet.view())
}

/// Somebody has saved since the form was opened: both are shown, and the next *Spara* is over what stands now.
async fn meanwhile(session: &CompanySession, sent: &Sent) -> PageResult {
    let mine = queries::mine(session.app(), session.caller).await?;
    let mut sheet = Sheet::new(&mine, Names::for_session(session), today(session), sent);
    sheet.shows_differences = true;
    if sheet.differences().is_empty() {
        return Ok(session.redirect_with_flash(&Done::Saved, paths::WATCHES));
    }
    session.page_with(StatusCode::CONFLICT, &sheet.view())
}

struct Sheet<'a> {
    mine: &'a Mine,
    names: Names<'a>,
    today: LocalDate,
    version: u64,
    kinds: Vec<Entry<'a>>,
    preview: Option<Preview>,
    shows_differences: bool,
}

struct Entry<'a> {
    kind: &'a WatchedKind,
    stored: Choice,
    typed: Typed,
    /// What was typed, if it can be read.
    choice: Option<Choice>,
    faults: Faults,
}

impl<'a> Entry<'a> {
    fn new(kind: &'a WatchedKind, mine: &Mine, today: LocalDate, sent: &Sent) -> Self {
        let stored = form::stored(kind, today);
        let name = kind.kind.as_str();
        let typed =
            if sent.has(name) { Typed::read(name, |field| sent.value(field)) } else { form::typed(&stored) };
        match form::read(kind, &typed, &mine.contacts) {
            Ok(choice) => Self { kind, stored, typed, choice: Some(choice), faults: Vec::new() },
            Err(faults) => Self { kind, stored, typed, choice: None, faults },
        }
    }

    /// What was typed, if it is another than what is stored. What nobody touched is not saved anew: so it stays also
    /// where it would not be allowed today, and a watch that was switched off stays off.
    fn changed(&self) -> Option<&Choice> {
        self.choice.as_ref().filter(|choice| **choice != self.stored)
    }
}

impl<'a> Sheet<'a> {
    fn new(mine: &'a Mine, names: Names<'a>, today: LocalDate, sent: &Sent) -> Self {
        let kinds = mine.kinds.iter().filter(|kind| kind.is_included || sent.has(kind.kind.as_str()));
        let mut kinds: Vec<_> = kinds.map(|kind| Entry::new(kind, mine, today, sent)).collect();
        // A kind that left the agreement while its form was open is only spoken of if its fields were changed (R26).
        kinds.retain(|entry| entry.kind.is_included || entry.choice.as_ref() != Some(&entry.stored));
        let version = mine.version.number;
        Self { mine, names, today, version, kinds, preview: None, shows_differences: false }
    }

    /// What is to be saved, unless something cannot be read.
    fn choices(&self) -> Result<Vec<Choice>, ()> {
        if self.kinds.iter().any(|entry| !entry.faults.is_empty()) {
            return Err(());
        }
        Ok(self.kinds.iter().filter_map(Entry::changed).cloned().collect())
    }

    /// Notes what a command found wrong; gives whether the form has the field.
    fn blame(&mut self, invalid: &Invalid) -> bool {
        let Some((kind, field, why)) = field_errors::found(invalid, &self.mine.contacts) else {
            return false;
        };
        let Some(entry) = self.kinds.iter_mut().find(|entry| entry.kind.kind.as_str() == kind) else {
            return false;
        };
        entry.faults.push((field, why));
        true
    }

    fn view(&self) -> EditWatches {
        let contacts =
            |channel| display::of_channel(self.mine, channel).map(display::choosable).collect::<Vec<_>>();
        let outside = self.mine.kinds.iter().filter(|kind| !kind.is_included && kind.watch.is_some());
        EditWatches {
            version: self.version.to_string(),
            kinds: self.kinds.iter().map(|entry| self.kind(entry)).collect(),
            outside: outside.map(|kind| self.names.of(&kind.kind)).collect(),
            signatories: self.mine.signatories.clone(),
            numbers: contacts(Channel::Sms),
            addresses: contacts(Channel::Email),
            unconfirmed: self.mine.contacts.iter().filter_map(display::unconfirmed).collect(),
            colleagues: self.colleagues(),
            zones: self.zones(),
            preview: self.preview,
            differences: if self.shows_differences { self.differences() } else { Vec::new() },
            errors: self.faults(),
        }
    }

    fn kind(&self, entry: &Entry<'_>) -> KindForm {
        let WatchedKind { kind, is_critical, filters, .. } = entry.kind;
        KindForm {
            id: kind.to_string(),
            name: self.names.of(kind),
            description: self.names.about(kind),
            critical: *is_critical,
            has_amount: filters.amount,
            has_account: filters.account,
            typed: entry.typed.clone(),
            summary: self.summary(entry, entry.choice.as_ref().unwrap_or(&entry.stored)),
        }
    }

    fn summary(&self, entry: &Entry<'_>, choice: &Choice) -> Summary {
        let settings = &choice.settings;
        let address =
            |contact: Option<_>| contact.and_then(|id| display::address_of(&self.mine.contacts, id));
        let stand_in = settings.stand_in.and_then(|days| {
            let colleague = self.mine.colleagues.iter().find(|colleague| colleague.user == days.user);
            colleague.map(|colleague| colleague.name.as_str()).or(entry.kind.stand_in.as_deref())
        });
        Summary {
            sms: address(choice.sms),
            email: address(choice.email),
            filters: Filters::from(settings),
            when: When::from(settings),
            away: display::away(settings, stand_in, self.today),
        }
    }

    fn differences(&self) -> Vec<Difference> {
        let changed = self.kinds.iter().filter_map(|entry| Some((entry, entry.changed()?)));
        changed
            .map(|(entry, choice)| Difference {
                kind: self.names.of(&entry.kind.kind),
                stored: self.summary(entry, &entry.stored),
                typed: self.summary(entry, choice),
            })
            .collect()
    }

    /// Who can stand in, and who is chosen already.
    fn colleagues(&self) -> Vec<Colleague> {
        let listed = self.mine.colleagues.iter();
        let mut colleagues: Vec<_> = listed
            .map(|colleague| Colleague { id: colleague.user.to_string(), name: colleague.name.clone() })
            .collect();
        for entry in &self.kinds {
            let chosen = entry.stored.settings.stand_in.zip(entry.kind.stand_in.as_ref());
            let Some((days, name)) = chosen else { continue };
            let id = days.user.to_string();
            if !colleagues.iter().any(|colleague| colleague.id == id) {
                colleagues.push(Colleague { id, name: name.clone() });
            }
        }
        colleagues
    }

    fn zones(&self) -> Vec<String> {
        let mut zones: Vec<_> = ZONES.map(str::to_owned).into();
        for entry in &self.kinds {
            let zone = &entry.typed.zone;
            if Zone::parse(zone).is_ok() && !zones.contains(zone) {
                zones.push(zone.clone());
            }
        }
        zones
    }

    fn faults(&self) -> Vec<EditFault> {
        let fault = |entry: &Entry<'_>, (field, why)| EditFault {
            kind: entry.kind.kind.to_string(),
            name: self.names.of(&entry.kind.kind),
            field,
            why,
        };
        let all = self.kinds.iter();
        all.flat_map(|entry| entry.faults.iter().map(move |found| fault(entry, *found))).collect()
    }
}

/// The form, `POST` [`crate::paths::WATCHES_CHANGE`]: `version`, `do` (`save`, `preview`), and for each kind the fields of
/// [`Field`] by the names that [`Field::of`] gives. What was typed is shown again.
#[derive(Clone, Serialize)]
pub struct EditWatches {
    /// The version of the watches that the form began with.
    pub version: String,
    pub kinds: Vec<KindForm>,
    /// Kinds that are watched and that the agreement no longer covers; they stay as they are (R15, R26).
    pub outside: Vec<String>,
    /// Who may change the agreement; may be empty.
    pub signatories: Vec<String>,
    pub numbers: Vec<ContactChoice>,
    pub addresses: Vec<ContactChoice>,
    /// The user's contact points that nobody has confirmed.
    pub unconfirmed: Vec<Unconfirmed>,
    /// Who can stand in: colleagues with the same right.
    pub colleagues: Vec<Colleague>,
    /// Time zones to choose from, by their IANA names: the bank's first, those that are typed among them.
    pub zones: Vec<String>,
    /// What the typed choices would have meant.
    pub preview: Option<Preview>,
    /// What differs, if somebody saved meanwhile; empty otherwise.
    pub differences: Vec<Difference>,
    /// What is wrong, in the order of the fields.
    #[serde(skip)]
    pub errors: Vec<EditFault>,
}

/// What the typed choices would have meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    #[serde(flatten)]
    pub count: Count,
    /// Since when events were counted, if there were so many that it is not the whole 90 days.
    pub cut_at: Option<Timestamp>,
}

#[derive(Clone, Serialize)]
pub struct KindForm {
    pub id: String,
    pub name: String,
    pub description: String,
    /// Whether it may not be silenced.
    pub critical: bool,
    /// Whether its events tell an amount.
    pub has_amount: bool,
    /// Whether its events tell an account.
    pub has_account: bool,
    /// What is shown in the fields.
    pub typed: Typed,
    /// What the fields come to, told beside the closed folds: as stored, or as typed where that can be read.
    pub summary: Summary,
}

/// A colleague who can stand in.
#[derive(Clone, Debug, Serialize)]
pub struct Colleague {
    pub id: String,
    pub name: String,
}

/// One kind that was saved meanwhile and differs from what was typed.
#[derive(Clone, Serialize)]
pub struct Difference {
    pub kind: String,
    pub stored: Summary,
    pub typed: Summary,
}

impl View for EditWatches {
    const TEMPLATE: &'static str = "edit";
    const TITLE: &'static str = "edit-title";
    const AT: At = At::new(nav::WATCHES, help::WATCHES);

    fn notice(&self) -> Option<Message> {
        (!self.differences.is_empty()).then(|| Message::new(Tone::Warning, "edit-meanwhile"))
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.iter().map(EditFault::field).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::clock::Timestamp;

    #[test]
    fn the_zones_to_choose_from_are_zones_and_the_banks_comes_first() {
        assert!(ZONES.iter().all(|zone| Zone::parse(zone).is_ok()));
        assert_eq!(ZONES[0], Zone::STOCKHOLM.name());
    }

    #[test]
    fn since_when_it_was_counted_is_told_where_it_is_not_the_whole_time() {
        let since = Timestamp::from_micros(1_800_000_000_000_000);
        let found = |is_cut| counted(preview::Preview { alerts: 3, at_night: 1, since, is_cut });
        let count = Count { alerts: 3, at_night: 1 };
        assert_eq!(found(true), Preview { count, cut_at: Some(since) });
        assert_eq!(found(false), Preview { count, cut_at: None });
    }

    #[test]
    fn a_kinds_fields_are_known_from_those_of_a_kind_whose_name_is_longer() {
        let sent = Sent(vec![("payment.rejected.again.sms".to_owned(), "on".to_owned())]);
        assert!(sent.has("payment.rejected.again") && !sent.has("payment.rejected"));
    }
}

//! *Mina aviseringar*, and whether a message is from us.

use super::session::{CompanySession, Names};
use crate::{
    app::App,
    paths,
    queries::{
        self,
        alerts::{Alert, Folded, Listed, Page, Told},
        check::{Checked, Genuine},
    },
};
use axum::{Router, extract::Query, routing::get};
use bevaka_chassis::proof::Proofs;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{State, operated::CANCELLED},
    entitlement::Reason,
    ids::EventId,
    watch::{Because, Channel},
};
use bevaka_portal::{help, nav};
use bevaka_web::{
    form::HtmlForm,
    local_path::with_query,
    page::{At, FieldError, View},
    page_error::{PageError, PageResult},
};
use serde::{Deserialize, Serialize};

/// The parameter that says where a page begins.
const BEFORE: &str = "fore";
/// How many characters a code has, dashes and blanks aside.
const CODE: usize = 8;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::ALERTS, get(show).post(check))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AlertsQuery {
    fore: String,
}

async fn show(session: CompanySession, Query(query): Query<AlertsQuery>) -> PageResult {
    let before = Some(query.fore.as_str()).filter(|text| !text.is_empty()).map(str::parse);
    let before = before.transpose().map_err(|_| PageError::not_found())?;
    page(&session, before, Check::Unasked).await
}

async fn page(session: &CompanySession, before: Option<EventId>, check: Check) -> PageResult {
    let happened = queries::alerts(session.app(), session.caller, before).await?;
    let view = view(happened, Names::for_session(session), &session.app().proofs, check);
    session.page(&Alerts { newest: before.map(|_| paths::ALERTS.to_owned()), ..view })
}

fn view(page: Page, names: Names<'_>, proofs: &Proofs, check: Check) -> Alerts {
    let older = page.next.map(|next| with_query(paths::ALERTS, [(BEFORE, &*next.to_string())]).into_owned());
    Alerts {
        rows: page.alerts.into_iter().map(|listed| row(listed, names, proofs)).collect(),
        others: page.folded.into_iter().map(|folded| other(&folded, names)).collect(),
        newest: None,
        older,
        check,
    }
}

fn other(folded: &Folded, names: Names<'_>) -> Other {
    Other { kind: names.of(&folded.kind), reason: folded.reason, count: folded.count.into() }
}

fn row(listed: Listed, names: Names<'_>, proofs: &Proofs) -> AlertRow {
    let (at, kind) = (listed.received_at, names.of(&listed.kind));
    match listed.outcome {
        Told::NotSent(reason) => {
            let outcomes = vec![untold(None, reason, listed.told_instead)];
            AlertRow { at, kind, instead_of: Vec::new(), outcomes }
        }
        Told::Sent { alerts, silent, instead_of } => {
            let silent = silent.into_iter().map(|(channel, reason)| untold(Some(channel), reason, None));
            let outcomes = alerts.into_iter().map(|alert| outcome(alert, at, proofs)).chain(silent).collect();
            AlertRow { at, kind, instead_of, outcomes }
        }
    }
}

fn untold(channel: Option<Channel>, reason: Reason, instead: Option<String>) -> Outcome {
    Outcome { channel, address: None, state: OutcomeState::Untold { reason, instead }, code: None }
}

fn outcome(alert: Alert, received_at: Timestamp, proofs: &Proofs) -> Outcome {
    Outcome {
        channel: Some(alert.channel),
        state: state(&alert, received_at),
        code: Some(proofs.alert_code(alert.parcel.map_or(alert.id.0, |parcel| parcel.0))),
        address: alert.to,
    }
}

fn state(alert: &Alert, received_at: Timestamp) -> OutcomeState {
    let when = |what: &str| alert.history.iter().find(|entry| entry.what == what).map(|entry| entry.at);
    let sent = when("accepted").unwrap_or(received_at);
    match &alert.state {
        State::Sending { .. } => OutcomeState::Sending,
        State::Waiting { next_attempt_at: until, cause } => {
            let held = Because::ALL.into_iter().find(|because| because.as_str() == cause);
            held.map_or(OutcomeState::Retrying { next: *until }, |cause| OutcomeState::Held {
                until: *until,
                cause,
            })
        }
        State::Accepted { .. } => OutcomeState::Sent { at: sent },
        State::Delivered => OutcomeState::Delivered { at: when("report_delivered").unwrap_or(sent) },
        State::Failed { cause } if cause == CANCELLED => OutcomeState::Cancelled,
        State::Failed { .. } => OutcomeState::Failed,
        State::Expired { .. } => OutcomeState::Expired,
        State::Suppressed(reason) => OutcomeState::Untold { reason: *reason, instead: None },
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CheckForm {
    code: String,
}

async fn check(session: CompanySession, HtmlForm(form): HtmlForm<CheckForm>) -> PageResult {
    let code = form.code.trim().to_owned();
    if !is_code(&code) {
        return page(&session, None, Check::Malformed { code }).await;
    }
    let check = match queries::check(session.app(), session.caller, &code).await? {
        Checked::Ours(genuine) => found(*genuine, code, Names::for_session(&session)),
        Checked::NotOurs => Check::Unknown { code },
    };
    page(&session, None, check).await
}

/// Whether it can be a code at all.
fn is_code(text: &str) -> bool {
    let between = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}');
    let mut characters = text.chars().filter(|c| !between(*c));
    characters.clone().count() == CODE && characters.all(|c| c.is_ascii_alphanumeric())
}

fn found(genuine: Genuine, code: String, names: Names<'_>) -> Check {
    let mut kinds: Vec<String> = Vec::new();
    for (kind, _, _) in &genuine.alerts {
        let name = names.of(kind);
        if !kinds.contains(&name) {
            kinds.push(name);
        }
    }
    // What was not taken yet, as far as we know, is known by when it happened.
    let happened = genuine.alerts.last().map(|(_, _, at)| *at);
    Check::Genuine {
        code,
        kinds,
        at: genuine.sent_at.or(happened),
        channel: genuine.channel,
        address: genuine.to,
    }
}

/// The events of the last 90 days with what the user was told. *Har vi skickat det här?* is `POST`
/// [`crate::paths::ALERTS`] with `code`.
#[derive(Clone, Serialize)]
pub struct Alerts {
    /// What was told or would have been, newest first.
    pub rows: Vec<AlertRow>,
    /// Events of kinds that the user does not watch, or that are for somebody else.
    pub others: Vec<Other>,
    /// The address of the page with the newest rows, if this is another.
    pub newest: Option<String>,
    /// The address of the page with older rows.
    pub older: Option<String>,
    /// Whether a code was asked about.
    pub check: Check,
}

#[derive(Clone, Serialize)]
pub struct AlertRow {
    pub at: Timestamp,
    pub kind: String,
    /// The names of those for whom the user stood in.
    pub instead_of: Vec<String>,
    /// What came of it, contact point by contact point.
    pub outcomes: Vec<Outcome>,
}

/// Events of one kind that did not concern the user.
#[derive(Clone, Debug, Serialize)]
pub struct Other {
    pub kind: String,
    pub reason: Reason,
    pub count: u64,
}

/// What came of an event, for one contact point or for all.
#[derive(Clone, Serialize)]
pub struct Outcome {
    /// By which way; left out where no way was tried.
    pub channel: Option<Channel>,
    /// The number or address; left out if it is gone, or no way was tried.
    pub address: Option<String>,
    pub state: OutcomeState,
    /// The code in the alert, such as `K7M2-9QFD`.
    pub code: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OutcomeState {
    Sending,
    /// Held as the user wants it.
    Held {
        until: Timestamp,
        cause: Because,
    },
    /// The last try did not get through; the next one is at `next`.
    Retrying {
        next: Timestamp,
    },
    /// The operator or mail server has taken it.
    Sent {
        at: Timestamp,
    },
    /// It reached the phone or mailbox.
    Delivered {
        at: Timestamp,
    },
    Failed,
    /// The bank stopped it before it was sent.
    Cancelled,
    /// No try got through while it was of use.
    Expired,
    Untold {
        reason: Reason,
        /// Who was told instead, where somebody was.
        instead: Option<String>,
    },
}

/// Whether a code was asked about, and the answer.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Check {
    Unasked,
    /// It is the code of an alert to this user.
    Genuine {
        /// The code, as it stands in the alert.
        code: String,
        /// The kinds' names: several in a gathered alert.
        kinds: Vec<String>,
        /// When it was sent, or else when it happened.
        at: Option<Timestamp>,
        channel: Channel,
        /// Where to; left out if the contact point is gone.
        address: Option<String>,
    },
    Unknown {
        code: String,
    },
    /// It is not a code at all.
    Malformed {
        code: String,
    },
}

impl View for Alerts {
    const TEMPLATE: &'static str = "alerts";
    const TITLE: &'static str = "alerts-title";
    const AT: At = At::new(nav::ALERTS, help::WATCHES);

    fn errors(&self) -> Vec<FieldError> {
        match self.check {
            Check::Malformed { .. } => vec![FieldError::new("code", "check-malformed")],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::{delivery::Entry, ids::DeliveryId};
    use uuid::Uuid;

    #[test]
    fn a_code_has_eight_letters_and_digits_however_they_are_grouped() {
        for code in ["K7M2-9QFD", "k7m29qfd", "K7M2 9QFD", "K7M2–9QFD"] {
            assert!(is_code(code), "{code}");
        }
        for code in ["", "1234", "K7M2-9QFDX", "K7M2-9QF!", "ÅÄÖÅ-ÄÖÅÄ"] {
            assert!(!is_code(code), "{code}");
        }
    }

    fn alert(state: State, history: &[(&str, i64)]) -> Alert {
        let entry = |(what, at): &(&str, i64)| Entry {
            at: Timestamp::from_micros(*at),
            what: (*what).to_owned(),
            cause: None,
        };
        Alert {
            id: DeliveryId(Uuid::nil()),
            parcel: None,
            channel: Channel::Sms,
            to: None,
            state,
            possible_duplicate: false,
            history: history.iter().map(entry).collect(),
        }
    }

    #[test]
    fn an_alert_that_its_user_wants_later_is_held_and_one_that_failed_is_tried_again() {
        let at = Timestamp::from_micros;
        let waiting = |cause: &str| {
            let state = State::Waiting { next_attempt_at: at(5), cause: cause.to_owned() };
            super::state(&alert(state, &[]), at(1))
        };
        for because in Because::ALL {
            let held = waiting(because.as_str());
            assert!(
                matches!(held, OutcomeState::Held { until, cause } if until == at(5) && cause == because)
            );
        }
        assert!(matches!(waiting("smtp_451"), OutcomeState::Retrying { next } if next == at(5)));
    }

    #[test]
    fn what_is_sent_is_told_by_when_it_left_and_by_when_it_arrived() {
        let at = Timestamp::from_micros;
        let history = [("accepted", 3), ("report_delivered", 4)];
        let sent = super::state(&alert(State::Accepted { reference: None }, &history[..1]), at(1));
        assert!(matches!(sent, OutcomeState::Sent { at: when } if when == at(3)));
        let arrived = super::state(&alert(State::Delivered, &history), at(1));
        assert!(matches!(arrived, OutcomeState::Delivered { at: when } if when == at(4)));
        let stopped = super::state(&alert(State::Failed { cause: CANCELLED.to_owned() }, &[]), at(1));
        assert!(matches!(stopped, OutcomeState::Cancelled));
        let lost = super::state(&alert(State::Suppressed(Reason::NoAccess), &history), at(1));
        assert!(matches!(lost, OutcomeState::Untold { reason: Reason::NoAccess, instead: None }));
    }
}

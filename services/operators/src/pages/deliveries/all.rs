//! Many alerts: a filter, what a command about them would be about, and the command.

use crate::{
    commands::deliveries::{self as commands, Refusal, What},
    pages::{
        OperatorSession,
        days::{first_instant_after, first_instant_of},
        justification::justification,
        nav, paths,
        repairs::Done,
    },
    queries::deliveries::{self as queries, Preview},
};
use axum::extract::Query;
use bevaka_domain::{
    delivery::operated::RetryableState, event::Kind, ids::DeliveryId, operator::Act,
    organisation::OrganisationNumber,
};
use bevaka_store::deliveries::Filter;
use bevaka_web::{
    form::{FieldReader, HtmlForm},
    local_path::with_query,
    page::{At, FieldError, Message, View},
    page_error::{PageError, PageResult},
};
use serde::{Deserialize, Serialize};

const MAX_CAUSE_LEN: usize = 100;

/// What the form asks for, and what its answer is ordered by.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct DeliveriesForm {
    gor: String,
    lage: String,
    kanal: String,
    orsak: String,
    arende: String,
    foretag: String,
    handelse: String,
    fran: String,
    till: String,
    /// The newest alert that was seen; only in an order.
    sista: String,
    /// How many were seen; only in an order.
    antal: String,
    because: String,
}

#[derive(Serialize)]
struct AllView {
    asked: DeliveriesForm,
    kinds: Vec<KindChoice>,
    preview: Option<PreviewView>,
    may_repair: bool,
    #[serde(skip)]
    notice: Option<Message>,
    #[serde(skip)]
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct KindChoice {
    kind: String,
    name: String,
    chosen: bool,
}

#[derive(Serialize)]
struct PreviewView {
    count: usize,
    more: bool,
    through: Option<DeliveryId>,
    sample: Vec<DeliveryId>,
    changes: usize,
    unchanged: Vec<UnchangedRow>,
}

#[derive(Serialize)]
struct UnchangedRow {
    why: &'static str,
    count: usize,
}

impl View for AllView {
    const TEMPLATE: &'static str = "deliveries_all";
    const TITLE: &'static str = "deliveries-title";
    const AT: At = nav::EVENTS;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

pub(super) async fn show(session: OperatorSession, Query(asked): Query<DeliveriesForm>) -> PageResult {
    session.may(Act::See)?;
    let done = session.cookies.flash::<Done>();
    page(&session, asked, done.map(Done::message), Vec::new()).await
}

async fn page(
    session: &OperatorSession,
    asked: DeliveriesForm,
    notice: Option<Message>,
    mut errors: Vec<FieldError>,
) -> PageResult {
    // The first time there is nothing to look for.
    let preview = if asked.lage.is_empty() {
        None
    } else {
        match filter(&asked) {
            Ok((what, filter)) => Some(queries::preview(&session.app, what, &filter).await?.into()),
            Err(wrong) => {
                errors.extend(wrong);
                None
            }
        }
    };
    let catalogue = &session.app.chassis.catalogue;
    let kinds = catalogue.kinds().map(|kind| KindChoice {
        kind: kind.kind.to_string(),
        name: catalogue.name(&kind.kind, session.language).to_owned(),
        chosen: kind.kind.as_str() == asked.arende,
    });
    let view = AllView {
        kinds: kinds.collect(),
        preview,
        may_repair: session.is_allowed(Act::Repair),
        notice,
        errors,
        asked,
    };
    session.page(&view)
}

pub(super) async fn submit(
    session: OperatorSession,
    HtmlForm(asked): HtmlForm<DeliveriesForm>,
) -> PageResult {
    session.may(Act::Repair)?;
    let (Ok(through), Ok(expected)) = (asked.sista.parse::<DeliveryId>(), asked.antal.parse::<usize>())
    else {
        return Err(PageError::not_found());
    };
    let ordered = (filter(&asked), justification("because", &asked.because));
    let ((what, filter), because) = match ordered {
        (Ok(filter), Ok(because)) => (filter, because),
        (_, Err(fault)) => return page(&session, asked, None, vec![fault]).await,
        (Err(_), _) => return page(&session, asked, None, Vec::new()).await,
    };
    let meant = (through, expected);
    match commands::many(&session.app, &session.operator, what, &filter, meant, &because).await {
        Ok(done) => {
            let unchanged = done.unchanged.values().sum();
            let done = Done::Alerts { changed: done.changed + done.along, unchanged };
            Ok(session.redirect_with_flash(&done, paths::DELIVERIES))
        }
        Err(Refusal::CountChanged { .. }) => {
            Ok(session.redirect_with_flash(&Done::CountChanged, &asked.address()))
        }
        Err(Refusal::Store(fault)) => Err(fault.into()),
        Err(refusal) => Err(PageError::other(format!("an answer for it is missing: {refusal:?}"))),
    }
}

impl DeliveriesForm {
    fn address(&self) -> String {
        let pairs = [
            ("gor", &*self.gor),
            ("lage", &*self.lage),
            ("kanal", &*self.kanal),
            ("orsak", &*self.orsak),
            ("arende", &*self.arende),
            ("foretag", &*self.foretag),
            ("handelse", &*self.handelse),
            ("fran", &*self.fran),
            ("till", &*self.till),
        ];
        with_query(paths::DELIVERIES, pairs).into_owned()
    }
}

/// What is meant to be done with which alerts, or which fields say nothing.
fn filter(asked: &DeliveriesForm) -> Result<(What, Filter), Vec<FieldError>> {
    let what = if asked.gor == "avbryt" { What::Cancel } else { What::Retry };
    let mut fields = FieldReader::default();
    let state = asked.lage.parse::<RetryableState>().ok();
    if state.is_none() {
        fields.push(FieldError::new("lage", "deliveries-state-invalid"));
    }
    let sound = |text: &str| {
        let is_sound = text.chars().count() <= MAX_CAUSE_LEN && !text.contains(char::is_control);
        is_sound.then(|| text.to_owned())
    };
    let day = |field| FieldError::new(field, "deliveries-day-invalid");
    let channel = FieldError::new("kanal", "deliveries-channel-invalid");
    let kind = FieldError::new("arende", "deliveries-kind-invalid");
    let company = FieldError::new("foretag", "deliveries-company-invalid");
    let event = FieldError::new("handelse", "deliveries-event-invalid");
    let filter = Filter {
        state: state.unwrap_or(RetryableState::Failed),
        channel: fields.read(&asked.kanal, channel, |text| text.parse().ok()),
        cause: fields.read(&asked.orsak, FieldError::new("orsak", "deliveries-cause-invalid"), sound),
        kind: fields.read(&asked.arende, kind, |text| Kind::parse(text).ok()),
        organisation: fields.read(&asked.foretag, company, |text| OrganisationNumber::parse(text).ok()),
        event: fields.read(&asked.handelse, event, |text| text.parse().ok()),
        from: fields.read(&asked.fran, day("fran"), first_instant_of),
        until: fields.read(&asked.till, day("till"), first_instant_after),
    };
    fields.finish((what, filter))
}

impl From<Preview> for PreviewView {
    fn from(preview: Preview) -> Self {
        let unchanged =
            preview.unchanged.into_iter().map(|(why, count)| UnchangedRow { why: why.as_str(), count });
        Self {
            count: preview.count,
            more: preview.more,
            through: preview.through,
            sample: preview.sample,
            changes: preview.changes,
            unchanged: unchanged.collect(),
        }
    }
}

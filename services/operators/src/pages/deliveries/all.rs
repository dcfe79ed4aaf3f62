//! Many alerts: a filter, what a command about them would be about, and the command.

use crate::{
    commands::deliveries::{self as commands, Refusal, What},
    pages::{
        Answer, Place, Stop, Title, View, Visitor,
        dead_letters::begin,
        paths,
        repaired::{News, because},
    },
    queries::deliveries::{self as queries, Preview},
};
use axum::{extract::Query, http::StatusCode, response::Response};
use bevaka_domain::{
    event::Kind, ids::DeliveryId, ids::EventId, operator::Act, organisation::OrganisationNumber,
    watch::Channel,
};
use bevaka_portal::{FieldFault, Fields, Message, local::with_query};
use bevaka_store::deliveries::{Filter, Stuck};
use serde::{Deserialize, Serialize};

/// The longest cause, in characters.
const LONGEST_CAUSE: usize = 100;

/// What the form asks for, and what its answer is ordered by.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
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
    asked: Asked,
    kinds: Vec<KindChoice>,
    preview: Option<PreviewView>,
    may_repair: bool,
    #[serde(skip)]
    notice: Option<Message>,
    #[serde(skip)]
    faults: Vec<FieldFault>,
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

    fn title(&self) -> Title {
        "deliveries-title".into()
    }

    fn place(&self) -> Place {
        Place::Events
    }

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

pub(super) async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    visitor.answer(Place::Events, shown(&visitor, asked).await)
}

async fn shown(visitor: &Visitor, asked: Asked) -> Answer {
    visitor.may(Act::See)?;
    let news = visitor.cookies.news::<News>();
    let page = page(visitor, asked, news.map(News::message), Vec::new()).await?;
    Ok(if news.is_some() { visitor.told(page) } else { page })
}

async fn page(
    visitor: &Visitor,
    asked: Asked,
    notice: Option<Message>,
    mut faults: Vec<FieldFault>,
) -> Answer {
    // The first time there is nothing to look for.
    let preview = if asked.lage.is_empty() {
        None
    } else {
        match filter(&asked) {
            Ok((what, filter)) => Some(queries::preview(&visitor.app, what, &filter).await?.into()),
            Err(wrong) => {
                faults.extend(wrong);
                None
            }
        }
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let catalogue = &visitor.app.chassis.catalogue;
    let kinds = catalogue.kinds().map(|kind| KindChoice {
        kind: kind.kind.to_string(),
        name: catalogue.name(&kind.kind, visitor.language).to_owned(),
        chosen: kind.kind.as_str() == asked.arende,
    });
    let view = AllView {
        kinds: kinds.collect(),
        preview,
        may_repair: visitor.is_allowed(Act::Repair),
        notice,
        faults,
        asked,
    };
    Ok(visitor.page(status, &view)?)
}

pub(super) async fn submit(visitor: Visitor, Fields(asked): Fields<Asked>) -> Response {
    visitor.answer(Place::Events, done(&visitor, asked).await)
}

async fn done(visitor: &Visitor, asked: Asked) -> Answer {
    visitor.may(Act::Repair)?;
    let (Ok(through), Ok(expected)) = (asked.sista.parse::<DeliveryId>(), asked.antal.parse::<usize>())
    else {
        return Err(Stop::NotFound);
    };
    let ordered = (filter(&asked), because(&asked.because));
    let ((what, filter), because) = match ordered {
        (Ok(filter), Ok(because)) => (filter, because),
        (_, Err(fault)) => return page(visitor, asked, None, vec![fault]).await,
        (Err(_), _) => return page(visitor, asked, None, Vec::new()).await,
    };
    let meant = (through, expected);
    match commands::many(&visitor.app, &visitor.operator, what, &filter, meant, &because).await {
        Ok(done) => {
            let unchanged = done.unchanged.values().sum();
            let news = News::Alerts { changed: done.changed + done.along, unchanged };
            Ok(visitor.telling(&news, paths::DELIVERIES))
        }
        Err(Refusal::CountChanged { .. }) => Ok(visitor.telling(&News::CountChanged, &asked.address())),
        Err(Refusal::Store(fault)) => Err(fault.into()),
        Err(refusal) => Err(Stop::ours(format!("an answer for it is missing: {refusal:?}"))),
    }
}

impl Asked {
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
fn filter(asked: &Asked) -> Result<(What, Filter), Vec<FieldFault>> {
    let mut faults = Vec::new();
    let what = match asked.gor.as_str() {
        "avbryt" => What::Cancel,
        _ => What::Retry,
    };
    let mut state = Stuck::ALL.into_iter().find(|state| state.as_str() == asked.lage);
    if state.is_none() {
        faults.push(FieldFault::new("lage", "deliveries-state-invalid"));
    }
    let cause = |text: &str| {
        let sound = text.chars().count() <= LONGEST_CAUSE && !text.contains(char::is_control);
        sound.then(|| text.to_owned())
    };
    let channel = |text: &str| Channel::ALL.into_iter().find(|channel| channel.as_str() == text);
    let mut read = Read(&mut faults);
    let filter = Filter {
        state: state.take().unwrap_or(Stuck::Failed),
        channel: read.field("kanal", &asked.kanal, "deliveries-channel-invalid", channel),
        cause: read.field("orsak", &asked.orsak, "deliveries-cause-invalid", cause),
        kind: read.field("arende", &asked.arende, "deliveries-kind-invalid", |text| Kind::parse(text).ok()),
        organisation: read.field("foretag", &asked.foretag, "deliveries-company-invalid", |text| {
            OrganisationNumber::parse(text).ok()
        }),
        event: read.field("handelse", &asked.handelse, "deliveries-event-invalid", |text| {
            text.parse::<EventId>().ok()
        }),
        from: read.field("fran", &asked.fran, "deliveries-day-invalid", |text| begin(text, 0)),
        until: read.field("till", &asked.till, "deliveries-day-invalid", |text| begin(text, 1)),
    };
    if faults.is_empty() { Ok((what, filter)) } else { Err(faults) }
}

/// Reads fields, and notes those that say nothing.
struct Read<'a>(&'a mut Vec<FieldFault>);

impl Read<'_> {
    fn field<T>(
        &mut self,
        field: &'static str,
        text: &str,
        fault: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = Some(text.trim()).filter(|text| !text.is_empty())?;
        let read = parse(text);
        if read.is_none() {
            self.0.push(FieldFault::new(field, fault));
        }
        read
    }
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

//! A form made from a kind's schema, for one company or several.

use super::{
    FORM, because,
    fields::{self, Field, Typed},
    preview::{Outcome, Preview, Ready, look_or_send},
};
use crate::pages::{Answer, Place, Stop, Title, View, Visitor, paths};
use axum::{
    Form,
    extract::{
        Query,
        rejection::{FormRejection, QueryRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use bevaka_catalogue::{Addressed, EventKind};
use bevaka_domain::{clock::Timestamp, operator::Act, organisation::OrganisationNumber};
use bevaka_portal::FieldFault;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The publisher of what operators type in.
const SOURCE: &str = "/bevaka/drift";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
}

/// The page.
#[derive(Serialize)]
struct InjectForm {
    /// Where it is sent to.
    action: &'static str,
    kind: String,
    name: String,
    description: String,
    /// The same each time the form is sent, so that a repeat is known.
    id: Uuid,
    happened_at: Timestamp,
    companies: String,
    recipient: String,
    /// `never`, `optional` or `required`.
    addressed: &'static str,
    because: String,
    fields: Vec<Field>,
    preview: Option<Preview>,
    #[serde(skip)]
    faults: Vec<FieldFault>,
}

impl View for InjectForm {
    const TEMPLATE: &'static str = "inject_form";

    fn title(&self) -> Title {
        Title::Text("inject-form-title", vec![("kind", self.name.clone())])
    }

    fn place(&self) -> Place {
        Place::Inject
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

pub(super) async fn show(visitor: Visitor, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = asked.map_or_else(|_| Asked::default(), |Query(asked)| asked);
    // A page that a form has answered leads here without a kind, such as when its language is changed.
    if asked.kind.is_empty() {
        return Redirect::to(paths::INJECT).into_response();
    }
    let typed = [("kind".to_owned(), asked.kind)].into();
    visitor.answer(Place::Inject, shown(&visitor, &typed))
}

fn shown(visitor: &Visitor, typed: &Typed) -> Answer {
    visitor.may(Act::Inject)?;
    let view = view(visitor, typed)?;
    Ok(visitor.page(StatusCode::OK, &view)?)
}

fn text<'a>(typed: &'a Typed, field: &str) -> &'a str {
    typed.get(field).map_or("", String::as_str)
}

fn kind<'a>(visitor: &'a Visitor, typed: &Typed) -> Answer<&'a EventKind> {
    visitor.app.chassis.catalogue.get(text(typed, "kind")).ok_or(Stop::NotFound)
}

fn view(visitor: &Visitor, typed: &Typed) -> Answer<InjectForm> {
    let kind = kind(visitor, typed)?;
    Ok(InjectForm {
        action: FORM,
        kind: kind.kind.to_string(),
        name: kind.name(visitor.language).to_owned(),
        description: kind.description(visitor.language).to_owned(),
        id: text(typed, "id").parse().unwrap_or_else(|_| visitor.app.chassis.entropy.id(visitor.now)),
        happened_at: Timestamp::parse(text(typed, "time")).unwrap_or(visitor.now),
        companies: text(typed, "companies").to_owned(),
        recipient: text(typed, "recipient").to_owned(),
        addressed: match kind.addressed {
            Addressed::Never => "never",
            Addressed::Optional => "optional",
            Addressed::Required => "required",
        },
        because: text(typed, "because").to_owned(),
        fields: fields::fields(kind, typed),
        preview: None,
        faults: Vec::new(),
    })
}

pub(super) async fn submit(
    visitor: Visitor,
    typed: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let typed: Typed = typed.map_or_else(|_| Typed::new(), |Form(typed)| typed.into_iter().collect());
    visitor.answer(Place::Inject, submitted(&visitor, &typed).await)
}

async fn submitted(visitor: &Visitor, typed: &Typed) -> Answer {
    visitor.may(Act::Inject)?;
    let kind = kind(visitor, typed)?;
    let mut view = view(visitor, typed)?;
    let companies = companies(&view.companies).map_err(|fault| view.faults.push(fault));
    if view.addressed == "required" && view.recipient.trim().is_empty() {
        view.faults.push(FieldFault::new("recipient", "inject-recipient-missing"));
    }
    let data = fields::data(kind, typed).map_err(|faults| view.faults.extend(faults));
    let because = because(&view.because).map_err(|fault| view.faults.push(fault));
    let (Ok(companies), Ok(data), Ok(because), true) = (companies, data, because, view.faults.is_empty())
    else {
        return Ok(visitor.page(StatusCode::UNPROCESSABLE_ENTITY, &view)?);
    };
    let events: Vec<_> = companies.iter().map(|company| event(&view, company, &data)).collect();
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    let seen = Some(text(typed, "seen")).filter(|_| text(typed, "go") == "send");
    let ready = Ready { id: view.id, because: &because, events: &events, field: "companies", seen };
    match look_or_send(visitor, &ready).await? {
        Outcome::Sent(response) => Ok(response),
        Outcome::Look(preview) => {
            view.preview = Some(preview);
            Ok(visitor.page(StatusCode::OK, &view)?)
        }
        Outcome::Fault(fault) => {
            view.faults.push(fault);
            Ok(visitor.page(StatusCode::UNPROCESSABLE_ENTITY, &view)?)
        }
    }
}

/// Each company once, in the order of the lines.
fn companies(text: &str) -> Result<Vec<OrganisationNumber>, FieldFault> {
    let (mut companies, mut before) = (Vec::new(), BTreeSet::new());
    for (line, number) in (1..).zip(text.lines()).filter(|(_, number)| !number.trim().is_empty()) {
        let number = OrganisationNumber::parse(number.trim()).map_err(|_| {
            FieldFault::new("companies", "inject-companies-wrong").with("line", u64::to_string(&line))
        })?;
        if before.insert(number.as_str().to_owned()) {
            companies.push(number);
        }
    }
    if companies.is_empty() {
        return Err(FieldFault::new("companies", "inject-companies-missing"));
    }
    Ok(companies)
}

/// The event about a company. Its id follows from the form's, so that the form sent twice is the same events.
fn event(view: &InjectForm, company: &OrganisationNumber, data: &Value) -> String {
    let number = company.as_str();
    let mut event = json!({
        "specversion": "1.0",
        "id": format!("{}.{number}", view.id),
        "source": SOURCE,
        "type": view.kind,
        "subject": number,
        "time": view.happened_at,
        "datacontenttype": "application/json",
        "data": data,
    });
    let recipient = view.recipient.trim();
    if !recipient.is_empty() && view.addressed != "never" {
        event["recipient"] = json!(recipient);
    }
    event.to_string()
}

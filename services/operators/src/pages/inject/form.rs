//! A form made from a kind's schema, for one company or several.

use super::{
    FORM,
    fields::{self, Field, Typed},
    preview::{Outcome, Preview, Ready, look_or_send},
};
use crate::pages::{OperatorSession, justification::justification, nav, paths};
use axum::{
    Form,
    extract::{
        Query,
        rejection::{FormRejection, QueryRejection},
    },
};
use bevaka_catalogue::{Addressed, EventKind};
use bevaka_domain::{clock::Timestamp, operator::Act, organisation::OrganisationNumber};
use bevaka_web::{
    page::{At, FieldError, Title, View},
    page_error::{PageError, PageResult},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The publisher of what operators type in.
const SOURCE: &str = "/bevaka/drift";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct KindQuery {
    kind: String,
}

#[derive(Serialize)]
struct InjectForm {
    action: &'static str,
    kind: String,
    name: String,
    description: String,
    /// The same each time the form is sent, so that a repeat is known.
    id: Uuid,
    happened_at: Timestamp,
    companies: String,
    recipient: String,
    addressed: &'static str,
    because: String,
    fields: Vec<Field>,
    preview: Option<Preview>,
    #[serde(skip)]
    errors: Vec<FieldError>,
}

impl View for InjectForm {
    const TEMPLATE: &'static str = "inject_form";
    const AT: At = nav::INJECT;

    fn title(&self) -> Title {
        Title::Text("inject-form-title", vec![("kind", self.name.clone())])
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

pub(super) async fn show(
    session: OperatorSession,
    query: Result<Query<KindQuery>, QueryRejection>,
) -> PageResult {
    let kind = query.map_or_else(|_| String::new(), |Query(query)| query.kind);
    // A page that a form has answered leads here without a kind, such as when its language is changed.
    if kind.is_empty() {
        return Err(PageError::redirect(paths::INJECT));
    }
    session.may(Act::Inject)?;
    session.page(&view(&session, &[("kind".to_owned(), kind)].into())?)
}

fn text<'a>(typed: &'a Typed, field: &str) -> &'a str {
    typed.get(field).map_or("", String::as_str)
}

fn kind<'a>(session: &'a OperatorSession, typed: &Typed) -> PageResult<&'a EventKind> {
    session.app.chassis.catalogue.get(text(typed, "kind")).ok_or_else(PageError::not_found)
}

fn view(session: &OperatorSession, typed: &Typed) -> PageResult<InjectForm> {
    let kind = kind(session, typed)?;
    Ok(InjectForm {
        action: FORM,
        kind: kind.kind.to_string(),
        name: kind.name(session.language).to_owned(),
        description: kind.description(session.language).to_owned(),
        id: text(typed, "id").parse().unwrap_or_else(|_| session.app.chassis.entropy.id(session.now)),
        happened_at: Timestamp::parse(text(typed, "time")).unwrap_or(session.now),
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
        errors: Vec::new(),
    })
}

pub(super) async fn submit(
    session: OperatorSession,
    typed: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> PageResult {
    session.may(Act::Inject)?;
    let typed: Typed = typed.map_or_else(|_| Typed::new(), |Form(typed)| typed.into_iter().collect());
    let kind = kind(&session, &typed)?;
    let mut view = view(&session, &typed)?;
    let companies = companies(&view.companies).map_err(|fault| view.errors.push(fault));
    if view.addressed == "required" && view.recipient.trim().is_empty() {
        view.errors.push(FieldError::new("recipient", "inject-recipient-missing"));
    }
    let data = fields::data(kind, &typed).map_err(|faults| view.errors.extend(faults));
    let because = justification("because", &view.because).map_err(|error| view.errors.push(error));
    let (Ok(companies), Ok(data), Ok(because), true) = (companies, data, because, view.errors.is_empty())
    else {
        return session.page(&view);
    };
    let events: Vec<_> = companies.iter().map(|company| event(&view, company, &data)).collect();
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    let seen = Some(text(&typed, "seen")).filter(|_| text(&typed, "go") == "send");
    let ready = Ready { id: view.id, because: &because, events: &events, field: "companies", seen };
    match look_or_send(&session, &ready).await? {
        Outcome::Sent(response) => Ok(response),
        Outcome::Look(preview) => {
            view.preview = Some(preview);
            session.page(&view)
        }
        Outcome::Fault(fault) => {
            view.errors.push(fault);
            session.page(&view)
        }
    }
}

/// Each company once, in the order of the lines.
fn companies(text: &str) -> Result<Vec<OrganisationNumber>, FieldError> {
    let (mut companies, mut before) = (Vec::new(), BTreeSet::new());
    for (line, number) in (1..).zip(text.lines()).filter(|(_, number)| !number.trim().is_empty()) {
        let number = OrganisationNumber::parse(number.trim()).map_err(|_| {
            FieldError::new("companies", "inject-companies-wrong").with("line", u64::to_string(&line))
        })?;
        if before.insert(number.as_str().to_owned()) {
            companies.push(number);
        }
    }
    if companies.is_empty() {
        return Err(FieldError::new("companies", "inject-companies-missing"));
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

//! Texts with `{{name}}` in them, as gateway files hold them.

use serde::Deserialize;

/// What a template may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    Account,
    Secret,
    Sender,
    To,
    ToDigits,
    Text,
    Id,
    ReportUrl,
    Coding,
}

const NAMES: [(&str, Variable); 9] = [
    ("account", Variable::Account),
    ("secret", Variable::Secret),
    ("sender", Variable::Sender),
    ("to", Variable::To),
    ("to_digits", Variable::ToDigits),
    ("text", Variable::Text),
    ("id", Variable::Id),
    ("report_url", Variable::ReportUrl),
    ("coding", Variable::Coding),
];

/// What the names stand for in one request.
#[derive(Clone, Copy, Default)]
pub(super) struct Values<'a> {
    pub account: &'a str,
    pub secret: &'a str,
    pub sender: &'a str,
    pub to: &'a str,
    pub text: &'a str,
    pub id: &'a str,
    pub report_url: &'a str,
    pub coding: &'a str,
}

impl<'a> Values<'a> {
    fn get(&self, variable: Variable) -> &'a str {
        match variable {
            Variable::Account => self.account,
            Variable::Secret => self.secret,
            Variable::Sender => self.sender,
            Variable::To => self.to,
            Variable::ToDigits => self.to.trim_start_matches('+'),
            Variable::Text => self.text,
            Variable::Id => self.id,
            Variable::ReportUrl => self.report_url,
            Variable::Coding => self.coding,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(Variable),
}

/// A text with names in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Template(Vec<Part>);

impl Template {
    /// The text with each name replaced. Values are never read as templates again.
    pub fn render(&self, values: &Values<'_>) -> String {
        let text = |part: &'_ Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Variable(variable) => values.get(*variable).to_owned(),
        };
        self.0.iter().map(text).collect()
    }

    /// As [`Template::render`], or nothing if a name stands for nothing.
    pub fn render_if_complete(&self, values: &Values<'_>) -> Option<String> {
        let complete = self.variables().all(|variable| !values.get(variable).is_empty());
        complete.then(|| self.render(values))
    }

    /// The names in it.
    pub fn variables(&self) -> impl Iterator<Item = Variable> {
        self.0.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Variable(variable) => Some(*variable),
        })
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((literal, after)) = rest.split_once("{{") {
            let (name, after) =
                after.split_once("}}").ok_or_else(|| "`{{` without `}}` behind it".to_owned())?;
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(Part::Variable(variable(name.trim())?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }
}

fn variable(name: &str) -> Result<Variable, String> {
    let known = NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, variable)| variable);
    known.ok_or_else(|| {
        let names: Vec<_> = NAMES.iter().map(|(name, _)| *name).collect();
        format!("unknown name `{{{{{name}}}}}`; known are {}", names.join(", "))
    })
}

/// A path whose segments are templates, so that no value can add a segment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct PathTemplate(pub Vec<Template>);

impl TryFrom<String> for PathTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let path = text.strip_prefix('/').ok_or("a path begins with `/`")?;
        if path.contains(['?', '#']) {
            return Err("a path holds no `?` and no `#`; parameters belong into request.fields".into());
        }
        path.split('/')
            .map(|segment| Template::try_from(segment.to_owned()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn names_are_replaced_once() {
        let values = Values { to: "+4670", text: "{{secret}}", secret: "s", ..Values::default() };
        assert_eq!(template("a {{to}}/{{ to_digits }} {{text}}").render(&values), "a +4670/4670 {{secret}}");
    }

    #[test]
    fn a_template_with_an_empty_name_is_left_out() {
        let values = Values { report_url: "", ..Values::default() };
        assert_eq!(template("{{report_url}}?type=%d").render_if_complete(&values), None);
        assert_eq!(template("fixed").render_if_complete(&values), Some("fixed".to_owned()));
    }

    #[test]
    fn faults_name_the_remedy() {
        let fault = Template::try_from("{{too}}".to_owned()).unwrap_err();
        assert!(fault.contains("{{too}}") && fault.contains("to_digits"), "{fault}");
        assert!(Template::try_from("{{to".to_owned()).is_err());
        assert!(PathTemplate::try_from("a1/sms".to_owned()).is_err());
        assert!(PathTemplate::try_from("/a?b".to_owned()).is_err());
    }
}

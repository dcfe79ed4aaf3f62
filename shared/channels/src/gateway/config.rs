//! A gateway file: everything that tells one SMS provider from another.

use super::template::{PathTemplate, Template, Variable};
use reqwest::header::HeaderName;
use serde::Deserialize;
use std::{collections::BTreeMap, fs, num::NonZeroU32, path::Path};
use toml::Value;
use url::Url;

/// A provider, as its file describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    #[serde(skip)]
    pub(super) name: String,
    pub(super) base_url: BaseUrl,
    pub(super) max_requests_per_second: Option<NonZeroU32>,
    pub(super) text: TextRule,
    pub(super) request: RequestRule,
    pub(super) response: ResponseRule,
    #[serde(default)]
    pub(super) errors: Errors,
    pub(super) reports: Option<ReportRule>,
}

/// Why a gateway file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gateway file {file}{}: {reason}", .line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct InvalidGateway {
    /// Its path.
    pub file: String,
    /// The line, where one is at fault.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

/// What texts the provider takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextRule {
    pub max_segments: NonZeroU32,
    /// What `{{coding}}` stands for.
    #[serde(default)]
    pub coding: Coding,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Coding {
    pub gsm7: String,
    pub ucs2: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestRule {
    pub method: Method,
    pub path: PathTemplate,
    pub encoding: Encoding,
    #[serde(default)]
    pub auth: Auth,
    pub fields: BTreeMap<String, Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Method {
    Get,
    Post,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Encoding {
    Query,
    Form,
    Json,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Auth {
    #[default]
    None,
    Basic {
        username: Template,
        password: Template,
    },
    Bearer {
        token: Template,
    },
    Header {
        name: Name,
        value: Template,
    },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseRule {
    pub success_statuses: Vec<Status>,
    /// Where a success says so in its body.
    pub success_pointer: Option<Pointer>,
    pub success_equals: Option<Code>,
    #[serde(default)]
    pub success_prefixes: Vec<String>,
    pub id: Option<Pointer>,
    pub code: Option<Pointer>,
}

/// What the provider's own codes, or its HTTP statuses, mean.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Errors {
    pub permanent: Signs,
    pub transient: Signs,
    pub channel_down: Signs,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Signs {
    pub codes: Vec<Code>,
    pub statuses: Vec<Status>,
    /// Parts of the body by which a provider without codes says it; capitals do not matter.
    pub texts: Vec<String>,
}

/// How the provider reports what became of a message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportRule {
    pub encoding: Encoding,
    /// A field's name, or a JSON pointer.
    pub status: String,
    pub code: Option<String>,
    #[serde(default)]
    pub verifier: Verifier,
    pub statuses: BTreeMap<String, Meaning>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verifier {
    /// Only the code in the address handed out.
    #[default]
    UrlHmac,
    /// That, and `X-Twilio-Signature`.
    Twilio,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Meaning {
    Underway,
    Delivered,
    Failed,
}

/// A field of the request: a template, a fixed value, or more of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(super) enum Field {
    Template(Template),
    Fixed(serde_json::Value),
    List(Vec<Field>),
    Group(BTreeMap<String, Field>),
}

impl TryFrom<Value> for Field {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => Self::Template(Template::try_from(text)?),
            Value::Integer(number) => Self::Fixed(number.into()),
            Value::Boolean(flag) => Self::Fixed(flag.into()),
            Value::Array(list) => Self::List(list.into_iter().map(Self::try_from).collect::<Result<_, _>>()?),
            Value::Table(table) => Self::Group(
                table
                    .into_iter()
                    .map(|(name, value)| Ok((name, Self::try_from(value)?)))
                    .collect::<Result<_, String>>()?,
            ),
            Value::Float(_) | Value::Datetime(_) => {
                return Err("a field is a text, a whole number, a boolean, a list or a table".into());
            }
        })
    }
}

/// A code of the provider, written as a text or a number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Code(pub String);

impl TryFrom<Value> for Code {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let text = match value {
            Value::String(text) => text,
            Value::Integer(number) => number.to_string(),
            _ => return Err("a code is a text or a whole number".into()),
        };
        // A code becomes part of a cause, which is shown and counted.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
        if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text))
        } else {
            Err("a code has 1 to 64 of A-Z, a-z, 0-9, `_`, `-`, `.`".into())
        }
    }
}

/// An HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub(super) struct Status(pub u16);

impl TryFrom<u16> for Status {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        if (200..600).contains(&status) {
            Ok(Self(status))
        } else {
            Err("an HTTP status lies between 200 and 599".into())
        }
    }
}

/// A JSON pointer (RFC 6901).
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pointer(pub String);

impl TryFrom<String> for Pointer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with('/') { Ok(Self(text)) } else { Err("a JSON pointer begins with `/`".into()) }
    }
}

/// The name of an HTTP header.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Name(pub HeaderName);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "not the name of an HTTP header".into())
    }
}

/// Where the provider is.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct BaseUrl(pub Url);

impl TryFrom<String> for BaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url = Url::parse(&text).map_err(|fault| format!("not a URL: {fault}"))?;
        let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if bare && matches!(url.scheme(), "http" | "https") {
            Ok(Self(url))
        } else {
            Err("a base address is http or https, without user, query and fragment".into())
        }
    }
}

impl GatewayConfig {
    /// Reads a gateway file. Its name without the ending becomes the gateway's name.
    ///
    /// # Errors
    /// [`InvalidGateway`] names the file, the line where there is one, and the reason.
    pub fn load(path: &Path) -> Result<Self, InvalidGateway> {
        let refuse = |line, reason| InvalidGateway { file: path.display().to_string(), line, reason };
        let text = fs::read_to_string(path).map_err(|fault| refuse(None, fault.to_string()))?;
        let mut config: Self = toml::from_str(&text).map_err(|fault| {
            let before = fault.span().and_then(|span| text.get(..span.start));
            refuse(before.map(|before| before.matches('\n').count() + 1), fault.message().to_owned())
        })?;
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        config.name = stem.map(str::to_owned).unwrap_or_default();
        match config.contradiction() {
            Some(reason) => Err(refuse(None, reason.to_owned())),
            None => Ok(config),
        }
    }

    /// The gateway's name, as report addresses hold it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What no single line shows.
    fn contradiction(&self) -> Option<&'static str> {
        let (request, response) = (&self.request, &self.response);
        let named = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let nested = |field: &Field| matches!(field, Field::List(_) | Field::Group(_));
        let pointer = |text: &String| text.starts_with('/');
        let rules = [
            (
                (1..=32).contains(&self.name.len()) && self.name.bytes().all(named),
                "a file name has 1 to 32 of a-z, 0-9 and `-` before its ending",
            ),
            (
                request.method == Method::Post || request.encoding == Encoding::Query,
                "request: method GET goes with encoding query only",
            ),
            (
                request.encoding == Encoding::Json || !request.fields.values().any(nested),
                "request.fields: lists and tables go with encoding json only",
            ),
            (
                request.auth.variables().all(|name| matches!(name, Variable::Account | Variable::Secret)),
                "request.auth: only {{account}} and {{secret}} are known here",
            ),
            (!response.success_statuses.is_empty(), "response.success_statuses: at least one is needed"),
            (
                response.success_pointer.is_some() == response.success_equals.is_some(),
                "response: success_pointer and success_equals go together",
            ),
            (
                response.success_pointer.is_none() || response.success_prefixes.is_empty(),
                "response: give success_pointer or success_prefixes, not both",
            ),
            (
                self.reports.as_ref().is_none_or(|rule| {
                    rule.encoding != Encoding::Json
                        || pointer(&rule.status) && rule.code.as_ref().is_none_or(pointer)
                }),
                "reports: with encoding json, status and code are JSON pointers, which begin with `/`",
            ),
            (
                self.reports
                    .as_ref()
                    .is_none_or(|rule| rule.verifier != Verifier::Twilio || rule.encoding == Encoding::Form),
                "reports: verifier twilio goes with encoding form only",
            ),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map(|(_, reason)| reason)
    }
}

impl Auth {
    fn variables(&self) -> impl Iterator<Item = Variable> {
        let templates = match self {
            Self::None => vec![],
            Self::Basic { username, password } => vec![username, password],
            Self::Bearer { token } => vec![token],
            Self::Header { value, .. } => vec![value],
        };
        templates.into_iter().flat_map(Template::variables)
    }
}

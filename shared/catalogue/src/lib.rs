//! The event kinds of the bank, read from files (R7).
//!
//! A kind is one TOML file: its names, the JSON Schema of its data, its time to live and the templates of its
//! alerts. All that can be wrong with a file is found when it is loaded: the schema is compiled and every template
//! is rendered, so that a faulty file stops the start and never an alert.
//!
//! Beside them stand the notices of Bevaka itself, one file each as well. Nobody can watch or inject one, and no
//! agreement covers one: [`Catalogue::get`] and [`Catalogue::kinds`] do not know them.

#![warn(missing_docs, clippy::missing_errors_doc)]

mod alert;
mod digest;
mod file;
mod filters;
mod frame;

pub use alert::{AlertFacts, AlertText, MailText};
use bevaka_domain::{
    event::{Facts, Kind},
    language::Language,
    notice::{Content, Topic},
};
pub use digest::DigestFacts;
pub use file::Addressed;
pub use filters::Filters;
pub use frame::Proof;
use jsonschema::error::ValidationErrorKind;
use std::{collections::BTreeMap, fmt, path::Path, sync::Arc, time::Duration};

/// All event kinds and notices, by name. Clones share them.
#[derive(Clone)]
pub struct Catalogue {
    kinds: Arc<BTreeMap<Kind, EventKind>>,
    notices: Arc<BTreeMap<Kind, NoticeKind>>,
    digest: Arc<digest::Templates>,
}

/// One event kind, ready for use.
pub struct EventKind {
    /// Its name in code and on the bus.
    pub kind: Kind,
    /// How long after the event telling of it helps.
    pub time_to_live: Duration,
    /// Whether an event may or must be addressed to one user.
    pub addressed: Addressed,
    critical: bool,
    filters: Filters,
    names: BTreeMap<Language, String>,
    descriptions: BTreeMap<Language, String>,
    schema: jsonschema::Validator,
    schema_json: serde_json::Value,
    templates: alert::Templates,
}

/// One notice, ready for use.
pub struct NoticeKind {
    /// Its name in code and on the bus.
    pub kind: Kind,
    /// How long after the fact telling of it helps.
    pub time_to_live: Duration,
    by_phone: bool,
    names: BTreeMap<Language, String>,
    templates: alert::Templates,
}

/// What is wrong with the catalogue, with every faulty file and its reason.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The directory cannot be read.
    #[error(
        "the catalogue cannot be read from {directory}: {reason}; set catalogue.directory or --config-dir"
    )]
    Directory {
        /// Which directory.
        directory: String,
        /// Why.
        reason: String,
    },
    /// The directory holds no kind.
    #[error("no event kind in {directory}: a kind is a file NAME.toml")]
    Empty {
        /// Which directory.
        directory: String,
    },
    /// A text that is compiled in is faulty.
    #[error("the frame of alerts: {0}")]
    Frame(String),
    /// Files are faulty; all of them are listed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Files(Vec<FileFault>),
}

/// What is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// The file's name.
    pub file: String,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.reason),
            None => write!(f, "{}: {}", self.file, self.reason),
        }
    }
}

/// Why data do not fit a kind's schema. Names the place, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct DataFault {
    /// The place as a JSON pointer from `/data` on.
    pub place: String,
    /// Which limit is broken.
    pub problem: String,
}

impl Catalogue {
    /// Reads the event kinds, every `*.toml` of a directory; notices are none yet.
    ///
    /// # Errors
    /// [`CatalogueError`] lists every faulty file with line and reason; then nothing is loaded.
    pub fn load(directory: &Path) -> Result<Self, CatalogueError> {
        let kinds = load(directory, |text| file::event_kind(text).map(|kind| (kind.kind.clone(), kind)))?;
        if kinds.is_empty() {
            return Err(CatalogueError::Empty { directory: directory.display().to_string() });
        }
        let digest = Arc::new(digest::Templates::new().map_err(CatalogueError::Frame)?);
        Ok(Self { kinds: Arc::new(kinds), notices: Arc::default(), digest })
    }

    /// Adds the notices, every `*.toml` of another directory.
    ///
    /// # Errors
    /// [`CatalogueError`] lists every faulty file with line and reason, and every notice that has no file.
    pub fn with_notices(self, directory: &Path) -> Result<Self, CatalogueError> {
        let notices = load(directory, |text| file::notice_kind(text).map(|kind| (kind.kind.clone(), kind)))?;
        let mut faults = Vec::new();
        for topic in Topic::ALL.map(Topic::as_str) {
            let mut fault = |reason: &str| {
                faults.push(FileFault {
                    file: format!("{topic}.toml"),
                    line: None,
                    reason: reason.to_owned(),
                });
            };
            if !notices.keys().any(|kind| kind.as_str() == topic) {
                fault("is missing: Bevaka sends this notice");
            }
            if self.get(topic).is_some() {
                fault("is the name of a notice; call the event kind otherwise");
            }
        }
        if faults.is_empty() {
            Ok(Self { notices: Arc::new(notices), ..self })
        } else {
            Err(CatalogueError::Files(faults))
        }
    }

    /// The event kind with a name, if the catalogue has it.
    pub fn get(&self, kind: &str) -> Option<&EventKind> {
        self.kinds.get(&Kind::parse(kind).ok()?)
    }

    /// The notice with a name, if the catalogue has it.
    pub fn notice(&self, kind: &Kind) -> Option<&NoticeKind> {
        self.notices.get(kind)
    }

    /// What people call a kind or a notice; a name that the catalogue does not know stays as it is.
    pub fn name<'a>(&'a self, kind: &'a Kind, language: Language) -> &'a str {
        let names = self.kinds.get(kind).map(|kind| &kind.names);
        let names = names.or_else(|| self.notices.get(kind).map(|notice| &notice.names));
        names.and_then(|names| names.get(&language)).map_or(kind.as_str(), String::as_str)
    }

    /// The mail of a notice, if the catalogue has it; `code` confirms the contact point it goes to (R28).
    pub fn notice_mail(
        &self,
        kind: &Kind,
        language: Language,
        facts: &AlertFacts<'_>,
        content: &Content,
        code: Option<&str>,
    ) -> Option<MailText> {
        let notice = self.notices.get(kind)?;
        let kinds: Vec<_> = content.kinds.iter().map(|kind| self.name(kind, language)).collect();
        let more = alert::NoticeFacts { kinds: &kinds, receipt: &content.receipt, code };
        Some(notice.templates.mail(language, self.name(kind, language), facts, Some(&more)))
    }

    /// The text message of a notice before normalisation, if the catalogue has one.
    pub fn notice_sms(
        &self,
        kind: &Kind,
        language: Language,
        facts: &AlertFacts<'_>,
        content: &Content,
        code: Option<&str>,
    ) -> Option<String> {
        let notice = self.notices.get(kind).filter(|notice| notice.by_phone)?;
        let kinds: Vec<_> = content.kinds.iter().map(|kind| self.name(kind, language)).collect();
        let more = alert::NoticeFacts { kinds: &kinds, receipt: &content.receipt, code };
        Some(notice.templates.sms(language, self.name(kind, language), facts, Some(&more)))
    }

    /// The text of an SMS that tells of several events, before normalisation.
    pub fn digest_sms(&self, language: Language, facts: &DigestFacts<'_>) -> String {
        self.digest.sms(language, facts)
    }

    /// The subject and both bodies of an e-mail that tells of several events.
    pub fn digest_mail(&self, language: Language, facts: &DigestFacts<'_>) -> MailText {
        self.digest.mail(language, facts)
    }

    /// All event kinds in the order of their names.
    pub fn kinds(&self) -> impl Iterator<Item = &EventKind> {
        self.kinds.values()
    }

    /// The names in code of all event kinds, for messages: `einvoice.received, message.received`.
    pub fn listed(&self) -> String {
        self.kinds.keys().map(Kind::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl EventKind {
    /// The name that people see.
    pub fn name(&self, language: Language) -> &str {
        self.names.get(&language).map_or(self.kind.as_str(), String::as_str)
    }

    /// A sentence that says when such an event happens.
    pub fn description(&self, language: Language) -> &str {
        self.descriptions.get(&language).map_or("", String::as_str)
    }

    /// The JSON Schema of the data, as the file has it.
    pub fn schema(&self) -> &serde_json::Value {
        &self.schema_json
    }

    /// Checks the data of an event.
    ///
    /// # Errors
    /// [`DataFault`] names the first place that does not fit, and why.
    pub fn check(&self, data: &serde_json::Value) -> Result<(), DataFault> {
        self.schema.validate(data).map_err(|fault| DataFault {
            place: format!("/data{}", fault.instance_path()),
            problem: match fault.kind() {
                // The names of unknown fields are the publisher's words, and so may hold anything.
                ValidationErrorKind::AdditionalProperties { unexpected }
                | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                    format!("holds {} fields that the schema does not know", unexpected.len())
                }
                _ => fault.masked().to_string(),
            },
        })
    }

    /// Whether telling of it late could do harm: no settings of a user's hold it back then.
    pub const fn is_critical(&self) -> bool {
        self.critical
    }

    /// Which of its data a user's filters can look at.
    pub const fn filters(&self) -> &Filters {
        &self.filters
    }

    /// What filters look at in the data of an event; what they do not tell, or tell in a form that nobody can read, is
    /// absent.
    pub fn facts(&self, data: &serde_json::Value) -> Facts {
        self.filters.facts(data)
    }

    /// The text of an SMS, before normalisation.
    pub fn sms(&self, language: Language, facts: &AlertFacts<'_>) -> String {
        self.templates.sms(language, self.name(language), facts, None)
    }

    /// The subject and both bodies of an e-mail.
    pub fn mail(&self, language: Language, facts: &AlertFacts<'_>) -> MailText {
        self.templates.mail(language, self.name(language), facts, None)
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("kinds", &self.kinds)
            .field("notices", &self.notices)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventKind").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoticeKind").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Reads every `*.toml` of a directory; each is named after what it holds.
fn load<T>(
    directory: &Path,
    parse: impl Fn(&str) -> Result<(Kind, T), file::Fault>,
) -> Result<BTreeMap<Kind, T>, CatalogueError> {
    let unreadable = |fault: std::io::Error| CatalogueError::Directory {
        directory: directory.display().to_string(),
        reason: fault.to_string(),
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let (mut kinds, mut faults) = (BTreeMap::new(), Vec::new());
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fault = |line, reason| FileFault { file: name.clone(), line, reason };
        let loaded = std::fs::read_to_string(&path)
            .map_err(|error| fault(None, error.to_string()))
            .and_then(|text| parse(&text).map_err(|(line, reason)| fault(line, reason)));
        match loaded {
            Ok((kind, _)) if name != format!("{kind}.toml") => {
                faults.push(fault(None, format!("the file of kind {kind} must be named {kind}.toml")));
            }
            Ok((kind, loaded)) => drop(kinds.insert(kind, loaded)),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(kinds) } else { Err(CatalogueError::Files(faults)) }
}

#[cfg(test)]
mod tests;

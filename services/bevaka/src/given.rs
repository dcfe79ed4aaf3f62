//! Events as somebody gives them on the command line: by their parts, or from a file.

use anyhow::{Context, bail};
use bevaka_chassis::{clock::SystemClock, entropy::Entropy};
use bevaka_domain::clock::Clock;
use serde_json::{Value, json};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// One kind of event for one company or several, or events from a file.
#[derive(Debug, clap::Args)]
pub(crate) struct GivenArgs {
    /// The kind, such as payment.rejected.
    #[arg(conflicts_with = "file")]
    pub kind: Option<String>,
    /// A company's organisation number; may be given several times.
    #[arg(long = "org", value_name = "NUMBER", conflicts_with = "file")]
    pub orgs: Vec<String>,
    /// A file with organisation numbers, one on each line; - reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub orgs_file: Option<PathBuf>,
    /// The data of the kind, as JSON.
    #[arg(long, value_name = "JSON", default_value = "{}", conflicts_with = "file")]
    pub data: String,
    /// The one user it is addressed to, by the bank's key.
    #[arg(long, conflicts_with = "file")]
    pub recipient: Option<String>,
    /// The event's id; left out: a new one, each time. With several companies their numbers are put behind it.
    #[arg(long, conflicts_with = "file")]
    pub id: Option<String>,
    /// When it happened, RFC 3339; left out: now.
    #[arg(long, conflicts_with = "file")]
    pub time: Option<String>,
    /// The publisher's name; left out: /bevaka/inject.
    #[arg(long, conflicts_with = "file")]
    pub source: Option<String>,
    /// CloudEvents as JSON: one object, an array, or one object on each line; - reads standard input.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl GivenArgs {
    /// Whether anything is given.
    pub(crate) const fn is_given(&self) -> bool {
        self.kind.is_some() || self.file.is_some()
    }

    /// The events.
    ///
    /// # Errors
    /// Says what is missing or cannot be read.
    pub(crate) fn events(&self) -> anyhow::Result<Vec<Value>> {
        match (&self.file, &self.kind) {
            (Some(file), _) => events_of(&text_of(file)?),
            (None, Some(kind)) => self.of_parts(kind),
            (None, None) => bail!("give a kind with --org, or --file"),
        }
    }

    fn of_parts(&self, kind: &str) -> anyhow::Result<Vec<Value>> {
        let data: Value = serde_json::from_str(&self.data).context("--data must be JSON")?;
        let mut orgs = self.orgs.clone();
        if let Some(file) = &self.orgs_file {
            let text = text_of(file)?;
            orgs.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        }
        if orgs.is_empty() {
            bail!("give the company by --org, or companies by --orgs-file");
        }
        let (now, entropy) = (SystemClock.now(), Entropy::from_system());
        let event = |org: &String| {
            let id = match &self.id {
                Some(id) if orgs.len() == 1 => id.clone(),
                Some(id) => format!("{id}-{org}"),
                None => entropy.id(now).to_string(),
            };
            let mut event = json!({
                "specversion": "1.0", "id": id, "type": kind, "subject": org,
                "source": self.source.as_deref().unwrap_or("/bevaka/inject"),
                "time": self.time.clone().unwrap_or_else(|| now.to_string()),
                "datacontenttype": "application/json", "data": data,
            });
            if let Some(recipient) = &self.recipient {
                event["recipient"] = json!(recipient);
            }
            event
        };
        Ok(orgs.iter().map(event).collect())
    }
}

/// The text of a file, or of standard input.
pub(crate) fn text_of(file: &Path) -> anyhow::Result<String> {
    if file != Path::new("-") {
        return fs::read_to_string(file).with_context(|| format!("reading {}", file.display()));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("reading standard input")?;
    Ok(text)
}

/// One object, an array, or one object on each line.
fn events_of(text: &str) -> anyhow::Result<Vec<Value>> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).context("the file is no JSON array");
    }
    let events: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
    match events.context("the file is neither CloudEvents nor lines of them")? {
        events if events.is_empty() => bail!("the file holds no event"),
        events => Ok(events),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> GivenArgs {
        GivenArgs {
            kind: Some("payment.rejected".into()),
            orgs: vec!["556016-0680".into(), "5592804784".into()],
            orgs_file: None,
            data: r#"{"payment_id": "1"}"#.into(),
            recipient: None,
            id: Some("p1".into()),
            time: None,
            source: None,
            file: None,
        }
    }

    #[test]
    fn each_company_gets_an_event_with_an_id_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let orgs_file = directory.path().join("orgs");
        fs::write(&orgs_file, "\n 202100-5489 \n").unwrap();
        let events = GivenArgs { orgs_file: Some(orgs_file), ..given() }.events().unwrap();
        let ids: Vec<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["p1-556016-0680", "p1-5592804784", "p1-202100-5489"]);
        let one = GivenArgs { orgs: vec!["5592804784".into()], ..given() }.events().unwrap();
        assert_eq!((&one[0]["id"], &one[0]["data"]["payment_id"]), (&json!("p1"), &json!("1")));
    }

    #[test]
    fn what_is_missing_or_no_json_is_said() {
        for (wrong, word) in [
            (GivenArgs { orgs: vec![], ..given() }, "--org"),
            (GivenArgs { data: "{".into(), ..given() }, "--data"),
            (GivenArgs { kind: None, ..given() }, "--file"),
        ] {
            assert!(wrong.events().unwrap_err().to_string().contains(word));
        }
    }

    #[test]
    fn a_file_holds_one_event_an_array_or_lines() {
        for (text, count) in [("{}", 1), ("[{}, {}]", 2), ("{}\n{}\n{}\n", 3)] {
            assert_eq!(events_of(text).unwrap().len(), count);
        }
        assert!(events_of("").is_err() && events_of("{").is_err() && events_of("[1").is_err());
    }
}

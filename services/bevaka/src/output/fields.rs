//! Reads what a table shows from an answer. The command line is a client like any other: it reads what it knows, and
//! `--json` prints the answer as it came, also what a later version of the service adds.

use super::when;
use bevaka_domain::clock::Timestamp;
use serde_json::Value;

/// Reads cells from JSON. What is not there is an empty cell.
pub(crate) trait Fields {
    /// A text, number or boolean as it is.
    fn text(&self, name: &str) -> String;
    /// A moment, by Stockholm's clock.
    fn moment(&self, name: &str) -> String;
    /// A list.
    fn list(&self, name: &str) -> &[Value];
    /// Names with their counts, as `accepted 3, failed 1`.
    fn counts(&self, name: &str) -> String;
    /// A number.
    fn number(&self, name: &str) -> u64;
}

impl Fields for Value {
    fn text(&self, name: &str) -> String {
        match &self[name] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    fn moment(&self, name: &str) -> String {
        let text = self.text(name);
        Timestamp::parse(&text).map_or(text, when)
    }

    fn list(&self, name: &str) -> &[Value] {
        self[name].as_array().map_or(&[], Vec::as_slice)
    }

    fn counts(&self, name: &str) -> String {
        let counts = self[name].as_object().into_iter().flatten();
        counts.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    }

    fn number(&self, name: &str) -> u64 {
        self[name].as_u64().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_there_is_an_empty_cell() {
        let answer = json!({"a": "x", "n": 7, "at": "2026-11-21T13:02:03.5Z", "by": {"sms": 1, "email": 2}, "none": null});
        assert_eq!(
            (answer.text("a"), answer.text("n"), answer.text("none")),
            ("x".into(), "7".into(), String::new())
        );
        assert_eq!((answer.moment("at"), answer.moment("x")), ("2026-11-21 14:02:03".into(), String::new()));
        assert_eq!((answer.counts("by"), answer.list("x").len()), ("email 2, sms 1".into(), 0));
    }
}

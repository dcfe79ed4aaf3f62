//! Authorisation codes: each counts once, and only for a minute (RFC 6749, 4.1.2).

use bevaka_domain::clock::Timestamp;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

const LIFETIME: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub operator: String,
    pub redirect_uri: String,
    /// What the token must name, if the client asked for it.
    pub nonce: Option<String>,
    /// The hash of what only the client knows (RFC 7636).
    pub challenge: String,
}

/// The codes that nobody has used yet.
#[derive(Default)]
pub(super) struct Codes(Mutex<HashMap<String, (Grant, Timestamp)>>);

impl Codes {
    /// Lets a code stand for this.
    pub(super) fn put(&self, code: String, grant: Grant, now: Timestamp) {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, (_, ends_at)| now < *ends_at);
        codes.insert(code, (grant, now.plus(LIFETIME)));
    }

    /// What a code stands for; it does not count again.
    pub(super) fn take(&self, code: &str, now: Timestamp) -> Option<Grant> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(code);
        taken.filter(|(_, ends_at)| now < *ends_at).map(|(grant, _)| grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_counts_once_and_for_a_minute() {
        let (codes, now) = (Codes::default(), Timestamp::from_micros(1_800_000_000_000_000));
        let grant = Grant {
            operator: "karin.ek".into(),
            redirect_uri: "http://localhost/back".into(),
            nonce: None,
            challenge: String::new(),
        };
        codes.put("a".into(), grant.clone(), now);
        assert_eq!(codes.take("a", now), Some(grant.clone()));
        assert_eq!(codes.take("a", now), None);
        codes.put("b".into(), grant, now);
        assert_eq!(codes.take("b", now.plus(LIFETIME)), None);
    }
}

//! Reasons in words. Anybody may publish to the queue of dead letters, so a reason may be one that we never gave.

/// The reasons that intake and the bus give.
const KNOWN: [&str; 19] = [
    "attribute",
    "bevakaorigin",
    "body_too_large",
    "data",
    "datacontenttype",
    "delivery_limit",
    "expired",
    "id",
    "maxlen",
    "not_an_envelope",
    "recipient",
    "rejected",
    "source",
    "specversion",
    "subject",
    "time",
    "time_ahead",
    "unknown",
    "unknown_kind",
];

/// The reason as the texts know it.
pub(super) fn known(reason: &str) -> &'static str {
    KNOWN.into_iter().find(|known| *known == reason).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::pages;
    use bevaka_domain::language::Language;

    #[test]
    fn each_reason_has_words_in_both_languages() {
        let pages = pages().unwrap();
        for reason in KNOWN.into_iter().chain(["other"]) {
            for language in [Language::Swedish, Language::English] {
                let key = format!("dead-letters-reason-{}", reason.replace('_', "-"));
                assert!(pages.text(language, &key).is_ok(), "{key}");
            }
        }
        assert_eq!(known("<script>"), "other");
    }
}

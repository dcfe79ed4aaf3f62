//! Texts in both languages: flat TOML catalogues that must hold the same keys with the same placeholders.

use bevaka_domain::language::Language;
use std::collections::{BTreeMap, BTreeSet};

/// The texts of one crate, or of several merged.
#[derive(Clone, Debug, Default)]
pub struct Translations {
    texts: BTreeMap<String, [String; 2]>,
}

/// Why catalogues cannot be used. Names the key, so that the text is quickly found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranslationsError {
    /// Not flat TOML.
    #[error("catalogue {language}: {fault}")]
    Unreadable {
        /// Which of the two.
        language: Language,
        /// What the parser says.
        fault: String,
    },
    /// A key is in one catalogue only.
    #[error("text {key:?} is missing in catalogue {language}")]
    Missing {
        /// The key.
        key: String,
        /// The catalogue that lacks it.
        language: Language,
    },
    /// The two texts of a key name different placeholders.
    #[error("text {key:?} has other placeholders in sv than in en")]
    Placeholders {
        /// The key.
        key: String,
    },
    /// Two merged catalogues hold the same key.
    #[error("text {key:?} is in two merged catalogues")]
    Twice {
        /// The key.
        key: String,
    },
}

/// Why a text cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No catalogue holds the key.
    #[error("unknown text {0:?}")]
    UnknownKey(String),
    /// The values given are not the placeholders of the text.
    #[error("text {key:?} takes {expected:?}, given were {given:?}")]
    Values {
        /// The key.
        key: String,
        /// The placeholders.
        expected: Vec<String>,
        /// The names of the values.
        given: Vec<String>,
    },
}

impl Translations {
    /// Reads a Swedish and an English catalogue.
    ///
    /// # Errors
    /// [`TranslationsError`] if one is not flat TOML, or keys or placeholders differ.
    pub fn parse(sv: &str, en: &str) -> Result<Self, TranslationsError> {
        let swedish = catalogue(Language::Swedish, sv)?;
        let mut english = catalogue(Language::English, en)?;
        let mut texts = BTreeMap::new();
        for (key, sv) in swedish {
            let Some(en) = english.remove(&key) else {
                return Err(TranslationsError::Missing { key, language: Language::English });
            };
            if placeholders(&sv) != placeholders(&en) {
                return Err(TranslationsError::Placeholders { key });
            }
            texts.insert(key, [sv, en]);
        }
        match english.into_keys().next() {
            Some(key) => Err(TranslationsError::Missing { key, language: Language::Swedish }),
            None => Ok(Self { texts }),
        }
    }

    /// Both catalogues in one.
    ///
    /// # Errors
    /// [`TranslationsError::Twice`] if a key is in both.
    pub fn merge(mut self, other: Self) -> Result<Self, TranslationsError> {
        for (key, texts) in other.texts {
            if self.texts.contains_key(&key) {
                return Err(TranslationsError::Twice { key });
            }
            self.texts.insert(key, texts);
        }
        Ok(self)
    }

    /// A text without placeholders.
    ///
    /// # Errors
    /// [`TextError`] if no catalogue holds the key, or the text has placeholders.
    pub fn text(&self, language: Language, key: &str) -> Result<&str, TextError> {
        let text = self.find(language, key)?;
        check_values(key, text, &BTreeSet::new())?;
        Ok(text)
    }

    /// A text with its placeholders filled. Nothing is escaped here.
    ///
    /// # Errors
    /// [`TextError`] if no catalogue holds the key, or the values are not exactly the placeholders.
    pub fn format(
        &self,
        language: Language,
        key: &str,
        values: &[(&str, String)],
    ) -> Result<String, TextError> {
        let text = self.find(language, key)?;
        check_values(key, text, &values.iter().map(|(name, _)| *name).collect())?;
        Ok(fill(text, values))
    }

    /// Whether the key exists and takes exactly these values.
    ///
    /// # Errors
    /// As [`Translations::format`].
    pub fn check(&self, key: &str, names: &BTreeSet<&str>) -> Result<(), TextError> {
        check_values(key, self.find(Language::Swedish, key)?, names)
    }

    /// Whether there are words for the variants of an enum: texts whose keys begin with this one.
    pub(crate) fn has_words(&self, key: &str) -> bool {
        let prefix = format!("{key}-");
        self.texts.range(prefix.clone()..).next().is_some_and(|(found, _)| found.starts_with(&prefix))
    }

    fn find(&self, language: Language, key: &str) -> Result<&str, TextError> {
        let [sv, en] = self.texts.get(key).ok_or_else(|| TextError::UnknownKey(key.to_owned()))?;
        Ok(match language {
            Language::Swedish => sv,
            Language::English => en,
        })
    }
}

fn catalogue(language: Language, text: &str) -> Result<BTreeMap<String, String>, TranslationsError> {
    toml::from_str(text).map_err(|fault| TranslationsError::Unreadable { language, fault: fault.to_string() })
}

fn check_values(key: &str, text: &str, given: &BTreeSet<&str>) -> Result<(), TextError> {
    let expected = placeholders(text);
    if expected == *given {
        return Ok(());
    }
    let owned = |names: &BTreeSet<&str>| names.iter().map(|name| (*name).to_owned()).collect();
    Err(TextError::Values { key: key.to_owned(), expected: owned(&expected), given: owned(given) })
}

/// The next `{name}` in a text, as what stands before it, the name, and the rest.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn placeholders(mut text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    while let Some((_, name, rest)) = next_placeholder(text) {
        names.insert(name);
        text = rest;
    }
    names
}

/// One pass from left to right, so that braces in a value are never taken for a placeholder.
fn fill(mut text: &str, values: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    while let Some((before, name, rest)) = next_placeholder(text) {
        out.push_str(before);
        out.extend(values.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str()));
        text = rest;
    }
    out.push_str(text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogues_with_differing_keys_are_refused() {
        let fault = Translations::parse("a = 'x'\nb = 'y'", "a = 'x'").unwrap_err();
        assert_eq!(fault, TranslationsError::Missing { key: "b".into(), language: Language::English });
        let fault = Translations::parse("a = 'x'", "a = 'x'\nc = 'y'").unwrap_err();
        assert_eq!(fault, TranslationsError::Missing { key: "c".into(), language: Language::Swedish });
    }

    #[test]
    fn catalogues_with_differing_placeholders_are_refused() {
        let fault = Translations::parse("a = 'hej {name}'", "a = 'hello {who}'").unwrap_err();
        assert_eq!(fault, TranslationsError::Placeholders { key: "a".into() });
    }

    #[test]
    fn nested_tables_are_refused() {
        let fault = Translations::parse("[a]\nb = 'x'", "a = 'x'").unwrap_err();
        assert!(matches!(fault, TranslationsError::Unreadable { language: Language::Swedish, .. }));
    }

    #[test]
    fn a_key_lives_in_one_catalogue() {
        let one = Translations::parse("a = 'x'", "a = 'x'").unwrap();
        assert_eq!(one.clone().merge(one).unwrap_err(), TranslationsError::Twice { key: "a".into() });
    }

    #[test]
    fn values_fill_placeholders_once_and_must_match() {
        let texts = Translations::parse("a = '{x} av {y}'", "a = '{x} of {y}'").unwrap();
        let given = [("x", "{y}".to_owned()), ("y", "2".to_owned())];
        assert_eq!(texts.format(Language::English, "a", &given).unwrap(), "{y} of 2");
        assert!(matches!(texts.text(Language::Swedish, "a"), Err(TextError::Values { .. })));
        assert!(matches!(texts.text(Language::Swedish, "b"), Err(TextError::UnknownKey(_))));
    }
}

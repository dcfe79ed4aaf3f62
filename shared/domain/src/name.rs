//! Names of persons and companies. They stand in texts that are signed, so that none may look like another line or hide
//! a part of itself.

use serde::{Deserialize, Serialize};
use std::{fmt, ops::Deref};
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// The longest name, in characters.
pub const MAX_LENGTH: usize = 200;

/// A name: 1 to 200 printable characters on one line, in Unicode's form NFC, its words one space apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name must have 1 to {MAX_LENGTH} characters, all of them printable and on one line")]
pub struct InvalidName;

impl Name {
    /// Reads a name. Spaces around it and further ones between its words are left out.
    ///
    /// # Errors
    /// [`InvalidName`] if it is empty or too long, or holds what nobody sees or what breaks or turns a line.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let composed: String = text.nfc().collect();
        if composed.chars().any(is_hidden) {
            return Err(InvalidName);
        }
        let name = composed.split_whitespace().collect::<Vec<_>>().join(" ");
        if !(1..=MAX_LENGTH).contains(&name.chars().count()) {
            return Err(InvalidName);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character is not printed, or changes how others are.
fn is_hidden(character: char) -> bool {
    match get_general_category(character) {
        GeneralCategory::Control
        | GeneralCategory::Format
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::PrivateUse
        | GeneralCategory::Surrogate
        | GeneralCategory::Unassigned => true,
        _ => is_blank(character),
    }
}

/// Marks and letters that are blank by definition (`Default_Ignorable_Code_Point`, UAX #44), and the empty Braille cell.
const fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_as_people_have_them_are_names() {
        for name in [
            "Anna Lind",
            "Åsa Öst-Ek",
            "D’Arcy O'Neil",
            "Łucja Żółć",
            "محمد علي",
            "王 小明",
            "Firma 24/7 & Co. (i konkurs)",
        ] {
            assert_eq!(Name::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn spaces_are_single_and_letters_composed() {
        assert_eq!(Name::parse("  A\u{30a}sa \u{a0}\u{2003} O\u{308}st ").unwrap().as_str(), "Åsa Öst");
    }

    #[test]
    fn what_is_empty_or_too_long_is_no_name() {
        for text in ["", "  ", "\u{3000}", &"å".repeat(201)] {
            assert_eq!(Name::parse(text), Err(InvalidName), "{text:?}");
        }
        assert!(Name::parse(&"å".repeat(200)).is_ok());
    }

    /// Control characters, line and paragraph separators, turns of direction, what has no width or no look.
    fn hidden() -> impl Strategy<Value = char> {
        prop_oneof![
            proptest::char::range('\0', '\u{1f}'),
            proptest::char::range('\u{7f}', '\u{9f}'),
            proptest::char::range('\u{200b}', '\u{200f}'),
            proptest::char::range('\u{2028}', '\u{202e}'),
            proptest::char::range('\u{2060}', '\u{206f}'),
            proptest::char::range('\u{fe00}', '\u{fe0f}'),
            proptest::char::range('\u{e0020}', '\u{e007f}'),
            proptest::char::range('\u{e000}', '\u{f8ff}'),
            proptest::sample::select(vec![
                '\u{ad}', '\u{34f}', '\u{61c}', '\u{180e}', '\u{2800}', '\u{3164}', '\u{feff}'
            ]),
        ]
    }

    /// Any text; and letters, marks and spaces in any order.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,220}", any::<String>(), "[A-Za ]{1,9}[\u{300}-\u{36f} \u{a0}]{1,5}[a-z]{0,9}"]
    }

    proptest! {
        #[test]
        fn r10_a_name_with_anything_hidden_in_it_is_refused(
            before in "\\PC{0,9}",
            hidden in hidden(),
            after in "\\PC{0,9}",
        ) {
            prop_assert_eq!(Name::parse(&format!("{before}{hidden}{after}")), Err(InvalidName));
        }

        #[test]
        fn r10_a_name_is_one_line_in_one_form(text in texts()) {
            let Ok(name) = Name::parse(&text) else { return Ok(()) };
            prop_assert_eq!(name.lines().count(), 1);
            prop_assert!(!name.contains("  ") && name.trim() == name.as_str());
            prop_assert!(name.chars().all(|c| c == ' ' || !c.is_whitespace()));
            prop_assert!(unicode_normalization::is_nfc(&name));
            prop_assert!((1..=MAX_LENGTH).contains(&name.chars().count()));
            prop_assert_eq!(Name::parse(&name), Ok(name.clone()));
        }
    }
}

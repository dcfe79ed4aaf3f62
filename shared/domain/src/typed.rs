//! What people type or paste, as they see it. Phones and office programs put marks into it that nobody sees, and hyphens,
//! blanks and digits that only look like those on a keyboard.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// The text without marks that are not seen, with the keyboard's hyphens, blanks and digits, and no blanks around it.
pub fn plain(text: &str) -> String {
    let seen = text.nfkc().filter_map(|character| match get_general_category(character) {
        GeneralCategory::Format => None,
        GeneralCategory::DashPunctuation => Some('-'),
        GeneralCategory::SpaceSeparator => Some(' '),
        _ if character == '\u{2212}' => Some('-'),
        _ => Some(character),
    });
    seen.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn text_is_read_as_it_is_seen() {
        for (pasted, seen) in [
            ("\u{202a}070\u{2011}174\u{202f}06\u{a0}05\u{202c}", "070-174 06 05"),
            ("\u{feff}1912\u{ad}1212\u{2013}1212\u{200b}", "19121212-1212"),
            ("\u{ff10}\u{ff17}\u{ff10}\u{ff0d}\u{ff11}", "070-1"),
            ("\u{ff0b}46 70\u{2212}1", "+46 70-1"),
            (" \u{3000}anna\u{ff20}x.se ", "anna@x.se"),
        ] {
            assert_eq!(plain(pasted), seen, "{pasted:?}");
        }
    }
}

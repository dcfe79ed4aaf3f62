//! The text that is signed (R10): company, organisation number, kinds, terms, date and order, in canonical form, so that
//! what is stored, shown and signed is the same byte for byte.

use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    agreement::{HeldThrough, Scope},
    clock::Timestamp,
    ids::{OrderId, UserId},
    language::Language,
    organisation::Organisation,
    signing::Content,
    user::Access,
};
use bevaka_web::pages::{Pages, ViewError};
use unicode_normalization::UnicodeNormalization;

/// What every text names.
pub(crate) struct Facts<'a> {
    pub organisation: &'a Organisation,
    pub order: OrderId,
    pub placed_at: Timestamp,
    pub terms_version: &'a str,
    pub language: Language,
}

/// The text of an order.
pub(crate) fn text(
    pages: &Pages,
    catalogue: &Catalogue,
    facts: &Facts<'_>,
    content: &Content,
) -> Result<String, ViewError> {
    let language = facts.language;
    let word = |key: &str| pages.text(language, key);
    let (title, particulars) = match content {
        Content::Connect { scope, held_through } => {
            let channel = word(channel_key(*held_through))?;
            let values = [("kinds", listed(catalogue, scope, language)), ("channel", channel)];
            (word("document-connect-title")?, pages.format(language, "document-connect", &values)?)
        }
        Content::Change { from_version, scope, .. } => {
            let values =
                [("kinds", listed(catalogue, scope, language)), ("version", from_version.to_string())];
            (word("document-change-title")?, pages.format(language, "document-change", &values)?)
        }
        Content::AddUser { user, name, number_masked, access, .. } => {
            let [name, number, user] = who(*user, name, number_masked.as_deref(), &word)?;
            let values = [name, number, user, ("access", word(access_key(*access))?)];
            (word("document-add-user-title")?, pages.format(language, "document-add-user", &values)?)
        }
        Content::RemoveUser { user, name, number_masked } => {
            let values = who(*user, name, number_masked.as_deref(), &word)?;
            (word("document-remove-user-title")?, pages.format(language, "document-remove-user", &values)?)
        }
    };
    let head = [
        ("company", facts.organisation.name.clone()),
        ("number", facts.organisation.number.to_string()),
        ("terms", facts.terms_version.to_owned()),
        ("date", facts.placed_at.local().date(language)),
        ("order", facts.order.to_string()),
    ];
    let head = pages.format(language, "document-head", &head)?;
    Ok(canonical(&format!("{title}\n\n{head}\n\n{particulars}")))
}

/// Who somebody is: of two with the same name, the number and the id tell which.
fn who(
    user: UserId,
    name: &str,
    number_masked: Option<&str>,
    word: &impl Fn(&str) -> Result<String, ViewError>,
) -> Result<[(&'static str, String); 3], ViewError> {
    let number =
        number_masked.map_or_else(|| word("document-number-unknown"), |number| Ok(number.to_owned()))?;
    Ok([("name", name.to_owned()), ("number", number), ("user", user.to_string())])
}

/// NFC, lines ended by a line feed and without spaces at their ends, no empty line at the end.
fn canonical(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().nfc().collect()
}

fn listed(catalogue: &Catalogue, scope: &Scope, language: Language) -> String {
    let line = |kind| format!("- {}", catalogue.name(kind, language));
    scope.iter().map(line).collect::<Vec<_>>().join("\n")
}

const fn channel_key(held_through: HeldThrough) -> &'static str {
    match held_through {
        HeldThrough::Private => "document-channel-private",
        HeldThrough::Corporate => "document-channel-corporate",
    }
}

const fn access_key(access: Access) -> &'static str {
    match access {
        Access::Unrestricted => "document-access-unrestricted",
        Access::Restricted => "document-access-restricted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_canonical_texts_have_one_form() {
        assert_eq!(canonical("A\u{30a}  \r\nb\t\n\n"), "Å\nb");
        assert_eq!(canonical(&canonical("å \n b")), canonical("å \n b"));
    }
}

//! The reason in words that every command of an operator takes (R40), as a field of a form.

use bevaka_domain::operator::{InvalidJustification, Justification};
use bevaka_web::page::FieldError;
use std::borrow::Cow;

/// The reason, or what is wrong with the field.
pub(super) fn justification(
    field: impl Into<Cow<'static, str>>,
    text: &str,
) -> Result<Justification, FieldError> {
    Justification::parse(text).map_err(|invalid| {
        let key = match invalid {
            InvalidJustification::Length => "justification-length",
            InvalidJustification::Address => "justification-address",
            InvalidJustification::Number => "justification-number",
        };
        FieldError::new(field, key)
    })
}

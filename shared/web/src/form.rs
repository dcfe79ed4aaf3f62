//! Forms of pages.

use crate::{page::FieldError, problem::Problem};
use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use axum_extra::extract::Form;
use serde::de::DeserializeOwned;

/// The fields of a form. A body that cannot be read was not sent by our pages, so its refusal is for programs.
#[derive(Clone, Copy, Debug)]
pub struct HtmlForm<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for HtmlForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let unreadable = || {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "Unreadable form",
                "The body is not a form of this page.",
                "Open the page again and send its form.",
            )
        };
        Form::from_request(request, state).await.map(|Form(fields)| Self(fields)).map_err(|_| unreadable())
    }
}

/// Reads the optional fields of a form one by one, and collects those whose text says nothing.
#[derive(Debug, Default)]
pub struct FieldReader {
    errors: Vec<FieldError>,
}

impl FieldReader {
    /// The value of a field, by its text without the spaces around it; nothing if it is empty, or wrong as `error` says.
    pub fn read<T>(
        &mut self,
        text: &str,
        error: FieldError,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = Some(text.trim()).filter(|text| !text.is_empty())?;
        let value = parse(text);
        if value.is_none() {
            self.errors.push(error);
        }
        value
    }

    /// One more field that is wrong.
    pub fn push(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// The value if every field was right.
    ///
    /// # Errors
    /// All fields that are wrong, in the order in which they were read.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(value) } else { Err(self.errors) }
    }
}

//! Refusals: RFC 9457 for programs, a page for people. Both say what happened, why, and what to do now (R46).

use crate::{
    layout::{Frame, Here, Link},
    pages::{Pages, ViewError},
};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use bevaka_domain::language::Language;
use bevaka_store::StoreError;
use serde::Serialize;

/// A refusal as `application/problem+json`. The ready-made ones are in English, as the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The answer's status.
    pub status: StatusCode,
    /// What happened, the same for each problem of its kind.
    pub title: String,
    /// Why, in this case. Never holds anything of our inside.
    pub detail: String,
    /// What the caller can do now.
    pub action: String,
    /// Which refusal it is, for programs: stable, in contrast to the words.
    pub code: Option<&'static str>,
    /// The field that is wrong, as a path such as `data.amount`.
    pub field: Option<String>,
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

impl Problem {
    /// A refusal with its three parts.
    pub fn new(
        status: StatusCode,
        title: impl Into<String>,
        detail: impl Into<String>,
        action: impl Into<String>,
    ) -> Self {
        let (title, detail, action) = (title.into(), detail.into(), action.into());
        Self { status, title, detail, action, code: None, field: None }
    }

    /// The same, with the code by which programs know it.
    #[must_use]
    pub fn coded(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The same, for one field.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// 404: there is nothing at this address.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Not found",
            "There is nothing at this address.",
            "Check the address, or start from the list it came from.",
        )
        .coded("not_found")
    }

    /// 405: the address exists, but not for this method.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Method not allowed",
            "This address does not answer the method of the request.",
            "Use a method that the Allow header names.",
        )
        .coded("method_not_allowed")
    }

    /// 403: a browser sent the request from another site.
    pub fn other_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Sent from another site",
            "The browser says that the request comes from another site. Nothing was changed.",
            "Send the request from this site, or without Origin and Sec-Fetch-Site.",
        )
        .coded("other_site")
    }

    /// 413: the body is larger than this address takes.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Body too large",
            "The body is larger than this address takes.",
            "Send less at a time.",
        )
        .coded("body_too_large")
    }

    /// 400: the body could not be read to its end, or is not JSON.
    pub fn unreadable() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "Unreadable body",
            "The body is not complete JSON in UTF-8.",
            "Correct the body and send it again.",
        )
        .coded("unreadable_body")
    }

    /// 415: the body is declared as something else than JSON.
    pub fn not_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Not JSON",
            "The Content-Type of the request is not JSON.",
            "Send JSON with Content-Type: application/json.",
        )
        .coded("not_json")
    }

    /// 422: a field is missing, unknown or of the wrong type.
    pub fn invalid(field: impl Into<String>) -> Self {
        Self::invalid_field(field, "A field is missing, unknown or of the wrong type.")
    }

    /// 422: a field does not hold what it must; `detail` says what that is, with its limit.
    pub fn invalid_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid field",
            detail,
            "Correct the named field and send the request again.",
        )
        .coded("invalid_field")
        .at(field)
    }

    /// 503: something that we depend on does not answer; `detail` says what.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not available", detail, "Try again in a moment.")
            .coded("unavailable")
    }

    /// 500: our own fault, about which we say nothing more.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal error",
            "Something failed on our side. Nothing was changed.",
            "Try again in a moment.",
        )
        .coded("internal_error")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let wire = Wire {
            kind: "about:blank",
            title: &self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            action: &self.action,
            code: self.code,
            field: self.field.as_deref(),
        };
        let mut response = (self.status, Json(wire)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

/// A page could not be rendered: logged here, once, and answered without a word about the cause.
impl From<ViewError> for Problem {
    fn from(fault: ViewError) -> Self {
        tracing::error!(error = %fault, "a page was not rendered");
        Self::internal()
    }
}

/// The database failed: logged here, once. A caller learns that it is ours, and whether trying again may help.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the database failed a request");
        if error.is_transient() {
            Self::unavailable("The database does not answer at the moment.")
        } else {
            Self::internal()
        }
    }
}

/// A refusal as a page.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// The answer's status.
    #[serde(skip)]
    pub status: StatusCode,
    /// What happened.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What the person can do now.
    pub action: String,
    /// Where to do it.
    pub link: Option<Link>,
}

impl Refusal {
    /// There is no such page.
    ///
    /// # Errors
    /// [`ViewError`] if a shared text is missing.
    pub fn not_found(pages: &Pages, language: Language, back: &str) -> Result<Self, ViewError> {
        Self::of(StatusCode::NOT_FOUND, pages, language, "not-found", back)
    }

    /// The page does not take this method.
    ///
    /// # Errors
    /// [`ViewError`] if a shared text is missing.
    pub fn method_not_allowed(pages: &Pages, language: Language, back: &str) -> Result<Self, ViewError> {
        Self::of(StatusCode::METHOD_NOT_ALLOWED, pages, language, "method-not-allowed", back)
    }

    /// A form was sent from another site.
    ///
    /// # Errors
    /// [`ViewError`] if a shared text is missing.
    pub fn other_site(pages: &Pages, language: Language, back: &str) -> Result<Self, ViewError> {
        Self::of(StatusCode::FORBIDDEN, pages, language, "other-site", back)
    }

    fn of(
        status: StatusCode,
        pages: &Pages,
        language: Language,
        name: &str,
        back: &str,
    ) -> Result<Self, ViewError> {
        let text = |part: &str| pages.text(language, &format!("web-{name}-{part}"));
        let link = Link { href: back.to_owned(), text: pages.text(language, "web-to-start")? };
        Ok(Self {
            status,
            title: text("title")?,
            reason: text("reason")?,
            action: text("action")?,
            link: Some(link),
        })
    }

    /// The page, in the plain frame or one with the service's navigation.
    ///
    /// # Errors
    /// [`ViewError`] if the shared template is broken.
    pub fn page(&self, pages: &Pages, language: Language, frame: &Frame) -> Result<Html<String>, ViewError> {
        pages.page(language, "refusal", frame, self)
    }

    /// The whole answer in the plain frame.
    pub fn answer(&self, pages: &Pages, language: Language, here: &Here) -> Response {
        let mut frame = Frame::new(&self.title, language, here);
        if let Some(link) = &self.link {
            frame = frame.close(&link.href);
        }
        match self.page(pages, language, &frame) {
            Ok(page) => (self.status, page).into_response(),
            Err(fault) => Problem::from(fault).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn r46_a_problem_has_its_three_parts_and_the_field() {
        let response = Problem::invalid("data.amount").into_response();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["status"], &body["field"]), (&422.into(), &"data.amount".into()));
        for part in ["type", "title", "detail", "action", "code"] {
            assert!(body[part].as_str().is_some_and(|text| !text.is_empty()), "{part}");
        }
    }
}

//! BankID's errors, as its relying-party API sends them.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ErrorCode {
    AlreadyInProgress,
    InvalidParameters,
    Unauthorized,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    UnsupportedMediaType,
    InternalError,
    Maintenance,
}

/// An answer that is no success. The details are for developers and hold nothing that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiError {
    pub error_code: ErrorCode,
    pub details: &'static str,
}

impl ApiError {
    pub(crate) const fn new(error_code: ErrorCode, details: &'static str) -> Self {
        Self { error_code, details }
    }

    pub(crate) const fn invalid(details: &'static str) -> Self {
        Self::new(ErrorCode::InvalidParameters, details)
    }

    /// The order was never made, has been forgotten or was cancelled.
    pub(crate) const fn no_such_order() -> Self {
        Self::invalid("No such order")
    }
}

impl From<ErrorCode> for ApiError {
    fn from(error_code: ErrorCode) -> Self {
        Self::new(error_code, "as the test person's behaviour says")
    }
}

impl ErrorCode {
    const fn status(self) -> StatusCode {
        match self {
            Self::AlreadyInProgress | Self::InvalidParameters => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Maintenance => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.error_code.status(), Json(self)).into_response()
    }
}

/// Reads a body; what does not fit is an invalid parameter, as everything else.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|_| {
        ApiError::invalid("the body is no JSON, or a parameter is missing, unknown or of another type")
    })
}

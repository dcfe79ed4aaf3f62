//! What the documents of the customers' APIs have in common: the session's token, and who is refused without one.

use bevaka_web::openapi::bearer_scheme;
use utoipa::{Modify, openapi::OpenApi};

/// Adds the bearer token of a session, which every address asks for.
pub struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut OpenApi) {
        bearer_scheme(openapi, "session", "The token of a session, as signing in told it.");
    }
}

bevaka_web::refusals! {
    /// The token is missing (`not_signed_in`), or its session has ended (`session_inactive`, `session_over`).
    pub Unauthorized = UNAUTHORIZED;
    /// A rule says no, or no company is chosen.
    pub Forbidden = FORBIDDEN;
}

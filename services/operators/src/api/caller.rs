//! Who asks: a client by its token (R37–R41). The cookie of the pages counts for nothing here, so that no other site can
//! use it.

use super::refusals::unavailable;
use crate::app::App;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bevaka_domain::operator::{Act, Denied, Operator};
use bevaka_store::client_tokens;
use bevaka_web::problem::Problem;
use sha2::{Digest, Sha256};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller(pub Operator);

impl Caller {
    /// The operator, if they may do this.
    pub fn may(&self, act: Act) -> Result<&Operator, Problem> {
        self.0.may(act).map(|()| &self.0).map_err(|denied| refused(&denied, &self.0))
    }
}

/// What is stored of a client's token.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Lets only those through whose token counts; a middleware around every route that takes [`Caller`].
pub(super) async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(token) = token(request.headers()) else { return stranger() };
    let hash = token_hash(token);
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        client_tokens::find(&mut tx, &hash).await
    };
    match found.await {
        Ok(found) => match found.and_then(|token| token.operator(app.now())) {
            Some(operator) => {
                request.extensions_mut().insert(Caller(operator));
                next.run(request).await
            }
            None => stranger(),
        },
        Err(error) => unavailable(&error).into_response(),
    }
}

/// The token of the Authorization header. The scheme's name is read in any case (RFC 9110).
fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn stranger() -> Response {
    let problem = Problem::new(
        StatusCode::UNAUTHORIZED,
        "Not signed in as an operator",
        "The Authorization header holds no client token that counts: it is missing, unknown, revoked or expired.",
        "Send `Authorization: Bearer TOKEN`. `bevaka tokens create` issues one; `bevaka up` writes its own to \
         service.json in its data directory.",
    );
    let mut response = problem.coded("not_signed_in").into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

pub(super) fn refused(denied: &Denied, operator: &Operator) -> Problem {
    let list = |roles: &mut dyn Iterator<Item = &'static str>| roles.collect::<Vec<_>>().join(" or ");
    let needed = list(&mut denied.needed.iter().map(|role| role.as_str()));
    let own: Vec<_> = operator.roles.iter().map(|role| role.as_str()).collect();
    let own = if own.is_empty() { "none".to_owned() } else { own.join(", ") };
    Problem::new(
        StatusCode::FORBIDDEN,
        "Another role is needed",
        format!("This needs the role {needed}; the roles of this token are: {own}."),
        "Use a token with that role, or ask somebody who has one.",
    )
    .coded("role_needed")
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Absent only if a route was mounted outside of `authenticate`.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

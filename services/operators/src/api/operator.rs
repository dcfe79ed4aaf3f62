//! Who asks: a client by its token (R37–R41), and what it may do. The cookie of the pages counts for nothing here, so that
//! no other site can use it.

use crate::app::App;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bevaka_domain::operator::{Denied, Operator as Person};
use bevaka_store::{Result as Stored, client_tokens};
use bevaka_web::{extract::bearer_token, problem::Problem};
use may::May;
use sha2::{Digest, Sha256};
use std::{marker::PhantomData, ops::Deref};

/// The operator who asks, and who may do what `M` names. A handler takes it before anything else of the request, so that
/// whoever may not do it learns nothing more.
#[derive(Clone, Debug)]
pub(super) struct Operator<M>(Person, PhantomData<M>);

/// The acts of the API as types, for [`Operator`].
pub(super) mod may {
    use bevaka_domain::operator::Act;

    /// Something that an operator may do.
    pub(in crate::api) trait May {
        /// Which act it is.
        const ACT: Act;
    }

    macro_rules! acts {
        ($($act:ident)+) => {$(
            #[derive(Clone, Copy, Debug)]
            pub(in crate::api) struct $act;

            impl May for $act {
                const ACT: Act = Act::$act;
            }
        )+};
    }

    acts! { See ReadContent Inject Approve Reject Repair RunChannels ReadTrail ExportTrail }
}

impl<M> Deref for Operator<M> {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.0
    }
}

impl<S: Sync, M: May> FromRequestParts<S> for Operator<M> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Absent only if a route was mounted outside of `authenticate`.
        let operator = parts.extensions.get::<Person>().ok_or_else(Problem::internal)?;
        operator.may(M::ACT).map_err(|denied| role_needed(&denied, operator))?;
        Ok(Self(operator.clone(), PhantomData))
    }
}

/// What is stored of a client's token.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Lets only those through whose token counts; a middleware around every route that takes an [`Operator`].
pub(super) async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(token) = bearer_token(request.headers()) else { return not_signed_in() };
    match find(&app, token).await {
        Ok(Some(operator)) => {
            request.extensions_mut().insert(operator);
            next.run(request).await
        }
        Ok(None) => not_signed_in(),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn find(app: &App, token: &str) -> Stored<Option<Person>> {
    let mut tx = app.chassis.db.begin_read().await?;
    let found = client_tokens::find(&mut tx, &token_hash(token)).await?;
    Ok(found.and_then(|token| token.operator(app.now())))
}

fn not_signed_in() -> Response {
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

pub(super) fn role_needed(denied: &Denied, operator: &Person) -> Problem {
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

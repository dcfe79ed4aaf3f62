//! `GET /dispatcher/api/dead-letters`: messages that are no event, with their reasons.

use super::{DeadLetterView, reason};
use crate::{
    api::{
        Caller,
        described::{self, Invalid, Refusals},
        justified, limit, unavailable,
    },
    app::App,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use bevaka_domain::{clock::Timestamp, dead_letter, operator::Act};
use bevaka_store::dead_letters::{self, Filter};
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only letters in this state.
    #[param(schema_with = described::letter_state, required = false)]
    state: Option<String>,
    /// Only letters with this reason.
    #[param(max_length = 400, nullable = false)]
    reason: Option<String>,
    /// Only letters that came then or later.
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    from: Option<String>,
    /// Only letters that came before.
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    until: Option<String>,
    /// `next` of the page before. Left out: the newest.
    #[param(nullable = false)]
    before: Option<Uuid>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500, nullable = false)]
    limit: Option<u32>,
}

/// Dead letters, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetters {
    /// The letters.
    pub items: Vec<DeadLetterView>,
    /// Send it as `before` for older ones; left out at the end. What comes meanwhile does not move it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<Uuid>,
}

/// Dead letters, newest first, without their content.
///
/// # Errors
/// 422 for a parameter out of range.
#[utoipa::path(
    get,
    path = "/dispatcher/api/dead-letters",
    operation_id = "listDeadLetters",
    params(Asked),
    responses((status = OK, description = "The dead letters.", body = DeadLetters), Invalid, Refusals),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<DeadLetters>, Problem> {
    caller.may(Act::See)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("before, limit"))?;
    let limit = limit(asked.limit)?;
    let filter = filter(&asked)?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        dead_letters::list(&mut tx, &filter, limit + 1).await
    };
    let mut found = found.await.map_err(|error| unavailable(&error))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|letter| letter.id);
    Ok(Json(DeadLetters { items: found.into_iter().map(DeadLetterView::from).collect(), next }))
}

fn filter(asked: &Asked) -> Result<Filter, Problem> {
    let known = dead_letter::StateName::ALL.map(dead_letter::StateName::as_str);
    if asked.state.as_deref().is_some_and(|state| !known.contains(&state)) {
        return Err(justified::invalid("state", format!("state is one of {}.", known.join(", "))));
    }
    let reason = asked.reason.as_deref().map(reason).transpose()?;
    Ok(Filter {
        state: asked.state.clone(),
        reason: reason.map(str::to_owned),
        from: time("from", asked.from.as_deref())?,
        until: time("until", asked.until.as_deref())?,
        before: asked.before,
    })
}

fn time(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| {
        Timestamp::parse(text).map_err(|fault| justified::invalid(field, format!("{field}: {fault}.")))
    })
    .transpose()
}

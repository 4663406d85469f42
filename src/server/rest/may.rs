//! Whether somebody may do something, and in whose name it is done.

use axum::http::StatusCode;
use compact_str::CompactString;

use crate::domain::access::{Action, Actor, Verdict, Via};
use crate::domain::ids::Number;
use crate::server::limits;
use crate::server::problem::Problem;
use crate::server::state::State;

/// Refuses what no grant allows. Rights are about the incident's service.
pub(super) async fn may(
    state: &State,
    actor: &Actor,
    verb: &str,
    number: Number,
) -> Result<(), Problem> {
    if actor.is_operator() {
        return Ok(());
    }
    let incident = state.engine.incident(number).await?;
    let service = incident.labels.get("service").map_or("", CompactString::as_str);
    judge(state, actor, &Action { verb, resource: service, environment: "", changes: true })
}

fn judge(state: &State, actor: &Actor, action: &Action<'_>) -> Result<(), Problem> {
    match state.engine.may(actor, action) {
        Verdict::Allowed { .. } => Ok(()),
        Verdict::Denied { why } => {
            state.meters.reject("no_grant");
            let next = "ask whoever keeps the configuration for a line in [[access.grant]]";
            Err(Problem::new(StatusCode::FORBIDDEN, why).next(next))
        }
    }
}

/// In whose name something is done: a person acts in their own, whatever the request says. The
/// operator has none, and vouches for the one that the request gives.
pub(super) fn signer(actor: &Actor, by: Option<CompactString>) -> Result<CompactString, Problem> {
    if !actor.is_operator() || (by.is_none() && actor.via == Via::Console) {
        return Ok(actor.name.clone());
    }
    let by = CompactString::from(by.unwrap_or_default().trim());
    if by.is_empty() || by.chars().count() > limits::NAME_CHARS || by.chars().any(char::is_control)
    {
        let most = limits::NAME_CHARS;
        return Err(Problem::invalid(format!("`by` must be a name of 1 to {most} characters")));
    }
    Ok(by)
}

//! Whether somebody may do something, and in whose name it is done.

use axum::http::StatusCode;
use compact_str::CompactString;

use crate::domain::access::{Action, Actor, Verdict, Via};
use crate::domain::ids::Number;
use crate::domain::trail;
use crate::engine::trail::{Attempt, Refused};
use crate::engine::views::Refusal;
use crate::server::limits;
use crate::server::problem::Problem;
use crate::server::state::State;

/// Something that is asked of an incident.
pub(super) struct Wish<'a> {
    /// The command.
    pub(super) verb: &'a str,
    /// The incident.
    pub(super) number: Number,
    /// Everything that is asked, in the words of the chat language.
    pub(super) line: &'a str,
}

/// Lets somebody do something to an incident, and writes that down; refuses what no grant allows.
/// Rights are about the incident's service. Gives the number of the record.
pub(super) async fn permit(
    state: &State,
    actor: &Actor,
    wish: &Wish<'_>,
) -> Result<Option<u64>, Problem> {
    let service = service(state, actor, wish.number).await?;
    let permit = state.engine.permit(&attempt(actor, wish, &service)).await;
    permit.map(|permit| permit.seq).map_err(|refused| not_permitted(state, &refused))
}

/// Writes down that what was allowed did not happen.
pub(super) async fn note_failed(
    state: &State,
    actor: &Actor,
    (wish, of): (&Wish<'_>, Option<u64>),
    why: &Refusal,
) {
    let Some(of) = of else { return };
    let verdict = match why {
        Refusal::Conflict(_) => trail::Verdict::Refused,
        Refusal::Unavailable(_) | Refusal::NotFound(_) | Refusal::Invalid(_) => {
            trail::Verdict::Failed
        }
    };
    let ended = (verdict, why.to_string());
    state.engine.note_outcome(&attempt(actor, wish, ""), of, (ended.0, &ended.1)).await;
}

fn attempt<'a>(actor: &'a Actor, wish: &'a Wish<'_>, resource: &'a str) -> Attempt<'a> {
    let Wish { verb, number, line } = wish;
    let action = Action { verb, resource, environment: "", changes: true };
    Attempt { actor, action, line, place: "api", incident: Some(number.0) }
}

/// Refuses what no grant allows, where it is only a part of what is asked: what is allowed is
/// written down with the whole.
pub(super) async fn check(state: &State, actor: &Actor, wish: &Wish<'_>) -> Result<(), Problem> {
    let service = service(state, actor, wish.number).await?;
    let action = Action { verb: wish.verb, resource: &service, environment: "", changes: true };
    match state.engine.may(actor, &action) {
        Verdict::Allowed { .. } => Ok(()),
        Verdict::Denied { .. } => permit(state, actor, wish).await.map(drop),
    }
}

/// The service of an incident. The operator may do everything, also where there is none.
async fn service(state: &State, actor: &Actor, number: Number) -> Result<CompactString, Problem> {
    if actor.is_operator() {
        return Ok(CompactString::default());
    }
    let incident = state.engine.incident(number).await?;
    Ok(incident.labels.get("service").cloned().unwrap_or_default())
}

/// How somebody is told that they may not.
pub(super) fn not_permitted(state: &State, refused: &Refused) -> Problem {
    match refused {
        Refused::Denied(why) => {
            state.meters.reject("no_grant");
            let next = "ask whoever keeps the configuration for a line in [[access.grant]]";
            Problem::new(StatusCode::FORBIDDEN, why.clone()).next(next)
        }
        Refused::Unwritten(_) => {
            let why = format!("nothing was done: {refused}");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, why).next("try again in a moment")
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

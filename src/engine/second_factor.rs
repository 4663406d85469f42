//! The second factor of people: a code counts once, whichever replica it is typed at.
//!
//! The brain keeps the step of the last code that counted, for each person: an older one is refused
//! from then on. It refuses to guess for long: tries are limited, in the brain as well.

use chrono::TimeDelta;
use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::queries::away;
use super::views::Refusal;
use crate::brain::{Error, Kind, Limit, Permit};
use crate::domain::access::Actor;
use crate::domain::messages::second_factor as messages;

/// So many codes may be tried in the window below: whoever guesses needs years for one in a million
/// (RFC 6238, section 5.2, and RFC 4226, section 7.3, ask for such a throttle).
const TRIES: u32 = 5;
/// The window of the tries.
const TRIES_WINDOW: TimeDelta = TimeDelta::minutes(5);

/// The last code of a person that counted, as stored.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Counted {
    step: i64,
}

impl Engine {
    /// Takes a code of somebody's second factor, which counts from now on and never again.
    ///
    /// # Errors
    /// When they have no second factor, tried too often, the code is wrong or has counted, or the
    /// brain is away. Nothing was changed then.
    pub(in crate::engine) async fn prove(&self, actor: &Actor, code: &str) -> Result<(), Refusal> {
        let name = &actor.name;
        let directory = self.directory();
        let person = directory.people.get(name).filter(|_| actor.is_known);
        let Some(seed) = person.and_then(|person| person.totp.as_ref()) else {
            return Err(Refusal::Conflict(messages::none(name)));
        };
        let now = self.clock.now();
        let key = format_compact!("second-factor/{name}");
        let limit = Limit { key, burst: TRIES, period: TRIES_WINDOW };
        if let (Permit::Refused(until), _) =
            self.brain.take(vec![limit], now).await.map_err(away)?
        {
            return Err(Refusal::Conflict(messages::too_many(until)));
        }
        let wrong = || Refusal::Conflict(messages::wrong());
        let step = seed.step_of(code, now).ok_or_else(wrong)?;
        self.spend(name, step).await
    }

    /// Whoever writes first has used it.
    async fn spend(&self, name: &CompactString, step: i64) -> Result<(), Refusal> {
        let known = self.brain.documents(Kind::Code).await.map_err(away)?;
        let known = known.into_iter().find(|document| document.id == *name);
        let version = known.as_ref().map_or(0, |document| document.version);
        // What cannot be read may have been this code.
        let last = known.map(|document| {
            serde_json::from_value(document.body).map_or(i64::MAX, |it: Counted| it.step)
        });
        let used = || Refusal::Conflict(messages::used());
        if last.is_some_and(|last| step <= last) {
            return Err(used());
        }
        let body = serde_json::to_value(Counted { step });
        let body = body.map_err(|error| Refusal::Invalid(error.to_string()))?;
        match self.brain.put(Kind::Code, name.clone(), version, Some(body)).await {
            Ok(_) => Ok(()),
            Err(Error::Conflict) => Err(used()),
            Err(error) => Err(away(error)),
        }
    }
}

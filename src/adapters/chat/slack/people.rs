//! Who somebody in the workspace is: asked of Slack, and remembered for a while.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use compact_str::format_compact;
use governor::clock::{Clock, DefaultClock, QuantaInstant};
use serde_json::Value;

use super::Slack;
use super::web::Trouble;
use crate::adapters::chat::platform::Speaker;
use crate::adapters::failure::Failure;

/// How long an answer counts: a guest stays one at least that long.
const KEPT: Duration = Duration::from_secs(600);
/// So many people are remembered; more are asked about again.
const PEOPLE_MAX: usize = 2_000;

/// People who have spoken lately, by Slack's id.
#[derive(Debug, Default)]
pub(super) struct People {
    clock: DefaultClock,
    known: Mutex<BTreeMap<String, (Speaker, QuantaInstant)>>,
}

impl People {
    fn get(&self, user: &str) -> Option<Speaker> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (speaker, until) = known.get(user)?;
        (*until > self.clock.now()).then(|| speaker.clone())
    }

    fn keep(&self, user: &str, speaker: &Speaker) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PEOPLE_MAX {
            known.clear();
        }
        let until = self.clock.now() + KEPT.into();
        known.insert(user.to_owned(), (speaker.clone(), until));
    }
}

impl Slack {
    /// Who this is. Without an answer nobody is told apart from a guest, so that there is none.
    pub(super) async fn speaker(&self, user: &str) -> Result<Speaker, Failure> {
        if let Some(speaker) = self.people.get(user) {
            return Ok(speaker);
        }
        let answer = self.web.read("users.info", &[("user", user)]).await?;
        let speaker = speaker(&answer["user"], &self.own().await?.team);
        self.people.keep(user, &speaker);
        Ok(speaker)
    }

    /// Who has this mail address. Slack finds nobody by a name, which anybody may take.
    pub(super) async fn person_of(&self, email: &str) -> Result<Option<Speaker>, Failure> {
        if !email.contains('@') {
            return Ok(None);
        }
        match self.web.read("users.lookupByEmail", &[("email", email)]).await {
            Ok(answer) => Ok(Some(speaker(&answer["user"], &self.own().await?.team))),
            Err(Trouble::Said(word)) if word == "users_not_found" => Ok(None),
            Err(trouble) => Err(trouble.into()),
        }
    }
}

/// <https://docs.slack.dev/reference/objects/user-object>
fn speaker(user: &Value, our_team: &str) -> Speaker {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let is = |key: &str| user[key].as_bool().unwrap_or(false);
    let profile = &user["profile"];
    let name = text(&profile["display_name"]).or_else(|| text(&profile["real_name"]));
    let name = name.or_else(|| text(&user["name"])).unwrap_or_else(|| "somebody".to_owned());
    let team = text(&user["team_id"]).unwrap_or_default();
    let id = text(&user["id"]).unwrap_or_default();
    let is_guest = is("is_restricted")
        || is("is_ultra_restricted")
        || is("is_stranger")
        || is("deleted")
        || team != our_team;
    Speaker { id: format_compact!("{team}/{id}"), name, is_bot: is("is_bot"), is_guest }
}

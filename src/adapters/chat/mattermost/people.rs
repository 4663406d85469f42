//! Who somebody is: asked of the server, and remembered for a while.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

use super::api::{number, required, text};
use super::platform::Mattermost;
use crate::adapters::chat::platform::Speaker;
use crate::adapters::failure::Failure;

/// How long an answer counts: a guest stays one at least that long.
const KEPT: Duration = Duration::from_secs(600);
/// So many people are remembered; more are asked about again.
const PEOPLE_MAX: usize = 2_000;
/// The role of guests: `server/public/model/role.go`.
const GUEST: &str = "system_guest";

/// People who have spoken lately, by id.
#[derive(Debug, Default)]
pub(super) struct People {
    known: Mutex<BTreeMap<String, (Speaker, Instant)>>,
}

impl People {
    fn get(&self, user: &str) -> Option<Speaker> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (speaker, asked) = known.get(user)?;
        (asked.elapsed() < KEPT).then(|| speaker.clone())
    }

    fn keep(&self, speaker: &Speaker) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PEOPLE_MAX {
            known.clear();
        }
        known.insert(speaker.id.to_string(), (speaker.clone(), Instant::now()));
    }

    /// Somebody changed: they are asked about again.
    pub(super) fn forget(&self, user: &str) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    }
}

impl Mattermost {
    /// Who this is. Without an answer nobody is told apart from a guest, so that there is none.
    pub(super) async fn speaker(&self, user: &str) -> Result<Speaker, Failure> {
        if let Some(speaker) = self.people.get(user) {
            return Ok(speaker);
        }
        let answer = self.server.get(&["users", user]).await?;
        let speaker = self.judged(&answer).await?;
        self.people.keep(&speaker);
        Ok(speaker)
    }

    /// Who has this mail address or user name.
    pub(super) async fn person_of(&self, name: &str) -> Result<Option<Speaker>, Failure> {
        let name = name.trim_start_matches('@');
        let kind = if name.contains('@') { "email" } else { "username" };
        match self.server.get(&["users", kind, name]).await {
            Ok(user) => self.judged(&user).await.map(Some),
            Err(fault) if fault.is(StatusCode::NOT_FOUND) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Guests, people of other servers, of other teams, and those who left are strangers.
    async fn judged(&self, user: &Value) -> Result<Speaker, Failure> {
        let id = required(user, "id")?;
        let is_guest = text(user, "roles").split(' ').any(|role| role == GUEST);
        let is_gone = number(user, "delete_at") > 0;
        let is_remote = !text(user, "remote_id").is_empty();
        let is_bot = user.get("is_bot").is_some_and(|it| it == true);
        let is_stranger = is_guest || is_gone || is_remote || !self.is_in_team(id).await?;
        let nickname = Some(text(user, "nickname")).filter(|name| !name.is_empty());
        let name = nickname.unwrap_or_else(|| text(user, "username")).to_owned();
        Ok(Speaker { id: id.into(), name, is_bot, is_guest: is_stranger })
    }

    async fn is_in_team(&self, user: &str) -> Result<bool, Failure> {
        let own = self.own().await?;
        match self.server.get(&["teams", &own.team, "members", user]).await {
            Ok(member) => Ok(number(&member, "delete_at") == 0),
            Err(fault) if fault.is(StatusCode::NOT_FOUND) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }
}

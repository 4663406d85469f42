//! People: what they call themselves, and whether they belong to the team.

use std::collections::BTreeMap;
use std::sync::Mutex;

use compact_str::CompactString;
use serde_json::Value;

use super::api::{Me, text};
use super::platform::Matrix;
use crate::adapters::chat::platform::Speaker;
use crate::adapters::chat::words::visible;

/// Names that are remembered; more people than this do not talk to one bot.
const NAMES_MAX: usize = 10_000;
/// Characters of a name.
const NAME_MAX: usize = 80;

/// What people call themselves, as their events say; only to be shown.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<BTreeMap<CompactString, String>>);

impl Names {
    /// Takes over what an event about a member says.
    pub(super) fn learn(&self, event: &Value) {
        let content = event.get("content").filter(|_| text(event, "type") == "m.room.member");
        let name = content.map(|content| text(content, "displayname")).unwrap_or_default();
        let Ok(mut names) = self.0.lock() else { return };
        if name.is_empty() {
            return;
        }
        if names.len() >= NAMES_MAX {
            names.pop_first();
        }
        names.insert(text(event, "state_key").into(), shown(name));
    }

    /// What somebody calls themselves; what their id says, where that is not known.
    pub(super) fn of(&self, id: &str) -> String {
        let known = self.0.lock().ok().and_then(|names| names.get(id).cloned());
        known.unwrap_or_else(|| shown(local(id)))
    }
}

impl Matrix {
    /// Somebody by their id, which the homeserver vouches for.
    pub(super) fn speaker(&self, id: &str, me: &Me, is_bot: bool) -> Speaker {
        let is_guest = self.is_guest(id, me);
        Speaker { id: id.into(), name: self.names.of(id), is_bot, is_guest }
    }

    /// From a server that is not the team's, or somebody whom the homeserver let in without an
    /// account: those have numbers for names.
    pub(super) fn is_guest(&self, id: &str, me: &Me) -> bool {
        let server = id.split_once(':').map(|(_, server)| server).unwrap_or_default();
        let is_ours =
            server == me.server || self.options.team_servers.iter().any(|it| it == server);
        !is_ours || local(id).chars().all(|c| c.is_ascii_digit())
    }
}

/// `ana` of `@ana:example.org`.
pub(super) fn local(id: &str) -> &str {
    id.trim_start_matches('@').split(':').next().unwrap_or_default()
}

fn shown(name: &str) -> String {
    visible(name).replace('\n', " ").chars().take(NAME_MAX).collect()
}

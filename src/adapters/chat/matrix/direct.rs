//! Talking to one person: one room for each, made once, and noted where clients look for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::api::{nothing, text};
use super::platform::Matrix;
use super::rooms::is_gone;
use crate::adapters::chat::platform::Opening;
use crate::adapters::failure::Failure;

/// Rooms by person, as `m.direct` keeps them.
pub(super) type Directs = BTreeMap<String, Vec<String>>;

impl Matrix {
    /// The room of one person: the noted one while we are in it, else a new one.
    pub(super) async fn direct_room(&self, person: &str) -> Result<String, Failure> {
        let mut directs = self.directs.lock().await;
        let known = match directs.take() {
            Some(known) => known,
            None => self.noted().await?,
        };
        let known = directs.insert(known);
        for room in known.get(person).cloned().unwrap_or_default() {
            if self.is_with(&room, person).await? {
                return Ok(room);
            }
        }
        let room = self.open_direct(person).await?;
        known.entry(person.to_owned()).or_default().insert(0, room.clone());
        self.note(known).await?;
        Ok(room)
    }

    /// Notes a room that a person made to talk to us.
    pub(super) async fn note_direct(&self, person: &str, room: &str) -> Result<(), Failure> {
        let mut directs = self.directs.lock().await;
        let mut known = self.noted().await?;
        known.entry(person.to_owned()).or_default().insert(0, room.to_owned());
        self.note(&known).await?;
        *directs = Some(known);
        Ok(())
    }

    /// Whether a room is with one person alone.
    pub(super) async fn is_direct(&self, room: &str) -> bool {
        let directs = self.directs.lock().await;
        directs.as_ref().is_some_and(|it| it.values().flatten().any(|direct| direct == room))
    }

    /// Asks the homeserver anew which rooms are direct.
    pub(super) async fn read_directs(&self) -> Result<(), Failure> {
        let mut directs = self.directs.lock().await;
        *directs = Some(self.noted().await?);
        Ok(())
    }

    /// Takes over what the homeserver keeps, also from another replica.
    pub(super) async fn learn_directs(&self, content: &Value) {
        *self.directs.lock().await = serde_json::from_value(content.clone()).ok();
    }

    async fn open_direct(&self, person: &str) -> Result<String, Failure> {
        let me = self.server.me().await?.id.clone();
        let invite = [person.into()];
        let marker = format!("direct/{me}/{person}");
        let opening = Opening {
            marker: &marker,
            is_retry: true,
            name: "warroom",
            topic: "Said to you alone",
            invite: &invite,
        };
        let room = self.open_room(opening).await?;
        // Another process may have made it, and the person may have left it since.
        self.invite_all(&room.id, &invite).await?;
        Ok(room.id.into())
    }

    async fn is_with(&self, room: &str, person: &str) -> Result<bool, Failure> {
        let path = ["v3", "rooms", room, "state", "m.room.member", person];
        match self.server.get(&path).await {
            Ok(state) => {
                let is_there = matches!(text(&state, "membership"), "join" | "invite");
                Ok(is_there && !self.is_encrypted(room).await?)
            }
            Err(fault) if is_gone(&fault) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) async fn noted(&self) -> Result<Directs, Failure> {
        let me = self.server.me().await?;
        match self.server.get(&["v3", "user", &me.id, "account_data", "m.direct"]).await {
            Ok(content) => Ok(serde_json::from_value(content).unwrap_or_default()),
            Err(fault) if is_gone(&fault) => Ok(Directs::new()),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn note(&self, known: &Directs) -> Result<(), Failure> {
        let me = self.server.me().await?;
        let path = ["v3", "user", &me.id, "account_data", "m.direct"];
        self.server.put(&path, &json!(known)).await?;
        Ok(())
    }

    /// Answers an invitation: comes where a colleague wants to talk to us alone and in clear.
    pub(super) async fn answer_invitation(&self, room: &str, state: &[Value]) {
        let Ok(me) = self.server.me().await else { return };
        let of = |kind: &str| state.iter().find(|event| text(event, "type") == kind);
        let invitation = state
            .iter()
            .find(|it| text(it, "type") == "m.room.member" && text(it, "state_key") == me.id);
        let Some(invitation) = invitation else { return };
        let by = text(invitation, "sender");
        let is_direct = invitation
            .get("content")
            .and_then(|content| content.get("is_direct"))
            .is_some_and(|it| it == true);
        if !is_direct || self.is_guest(by, me) {
            return;
        }
        if of("m.room.encryption").is_some() {
            let reason =
                json!({"reason": "encrypted rooms cannot be read: talk to me in a clear one"});
            let left = self.server.post(&["v3", "rooms", room, "leave"], &reason).await;
            tracing::debug!(is_done = left.is_ok(), "an encrypted invitation was declined");
            return;
        }
        let joined = self.server.post(&["v3", "rooms", room, "join"], &nothing()).await;
        let noted = match joined {
            Ok(_) => self.note_direct(by, room).await,
            Err(fault) => Err(fault.failure),
        };
        if let Err(failure) = noted {
            tracing::debug!(%failure, "an invitation was not taken up");
        }
    }
}

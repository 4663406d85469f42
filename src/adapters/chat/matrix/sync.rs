//! Asking for what happened: a long poll whose place in the stream is kept by the engine.
//!
//! Nothing is marked before everything before it was taken over, so a cut never loses anything. When
//! the homeserver leaves events out of an answer, they are fetched backwards; what cannot be fetched
//! is told as a gap.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::api::{Fault, Me, text};
use super::platform::Matrix;
use crate::adapters::chat::platform::{Ears, Heard};
use crate::adapters::failure::Failure;

/// How long the homeserver keeps a question open when nothing happens.
const POLL: Duration = Duration::from_secs(10);
/// How often we look which rooms we are in: of a room that is purged, no event tells.
const LOOK: Duration = Duration::from_secs(1);
/// How long we wait for the answer: a busy homeserver takes longer than it says.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries when the homeserver is away, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Pages of a hundred that are fetched when events were left out of one room's answer.
const PAGES_MAX: usize = 50;
const PAGE: &str = "100";

/// The rooms that we were in when we looked last; for as long as we listen.
#[derive(Debug, Default)]
struct Watch {
    rooms: BTreeSet<String>,
    looked: Option<Instant>,
}

impl Matrix {
    pub(super) async fn hear_all(&self, ears: Arc<dyn Ears>, stop: CancellationToken) {
        if self.options.service.is_some() {
            // The homeserver comes by itself.
            return stop.cancelled().await;
        }
        let mut watch = Watch::default();
        let mut pause = PAUSE_MIN;
        let mut is_told = false;
        while !stop.is_cancelled() {
            let round = self.round(ears.as_ref(), &mut watch);
            let Some(round) = stop.run_until_cancelled(round).await else { return };
            let Err(failure) = round else {
                (pause, is_told) = (PAUSE_MIN, false);
                continue;
            };
            if let Failure::Broken { why } = &failure
                && !is_told
            {
                tracing::error!(why, "nothing is heard from Matrix");
                is_told = true;
            }
            tracing::debug!(%failure, "asking Matrix again soon");
            let asked = match failure {
                Failure::Retry { after, .. } => after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            // Ends early when we are stopped; else the time is up, which is what we wait for.
            tokio::time::timeout(pause.max(asked), stop.cancelled()).await.ok();
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// One question, and everything that its answer says.
    async fn round(&self, ears: &dyn Ears, watch: &mut Watch) -> Result<(), Failure> {
        let me = self.server.me().await?.clone();
        if self.directs.lock().await.is_none() {
            let known = self.noted().await?;
            *self.directs.lock().await = Some(known);
        }
        let since = ears.bookmark().await?;
        let answer = match self.sync(since.as_deref()).await {
            Ok(answer) => answer,
            Err(fault) if since.is_some() && is_forgotten(&fault) => {
                // The homeserver was set up anew: nothing tells what was said meanwhile.
                ears.hear(self.gap(&me, None, since.as_deref().unwrap_or_default())).await?;
                self.sync(None).await?
            }
            Err(fault) => return Err(fault.into()),
        };
        self.take(&me, ears, since.as_deref(), &answer).await?;
        let next = text(&answer, "next_batch");
        if next.is_empty() {
            return Err(Failure::Retry { why: "a sync without its end".to_owned(), after: None });
        }
        // A room that was opened after the last look, and is gone before the next, is missed, too.
        watch.rooms.extend(rooms(&answer, "join").map(|(room, _)| room.to_owned()));
        self.look_after(&me, ears, watch).await?;
        ears.mark(next).await
    }

    /// Tells of rooms that we were in and are no more.
    async fn look_after(&self, me: &Me, ears: &dyn Ears, watch: &mut Watch) -> Result<(), Failure> {
        if watch.looked.is_some_and(|at| at.elapsed() < LOOK) {
            return Ok(());
        }
        let answer = self.server.get(&["v3", "joined_rooms"]).await?;
        let rooms = list(&answer, &["joined_rooms"]).iter().filter_map(Value::as_str);
        let rooms: BTreeSet<String> = rooms.map(ToOwned::to_owned).collect();
        for room in watch.rooms.difference(&rooms) {
            ears.hear(self.lost(me, room)).await?;
        }
        *watch = Watch { rooms, looked: Some(Instant::now()) };
        Ok(())
    }

    async fn sync(&self, since: Option<&str>) -> Result<Value, Fault> {
        let poll = if since.is_some() { POLL } else { Duration::ZERO };
        let filter = filter(since.is_none()).to_string();
        let timeout = poll.as_millis().to_string();
        let mut query = vec![("timeout", timeout.as_str()), ("filter", &filter)];
        query.extend(since.map(|since| ("since", since)));
        let request = self.server.request(Method::GET, &["v3", "sync"]);
        self.server.send(request.query(&query).timeout(PATIENCE)).await
    }

    async fn take(
        &self,
        me: &Me,
        ears: &dyn Ears,
        since: Option<&str>,
        answer: &Value,
    ) -> Result<(), Failure> {
        for event in list(answer, &["account_data", "events"]) {
            if text(event, "type") == "m.direct" {
                self.learn_directs(event.get("content").unwrap_or(&Value::Null)).await;
            }
        }
        for (room, invitation) in rooms(answer, "invite") {
            self.answer_invitation(room, list(invitation, &["invite_state", "events"])).await;
        }
        // What was there before the first question is nobody's command to us.
        let Some(since) = since else { return Ok(()) };
        for (room, news) in rooms(answer, "join").chain(rooms(answer, "leave")) {
            for event in list(news, &["state", "events"]) {
                self.names.learn(event);
            }
            let is_direct = self.is_direct(room).await;
            for heard in self.missing(me, room, news, since).await? {
                let heard = Heard { room: heard.room.filter(|_| !is_direct), ..heard };
                ears.hear(heard).await?;
            }
            for event in list(news, &["timeline", "events"]) {
                let Some(heard) = self.heard(me, room, is_direct, event) else { continue };
                ears.hear(heard).await?;
            }
        }
        Ok(())
    }

    /// What the answer left out of a room's events, the oldest first.
    async fn missing(
        &self,
        me: &Me,
        room: &str,
        news: &Value,
        since: &str,
    ) -> Result<Vec<Heard>, Failure> {
        let timeline = news.get("timeline").unwrap_or(&Value::Null);
        let is_limited = timeline.get("limited").is_some_and(|it| it == true);
        let mut from = text(timeline, "prev_batch").to_owned();
        if !is_limited || from.is_empty() {
            return Ok(Vec::new());
        }
        let is_direct = self.is_direct(room).await;
        let mut events = Vec::new();
        for _ in 0..PAGES_MAX {
            let request = self.server.request(Method::GET, &["v3", "rooms", room, "messages"]);
            let query = [("dir", "b"), ("limit", PAGE), ("from", from.as_str()), ("to", since)];
            let page = match self.server.send(request.query(&query)).await {
                Ok(page) => page,
                // We were put out of it meanwhile.
                Err(fault) if matches!(fault.failure, Failure::Refused { .. }) => break,
                Err(fault) => return Err(fault.into()),
            };
            let chunk = list(&page, &["chunk"]);
            events.extend(chunk.iter().cloned());
            let end = text(&page, "end");
            if end.is_empty() || chunk.is_empty() || end == from {
                events.reverse();
                let heard = |event| self.heard(me, room, is_direct, event);
                return Ok(events.iter().filter_map(heard).collect());
            }
            end.clone_into(&mut from);
        }
        Ok(vec![self.gap(me, Some(room), since)])
    }
}

/// The homeserver does not know the place in its stream.
fn is_forgotten(fault: &Fault) -> bool {
    ["M_UNKNOWN_POS", "M_INVALID_PARAM", "M_UNKNOWN"].iter().any(|code| fault.is(code))
        && matches!(fault.failure, Failure::Refused { .. })
}

/// Only what is heard: <https://spec.matrix.org/v1.11/client-server-api/#filtering>.
fn filter(is_first: bool) -> Value {
    json!({
        "presence": {"types": []},
        "account_data": {"types": ["m.direct"]},
        "room": {
            "account_data": {"types": []},
            "ephemeral": {"types": []},
            "include_leave": !is_first,
            "state": {"lazy_load_members": true, "types": ["m.room.member"]},
            "timeline": {
                "limit": if is_first { 1 } else { 50 },
                "lazy_load_members": true,
                "types": ["m.room.message", "m.reaction", "m.room.encrypted", "m.room.name",
                          "m.room.tombstone", "m.room.member"],
            },
        },
    })
}

fn rooms<'a>(answer: &'a Value, kind: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let rooms = answer.get("rooms").and_then(|rooms| rooms.get(kind)).and_then(Value::as_object);
    rooms.into_iter().flatten().map(|(room, news)| (room.as_str(), news))
}

fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    let end = path.iter().try_fold(value, |value, key| value.get(key));
    end.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

//! What was said while nothing was heard: fetched as posts, with the ids that events would have had.

use std::collections::BTreeSet;

use compact_str::format_compact;
use reqwest::Method;
use serde_json::Value;
use tokio::time::timeout;

use super::api::{list, number, text};
use super::budget::Lane;
use super::content::SYMBOLS;
use super::events::{Place, changed, nobody, now};
use super::messages::in_order;
use super::platform::{Mattermost, Own};
use super::rooms::OPENED;
use crate::adapters::chat::platform::{Ears, Heard, RoomChange, What};
use crate::adapters::failure::Failure;

/// How far before the break it is looked: what two machines write at once may be out of order.
const OVERLAP_MILLIS: i64 = 5_000;
/// Posts that the server gives at most for one question: `GetPostsSince` in
/// `server/channels/store/sqlstore/post_store.go`.
const POSTS_MAX: usize = 1_000;

impl Mattermost {
    /// Remembers what rooms are called.
    pub(super) async fn learn_names(&self) -> Result<(), Failure> {
        let own = self.own().await?;
        let channels = self.channels(own, 0).await?;
        for channel in list(&channels) {
            self.names.learn(channel);
        }
        Ok(())
    }

    /// Hears everything since then, rooms that were archived or renamed included.
    pub(super) async fn catch_up(&self, since: i64, ears: &dyn Ears) -> Result<(), Failure> {
        let own = self.own().await?;
        let since = since.saturating_sub(OVERLAP_MILLIS);
        let channels = self.channels(own, since).await?;
        let mut ids = BTreeSet::new();
        for channel in list(&channels) {
            ids.insert(text(channel, "id"));
            if let Some(heard) = self.renamed(own, channel) {
                ears.hear(heard).await?;
            }
            let archived = number(channel, "delete_at");
            if archived > since && text(channel, "purpose").starts_with(OPENED) {
                let room = text(channel, "id");
                let id = format_compact!("archived/{room}/{archived}");
                if let Some(heard) = changed(own, id, room, archived, RoomChange::Archived) {
                    ears.hear(heard).await?;
                }
            }
            // Neither an edit nor a reaction moves the time of a channel's last post.
            if archived == 0 {
                self.catch_up_in(own, channel, since, ears).await?;
            }
        }
        // A room that we know and are in no more: people put us out, or deleted it.
        for room in self.names.without(&ids) {
            let id = format_compact!("gone/{room}/{}", since / OVERLAP_MILLIS);
            if let Some(heard) = changed(own, id, &room, 0, RoomChange::Removed) {
                ears.hear(heard).await?;
            }
        }
        Ok(())
    }

    /// The channels that we are in, with those that were archived since then.
    async fn channels(&self, own: &Own, since: i64) -> Result<Value, Failure> {
        let path = ["users", "me", "teams", &own.team, "channels"];
        let since = (since > 0).then(|| since.to_string());
        let query: Vec<(&str, &str)> = match &since {
            Some(since) => vec![("include_deleted", "true"), ("last_delete_at", since)],
            None => Vec::new(),
        };
        self.ask(&path, &query).await
    }

    /// Asks, and waits where the budget says so: nobody waits for this, and it must come to its end.
    async fn ask(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        loop {
            let request = self.server.request(Method::GET, path).query(query);
            match self.server.send(Lane::First, request).await.map_err(Failure::from) {
                Err(Failure::Retry { after: Some(after), .. }) => {
                    // Nothing ever cancels this: it is a pause.
                    drop(timeout(after, std::future::pending::<()>()).await);
                }
                done => return done,
            }
        }
    }

    async fn catch_up_in(
        &self,
        own: &Own,
        channel: &Value,
        since: i64,
        ears: &dyn Ears,
    ) -> Result<(), Failure> {
        let room = text(channel, "id");
        let from = since.to_string();
        let page = self.ask(&["channels", room, "posts"], &[("since", &from)]).await?;
        let posts = in_order(&page);
        if posts.len() >= POSTS_MAX {
            let id = format_compact!("gap/{room}/{since}");
            let (by, at) = (nobody(own), now());
            ears.hear(Heard { id, room: Some(room.into()), by, at, what: What::Gap }).await?;
        }
        let is_direct = text(channel, "type") == "D";
        let place = Place { is_direct, team: text(channel, "team_id") };
        for post in posts {
            // Posts come with every change: only what was said or edited meanwhile is news.
            let news = number(post, "create_at").max(number(post, "edit_at"));
            if news >= since
                && let Some(heard) = self.posted(post, place).await?
            {
                ears.hear(heard).await?;
            }
            for heard in self.picked_since(own, post, since).await? {
                ears.hear(heard).await?;
            }
        }
        Ok(())
    }

    /// What was picked of our own message, where choices are reactions.
    async fn picked_since(
        &self,
        own: &Own,
        post: &Value,
        since: i64,
    ) -> Result<Vec<Heard>, Failure> {
        let mut heard = Vec::new();
        let reactions = post.get("metadata").and_then(|it| it.get("reactions"));
        if text(post, "user_id") != own.id {
            return Ok(heard);
        }
        for reaction in reactions.map(list).unwrap_or_default() {
            let is_choice = SYMBOLS.contains(&text(reaction, "emoji_name"));
            if is_choice && number(reaction, "create_at") >= since {
                heard.extend(self.reacted(reaction, text(post, "channel_id")).await?);
            }
        }
        Ok(heard)
    }
}

//! Does what somebody said or picked on a platform: by the same door as every other line.

use std::sync::Arc;
use std::time::Duration;

use compact_str::{CompactString, format_compact};

use super::Engine;
use super::carry::{in_time, saying};
use super::ears::short;
use super::lead::Office;
use super::place::{Place, key};
use crate::adapters::chat::{Heard, Manner, RoomChange, Saying, Speaker, What};
use crate::adapters::failure::Failure;
use crate::domain::access::{Actor, Via};
use crate::domain::commands::{clean, verb_of};
use crate::domain::messages::{mirror as say, plain};
use crate::domain::room::Post;
use crate::engine::talk::{Origin, Spoken, commands};

/// Characters of a stranger's name: it stands before their lines, and in keys.
const NAME_MAX: usize = 24;
/// How often an answer to one person is tried.
const WHISPERS_MAX: u32 = 4;
/// The command that says who somebody is.
const WHOAMI: &str = "whoami";

/// Something that was said, with everything that is known about it.
struct Line<'a> {
    heard: &'a Heard,
    office: &'a Office,
    /// Our room.
    room: Option<CompactString>,
    text: &'a str,
    is_addressed: bool,
    manner: Manner,
}

impl Engine {
    pub(super) async fn do_one(self: &Arc<Self>, office: &Arc<Office>, heard: Heard) {
        let place = heard.room.as_deref().and_then(|id| office.place_of(id));
        match &heard.what {
            What::Line { text, is_addressed, manner, .. } => {
                // A room that is not ours is nobody's business, unless we are spoken to there.
                let room = place.map(|(room, _)| room);
                if heard.by.is_bot || (room.is_none() && !is_addressed) {
                    return;
                }
                let (is_addressed, manner) = (*is_addressed, *manner);
                let line = Line { heard: &heard, office, room, text, is_addressed, manner };
                self.do_line(line).await;
            }
            What::Picked { message, choice } => {
                let Some((room, place)) = place else { return };
                self.do_pick(office, &heard, (room, &place, message), *choice).await;
            }
            What::RoomChanged { how } => {
                let Some((room, place)) = place else { return };
                self.room_changed(office, (&room, &place), how).await;
            }
            // Every worker looks again by itself, and what people said meanwhile is fetched by the
            // platform or lost: the ops room hears of it.
            What::Gap => {
                let id = format!("mirror/{}/{}", office.site.name, short(&heard.id));
                self.tell_ops(&id, say::gap(&office.site.name)).await;
            }
        }
    }

    async fn do_line(self: &Arc<Self>, line: Line<'_>) {
        let Line { heard, office, ref room, text, is_addressed, manner } = line;
        let typed = clean(text);
        let is_incidents = room.as_ref().is_some_and(|room| room.parse::<u64>().is_ok());
        let to_us = is_addressed || typed.is_addressed;
        let (verb, _) = verb_of(&typed.line);
        let is_verb = commands::ALL.iter().any(|command| command.spec.is(&verb));
        let is_command = manner == Manner::Typed && (to_us || (is_incidents && is_verb));
        let person = self.person_on(&office.site.name, &heard.by.id);
        let actor = self.actor(office, &heard.by, person.as_deref());
        let may_ask = person.is_some() && !heard.by.is_guest;
        let origin = match manner {
            Manner::Edited => Origin::Edited,
            Manner::Typed if is_command && may_ask => Origin::Typed,
            Manner::Typed | Manner::Quoted => Origin::Quoted,
        };
        let key = key(&office.site.name, &short(&heard.id));
        // What was addressed to us by the platform's own means needs our mark to be read so.
        let marked = if is_addressed && !typed.is_addressed {
            format!("!{}", typed.line)
        } else {
            text.to_owned()
        };
        let begins = typed.line.starts_with(char::is_alphabetic);
        let line = if begins { marked.as_str() } else { text };
        let spoken = Spoken { actor: &actor, room: room.as_deref(), line, origin, key: Some(&key) };
        let said = self.say(spoken).await;
        let is_whoami = is_command && verb == WHOAMI;
        if is_command && !may_ask {
            let text = say::unmapped(&office.site.name, &heard.by.id, heard.by.is_guest);
            self.whisper(office, heard, Post::text(text)).await;
        } else if is_whoami {
            let text = say::whoami(&said.post.text, &office.site.name, &heard.by.id);
            self.whisper(office, heard, Post { text, ..said.post }).await;
        } else if is_command && said.entry.is_none() && !said.post.text.is_empty() {
            self.whisper(office, heard, said.post).await;
        }
    }

    /// The command of a choice is the one that stands in the log, never what the platform says.
    async fn do_pick(
        self: &Arc<Self>,
        office: &Arc<Office>,
        heard: &Heard,
        (room, place, message): (CompactString, &Place, &CompactString),
        choice: usize,
    ) {
        let mut meant = Vec::new();
        for number in place.entries_of(message, heard.at) {
            let entry = self.rooms.entries(&room, number, 1).await.ok().and_then(|mut it| it.pop());
            let button = entry.and_then(|(_, entry)| entry.post.buttons.into_iter().nth(choice));
            meant.push(button.map(|button| button.command));
        }
        meant.dedup();
        let command = match meant.as_slice() {
            [Some(command)] => command.clone(),
            _ => return self.whisper(office, heard, Post::text(say::stale_choice())).await,
        };
        let Some(person) = self.person_on(&office.site.name, &heard.by.id) else {
            let text = say::unmapped(&office.site.name, &heard.by.id, heard.by.is_guest);
            return self.whisper(office, heard, Post::text(text)).await;
        };
        if heard.by.is_guest || heard.by.is_bot {
            let text = say::unmapped(&office.site.name, &heard.by.id, true);
            return self.whisper(office, heard, Post::text(text)).await;
        }
        let actor = self.actor(office, &heard.by, Some(&person));
        let key = key(&office.site.name, &short(&heard.id));
        let line = format!("!{command}");
        let spoken = Spoken {
            actor: &actor,
            room: Some(&room),
            line: &line,
            origin: Origin::Typed,
            key: Some(&key),
        };
        let said = self.say(spoken).await;
        if said.entry.is_none() && !said.post.text.is_empty() {
            self.whisper(office, heard, said.post).await;
        }
    }

    async fn room_changed(
        self: &Arc<Self>,
        office: &Arc<Office>,
        (room, place): (&CompactString, &Place),
        how: &RoomChange,
    ) {
        if place.is_archived {
            return;
        }
        if let RoomChange::Renamed { name } = how {
            let text = say::renamed(&office.site.name, room, name);
            let id = format!("mirror/{}/{room}/renamed/{}", office.site.name, short(name));
            return self.tell_ops(&id, text).await;
        }
        if !matches!(how, RoomChange::Reopened) {
            self.note_taken_away(office, room, place).await;
        }
        // The worker finds out by itself what became of it: it says something there.
        self.attend(office, room);
    }

    /// A line in the log that has to be shown makes the worker notice that it cannot be.
    async fn note_taken_away(&self, office: &Office, room: &CompactString, place: &Place) {
        let id = format_compact!("mirror/{}/taken/{}", office.site.name, place.remade);
        let at = self.clock.now();
        let text = say::taken_away(&office.site.name);
        let entry = crate::domain::room::Entry {
            id,
            at,
            by: crate::domain::room::Author::Warroom,
            slot: None,
            post: Post::text(text),
        };
        if let Err(error) = self.rooms.enter(room, &entry).await {
            tracing::debug!(%error, "a room that was taken away was not noted");
        }
    }

    /// The person of the configuration behind a platform's id.
    fn person_on(&self, site: &str, id: &str) -> Option<CompactString> {
        let directory = self.directory();
        let is_theirs = |known: &CompactString| known == id;
        let mut people = directory.people.iter();
        let found = people.find(|(_, person)| person.chat.get(site).is_some_and(is_theirs));
        found.map(|(name, _)| name.clone())
    }

    /// Whoever speaks; a stranger's name says where it comes from, so that it is no person's of ours.
    fn actor(&self, office: &Office, by: &Speaker, person: Option<&str>) -> Actor {
        let known = person.and_then(|name| self.directory().actor(name, Via::Chat));
        known.unwrap_or_else(|| {
            let name = plain(&by.name, NAME_MAX).replace(['/', '@'], "-");
            let name = format_compact!("{name} ({})", office.site.name);
            Actor { name, is_known: false, teams: Default::default(), via: Via::Chat }
        })
    }

    /// Answers one person alone, as well as that can be done.
    async fn whisper(&self, office: &Office, heard: &Heard, post: Post) {
        let key = format!("{}/{}", office.site.name, short(&heard.id));
        for tried in 1..=WHISPERS_MAX {
            let saying = Saying { key: &key, is_retry: tried > 1, ..saying(&post) };
            let failure = match in_time(office.site.platform.whisper(&heard.by.id, saying)).await {
                Ok(_) => return,
                Err(failure) => failure,
            };
            let pause = match &failure {
                Failure::Retry { after, .. } => after.unwrap_or(Duration::from_secs(1)),
                Failure::Unknown { .. } => Duration::from_secs(1),
                Failure::Refused { .. } | Failure::Broken { .. } => {
                    return tracing::warn!(%failure, "an answer to one person was not delivered");
                }
            };
            self.clock.sleep(pause.min(Duration::from_secs(10))).await;
        }
        tracing::warn!(platform = %office.site.name, "an answer to one person was given up");
    }
}

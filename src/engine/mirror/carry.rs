//! Carries one room's log over to a platform, in order, for as long as this process leads it.

use std::sync::Arc;
use std::time::Duration;

use compact_str::{CompactString, format_compact};
use tokio::sync::Notify;

use super::Engine;
use super::invite::ids_on;
use super::lead::Office;
use super::place::{Next, Place};
use super::plan::Wish;
use crate::adapters::chat::{Opening, Room, Saying, Sent};
use crate::adapters::failure::Failure;
use crate::brain::{Error, Kind};
use crate::domain::room::{Author, CARD, Entry, Post};
use crate::engine::graphs::Format;
use crate::engine::outside::CALL_MAX;
use crate::engine::patience::backoff;

/// Entries that are read at once.
const BATCH: usize = 20;
/// How long a room rests when there is nothing to do: first short, because its incident may be about
/// to close, then long, because hints may be lost.
const RESTS: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));
/// How often it rests short.
const SHORT_RESTS: u32 = 3;
/// The longest pause between two tries: an operator who mends something sees it soon.
const PAUSE_MAX: Duration = Duration::from_secs(20);

/// What a step came to.
pub(super) enum Done {
    /// Something: there may be more.
    Something,
    /// Everything is shown.
    Nothing,
    /// Nothing is to be done here any more.
    End,
}

/// Why a step was not done.
pub(super) enum Hitch {
    /// The platform did not do it. `is_edit`: a first post need not wait behind it.
    Platform { failure: Failure, is_edit: bool },
    /// The brain did not.
    Brain(Error),
}

impl From<Error> for Hitch {
    fn from(error: Error) -> Self {
        Self::Brain(error)
    }
}

pub(super) fn hitch(failure: Failure) -> Hitch {
    Hitch::Platform { failure, is_edit: false }
}

/// The work on one room.
pub(super) struct Desk {
    pub(super) engine: Arc<Engine>,
    pub(super) office: Arc<Office>,
    pub(super) room: CompactString,
    pub(super) place: Place,
    version: u64,
    pub(super) wish: Wish,
    /// An earlier try may have done what is to be done next.
    pub(super) is_in_doubt: bool,
    /// How often the platform refused what is to be done next.
    pub(super) refusals: u8,
    /// Since when, by this process's uptime, nothing succeeds.
    pub(super) failing_since: Option<Duration>,
    pub(super) was_handed_over: bool,
}

impl Engine {
    pub(super) async fn carry_room(
        self: Arc<Self>,
        office: Arc<Office>,
        room: CompactString,
        wake: Arc<Notify>,
    ) {
        let (mut tries, mut rests) = (0_u32, 0_u32);
        let mut desk = None;
        loop {
            let done = self.one_step(&mut desk, &office, &room).await;
            let (pause, can_be_woken) = match done {
                Ok(Done::Something) => {
                    (tries, rests) = (0, 0);
                    continue;
                }
                Ok(Done::Nothing) => {
                    rests += 1;
                    let rest = if rests <= SHORT_RESTS { RESTS.0 } else { RESTS.1 };
                    (rest, true)
                }
                Ok(Done::End) => break,
                Err(hitch) => {
                    tries += 1;
                    pause(hitch, tries, &mut desk).await
                }
            };
            tokio::select! {
                biased;
                () = wake.notified(), if can_be_woken => rests = 0,
                () = self.clock.sleep(pause) => {}
            }
        }
        office.leave(&room);
    }

    async fn one_step(
        self: &Arc<Self>,
        desk: &mut Option<Desk>,
        office: &Arc<Office>,
        room: &CompactString,
    ) -> Result<Done, Hitch> {
        if desk.is_none() {
            *desk = self.desk(office, room).await?;
        }
        match desk {
            Some(desk) => desk.step().await,
            None => Ok(Done::End),
        }
    }

    /// None: this platform has nothing to do with the room.
    async fn desk(
        self: &Arc<Self>,
        office: &Arc<Office>,
        room: &CompactString,
    ) -> Result<Option<Desk>, Error> {
        let site = &office.site;
        let Some(wish) = self.wish(site, room).await? else { return Ok(None) };
        let stored = self.places(&site.name).await?.into_iter().find(|(known, ..)| known == room);
        let (place, version, is_new) = match stored {
            Some((_, place, version)) => (place, version, false),
            None if !wish.on.contains(&site.name) || wish.is_closed => return Ok(None),
            None => (self.new_place(&wish, room).await?, 0, true),
        };
        let mut desk = Desk {
            engine: self.clone(),
            office: office.clone(),
            room: room.clone(),
            place,
            version,
            wish,
            is_in_doubt: !is_new,
            refusals: 0,
            failing_since: None,
            was_handed_over: false,
        };
        if is_new {
            desk.store().await?;
        }
        desk.office.remember(room, &desk.place);
        Ok(Some(desk))
    }

    /// A named room begins now: what was said there before it was shown stays in the console.
    async fn new_place(&self, wish: &Wish, room: &str) -> Result<Place, Error> {
        let cursor = if wish.is_named { self.rooms.length(room).await? } else { 0 };
        Ok(Place { cursor, ..Place::default() })
    }
}

/// How long to wait after a hitch, and whether news may end that.
async fn pause(hitch: Hitch, tries: u32, desk: &mut Option<Desk>) -> (Duration, bool) {
    let wait = backoff(tries).min(PAUSE_MAX);
    match hitch {
        Hitch::Brain(error) => {
            tracing::debug!(%error, "a room cannot be carried over now");
            // Somebody else may have written the place: it is read anew.
            *desk = None;
            (wait, false)
        }
        Hitch::Platform { failure, is_edit } => {
            let Some(desk) = desk else { return (wait, false) };
            desk.failed(&failure).await;
            match failure {
                Failure::Retry { after: Some(after), .. } => (after, is_edit),
                Failure::Retry { after: None, .. } => (wait, false),
                Failure::Unknown { .. } => {
                    desk.is_in_doubt = true;
                    (wait, false)
                }
                Failure::Refused { .. } | Failure::Broken { .. } => (wait, false),
            }
        }
    }
}

impl Desk {
    async fn step(&mut self) -> Result<Done, Hitch> {
        let length = self.engine.rooms.length(&self.room).await?;
        let (site, uptime) = (self.office.site.name.clone(), self.engine.clock.uptime());
        let waiting = if self.place.is_archived { 0 } else { self.place.backlog(length) };
        self.engine.mirror.board.note(&site, &self.room, waiting, uptime);
        if self.place.is_archived {
            return self.after_the_end(length).await;
        }
        if self.place.room.is_none() {
            return self.open().await;
        }
        if self.place.cursor < length {
            return self.entries().await;
        }
        match self.place.outdated() {
            Some((slot, shown)) => self.edit(&slot, &shown.message, shown.wanted).await,
            None => self.rest().await,
        }
    }

    async fn open(&mut self) -> Result<Done, Hitch> {
        let room = self.opened().await.map_err(hitch)?;
        self.worked();
        self.place.room = Some(room.id);
        self.place.name = room.name;
        self.store().await?;
        self.is_in_doubt = false;
        Ok(Done::Something)
    }

    async fn opened(&self) -> Result<Room, Failure> {
        let platform = &self.office.site.platform;
        if self.wish.is_named {
            return in_time(platform.find(&self.wish.name)).await;
        }
        let (marker, directory) = (self.marker(), self.engine.directory());
        let guests = self.engine.roster().guests(&self.wish.invite, self.engine.clock.now());
        let invite = ids_on(&directory, &self.office.site.name, &guests);
        let opening = Opening {
            marker: &marker,
            is_retry: self.is_in_doubt,
            name: &self.wish.name,
            topic: &self.wish.topic,
            invite: &invite,
        };
        in_time(platform.open(opening)).await
    }

    /// The same for every try, and for no other room.
    fn marker(&self) -> String {
        let Office { store, .. } = self.office.as_ref();
        format!("{store}/{}/{}", self.room, self.place.remade)
    }

    async fn entries(&mut self) -> Result<Done, Hitch> {
        let from = self.place.cursor + 1;
        let entries = self.engine.rooms.entries(&self.room, from, BATCH).await?;
        if entries.is_empty() {
            // What cannot be read was reported, and is passed.
            self.place.cursor = from;
            return Ok(Done::Something);
        }
        for (number, entry) in entries {
            match self.place.next(&self.office.site.name, &entry) {
                Next::Skip | Next::Edit => self.place.pass(number, &entry),
                Next::Say => {
                    let sent = self.say_first(number, &entry).await?;
                    self.place.said(number, &entry, sent.id);
                    self.worked();
                    self.store().await?;
                    self.is_in_doubt = false;
                }
            }
        }
        Ok(Done::Something)
    }

    async fn say_first(&self, number: u64, entry: &Entry) -> Result<Sent, Hitch> {
        let _turn = self.office.posts.acquire().await;
        let plain = self.plainer(&entry.post);
        let pin = entry.slot.as_ref() == Some(&CARD) && !self.wish.is_named;
        let told = plain.as_ref().unwrap_or(&entry.post);
        self.say(number, entry, Saying { pin, ..saying(told) }).await.map_err(hitch)
    }

    async fn edit(&mut self, slot: &str, message: &str, number: u64) -> Result<Done, Hitch> {
        let entries = self.engine.rooms.entries(&self.room, number, 1).await?;
        let Some((number, entry)) = entries.into_iter().next() else {
            return Err(Hitch::Brain(Error::Away("an entry is not there yet".to_owned())));
        };
        let turn = self.office.edits.acquire().await;
        let plain = self.plainer(&entry.post);
        let can_edit = self.office.site.platform.abilities().edits;
        let told = plain.as_ref().unwrap_or(&entry.post);
        // What was refused as an edit is said anew: its message may be gone.
        let edits = Some(message).filter(|_| can_edit && self.refusals < 2);
        let said = self.say(number, &entry, Saying { edits, ..saying(told) }).await;
        drop(turn);
        let sent = said.map_err(|failure| Hitch::Platform { failure, is_edit: true })?;
        self.place.edited(slot, number, sent.id, self.engine.clock.now());
        self.worked();
        self.store().await?;
        self.is_in_doubt = false;
        Ok(Done::Something)
    }

    async fn say(&self, number: u64, entry: &Entry, saying: Saying<'_>) -> Result<Sent, Failure> {
        let room = self.place.room.clone().unwrap_or_default();
        let key = format_compact!("{}#{number}", self.marker());
        let by = match &entry.by {
            Author::Warroom => None,
            Author::Person { name } => Some(name.as_str()),
        };
        let picture = self.picture(saying.post).await;
        let is_retry = self.is_in_doubt;
        let picture = picture.as_deref();
        let saying = Saying { key: &key, is_retry, by, picture, ..saying };
        in_time(self.office.site.platform.say(&room, saying)).await
    }

    /// The picture of a post, drawn anew; without one its words are shown.
    async fn picture(&self, post: &Post) -> Option<Vec<u8>> {
        let picture = post.picture.as_ref()?;
        let graphs = &self.engine.graphs;
        let drawn = async {
            let chart = graphs.kept(&picture.id).await?;
            graphs.paint(chart, Default::default(), Format::Png).await
        };
        match drawn.await {
            Ok(painted) => Some(painted.bytes),
            Err(miss) => {
                tracing::debug!(?miss, "a picture could not be drawn for a platform");
                None
            }
        }
    }

    pub(super) async fn store(&mut self) -> Result<(), Error> {
        let body =
            serde_json::to_value(&self.place).map_err(|error| Error::Invalid(error.to_string()))?;
        let id = self.office.document(&self.room);
        self.version = self.engine.brain.put(Kind::Mirror, id, self.version, Some(body)).await?;
        self.office.remember(&self.room, &self.place);
        Ok(())
    }

    fn worked(&mut self) {
        self.refusals = 0;
        self.failing_since = None;
    }
}

/// Cuts a call off that does not answer: what it did is unknown then.
pub(super) async fn in_time<T>(
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(CALL_MAX, call).await.unwrap_or_else(|_| {
        let why = format!("no answer within {} s", CALL_MAX.as_secs());
        Err(Failure::Unknown { why })
    })
}

pub(super) fn saying(post: &Post) -> Saying<'_> {
    Saying {
        key: "",
        is_retry: false,
        post,
        by: None,
        picture: None,
        edits: None,
        below: None,
        pin: false,
    }
}

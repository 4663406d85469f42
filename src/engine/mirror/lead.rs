//! One process leads a platform at a time: it listens there, and carries every room over.
//!
//! The lease is a document; who leads writes it anew every second. Whoever sees it unchanged for its
//! whole length, by their own uptime, takes it over by its version. It is no fence: every place is
//! written by version too, so that a leader who has slept changes nothing any more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compact_str::{CompactString, format_compact};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::place::Place;
use super::{Engine, Site};
use crate::brain::{Change, Error, Kind};
use crate::engine::rooms::room_of;

/// How often a leader shows that it lives, and others look.
const BEAT: Duration = Duration::from_millis(700);
/// A lease that was not renewed for so long is anybody's: with a look, the next one goes on in 5 s.
const LEASE: Duration = Duration::from_secs(3);
/// How many beats pass until the places are looked at anew: others may have made some.
const SURVEY_BEATS: u32 = 7;
/// How many surveys pass until every live incident is looked at: a hint may have been lost.
const LIVE_SURVEYS: u32 = 12;
/// Messages under way at once, and edits among them: a first post never waits behind edits.
const POSTS: usize = 8;
const EDITS: usize = 2;
/// Cases on one page.
const PAGE: usize = 500;

/// What the workers of one platform share while this process leads it.
pub(super) struct Office {
    pub(super) site: Arc<Site>,
    /// What markers and keys begin with: another store's rooms are not ours.
    pub(super) store: String,
    pub(super) stop: CancellationToken,
    pub(super) posts: Semaphore,
    pub(super) edits: Semaphore,
    /// Something was heard.
    pub(super) heard: Notify,
    /// The rooms that have a worker.
    desks: Mutex<BTreeMap<CompactString, Arc<Notify>>>,
    /// The places as they were written last, for what is heard.
    places: Mutex<BTreeMap<CompactString, Place>>,
}

impl Office {
    fn new(site: Arc<Site>, store: String) -> Self {
        Self {
            site,
            store,
            stop: CancellationToken::new(),
            posts: Semaphore::new(POSTS),
            edits: Semaphore::new(EDITS),
            heard: Notify::new(),
            desks: Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// The name of a room's document.
    pub(super) fn document(&self, room: &str) -> CompactString {
        document(&self.site.name, room)
    }

    pub(super) fn remember(&self, room: &CompactString, place: &Place) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert(room.clone(), place.clone());
    }

    /// Our room behind the platform's id, with what is known of it.
    pub(super) fn place_of(&self, id: &str) -> Option<(CompactString, Place)> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let found = places.iter().find(|(_, place)| place.room.as_deref() == Some(id));
        found.map(|(room, place)| (room.clone(), place.clone()))
    }

    pub(super) fn leave(&self, room: &str) {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner).remove(room);
    }

    /// Wakes the worker of a room; none: it needs one, and this is what wakes it.
    fn wake(&self, room: &CompactString) -> Option<Arc<Notify>> {
        let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(desk) = desks.get(room) {
            desk.notify_one();
            return None;
        }
        let desk = Arc::new(Notify::new());
        desks.insert(room.clone(), desk.clone());
        Some(desk)
    }
}

/// The name of the document about a room on a platform.
pub(super) fn document(site: &str, room: &str) -> CompactString {
    format_compact!("{site}/{room}")
}

impl Engine {
    /// Leads a platform whenever nobody else does, until everything stops.
    pub(super) async fn follow_platform(self: Arc<Self>, site: Arc<Site>) {
        loop {
            let version = self.await_lease(&site).await;
            tracing::info!(platform = %site.name, "this process shows rooms there");
            self.lead(&site, version).await;
            self.mirror.board.forget(&site.name);
            tracing::warn!(platform = %site.name, "another process shows rooms there now");
        }
    }

    async fn await_lease(&self, site: &Site) -> u64 {
        let mut seen = None;
        loop {
            match self.try_lease(site, &mut seen).await {
                Ok(Some(version)) => return version,
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "the lease of a platform cannot be read"),
            }
            self.clock.sleep(BEAT).await;
        }
    }

    async fn try_lease(
        &self,
        site: &Site,
        seen: &mut Option<(u64, Duration)>,
    ) -> Result<Option<u64>, Error> {
        let documents = self.brain.documents(Kind::Lease).await?;
        let id = lease(site);
        let version = documents.iter().find(|document| document.id == id);
        let version = version.map_or(0, |document| document.version);
        let now = self.clock.uptime();
        let since = match *seen {
            Some((known, since)) if known == version => since,
            _ => {
                *seen = Some((version, now));
                now
            }
        };
        let is_free = version == 0 || !self.options.is_shared || now.saturating_sub(since) >= LEASE;
        if is_free { self.write_lease(site, version).await } else { Ok(None) }
    }

    /// None: somebody else was faster.
    async fn write_lease(&self, site: &Site, version: u64) -> Result<Option<u64>, Error> {
        let body = json!({ "holder": self.options.holder });
        match self.brain.put(Kind::Lease, lease(site), version, Some(body)).await {
            Ok(version) => Ok(Some(version)),
            Err(Error::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn lead(self: &Arc<Self>, site: &Arc<Site>, mut version: u64) {
        let store = match self.brain.health().await {
            Ok(health) => health.id,
            Err(error) => return tracing::debug!(%error, "the store cannot be asked who it is"),
        };
        let office = Arc::new(Office::new(site.clone(), store));
        let _end = office.stop.clone().drop_guard();
        let mut changes = self.brain.watch();
        self.listen(&office);
        self.survey(&office, true).await;
        let (mut beats, mut renewed) = (0_u32, self.clock.uptime());
        let mut beat = self.clock.sleep(BEAT);
        loop {
            tokio::select! {
                biased;
                () = &mut beat => {
                    beat = self.clock.sleep(BEAT);
                    beats = beats.wrapping_add(1);
                    self.mirror.board.publish(&site.name, self.clock.uptime());
                    if !self.renew_lead(site, &mut version, &mut renewed).await {
                        return;
                    }
                    if beats.is_multiple_of(SURVEY_BEATS) {
                        let is_whole = beats.is_multiple_of(SURVEY_BEATS * LIVE_SURVEYS);
                        self.survey(&office, is_whole).await;
                    }
                }
                change = changes.recv() => match change {
                    Ok(Change::Log(log, _)) => self.look_at_log(&office, &log),
                    Ok(Change::Lagged) | Err(RecvError::Lagged(_)) => {
                        self.survey(&office, true).await;
                    }
                    Ok(Change::Case(..) | Change::Document(_) | Change::Agenda) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    /// Whether this process still leads. One that has the store for itself always does.
    async fn renew_lead(&self, site: &Site, version: &mut u64, renewed: &mut Duration) -> bool {
        if !self.options.is_shared {
            return true;
        }
        match self.write_lease(site, *version).await {
            Ok(Some(newer)) => {
                (*version, *renewed) = (newer, self.clock.uptime());
                true
            }
            Ok(None) => false,
            Err(_) => self.clock.uptime().saturating_sub(*renewed) < LEASE,
        }
    }

    fn look_at_log(self: &Arc<Self>, office: &Arc<Office>, log: &str) {
        match room_of(log) {
            Some(room) => self.attend(office, &room.into()),
            None if super::ears::is_inbox(&office.site.name, log) => office.heard.notify_one(),
            None => {}
        }
    }

    /// Sees to it that a room has a worker, which is awake.
    pub(super) fn attend(self: &Arc<Self>, office: &Arc<Office>, room: &CompactString) {
        if let Some(desk) = office.wake(room) {
            let work = self.clone().carry_room(office.clone(), room.clone(), desk);
            let stop = office.stop.clone();
            self.tasks.spawn("carry", async move {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => {}
                    () = work => {}
                }
            });
        }
    }

    /// Looks at everything that may have to be shown. `is_whole`: at every live incident, too.
    async fn survey(self: &Arc<Self>, office: &Arc<Office>, is_whole: bool) {
        office.heard.notify_one();
        for room in office.site.rooms.keys() {
            self.attend(office, room);
        }
        let done = async {
            for (room, place, _) in self.places(&office.site.name).await? {
                if !place.is_archived {
                    self.attend(office, &room);
                }
                office.remember(&room, &place);
            }
            if is_whole { self.survey_live(office).await } else { Ok(()) }
        };
        if let Err(error) = done.await {
            tracing::debug!(%error, "rooms could not be surveyed");
        }
    }

    async fn survey_live(self: &Arc<Self>, office: &Arc<Office>) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.brain.live(after, PAGE).await?;
            for (_, head) in &page.cases {
                let is_asked = head.policy.as_ref().is_some_and(|policy| policy.room.is_some());
                if let Some(number) = head.number.filter(|_| is_asked) {
                    self.attend(office, &format_compact!("{number}"));
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// The rooms that this platform shows, as stored, with their versions.
    pub(super) async fn places(
        &self,
        site: &str,
    ) -> Result<Vec<(CompactString, Place, u64)>, Error> {
        let documents = self.brain.documents(Kind::Mirror).await?;
        let ours = documents.into_iter().filter_map(|document| {
            let room = document.id.strip_prefix(site)?.strip_prefix('/')?;
            match serde_json::from_value(document.body) {
                Ok(place) => Some((room.into(), place, document.version)),
                Err(error) => {
                    tracing::error!(id = %document.id, %error, "a mirrored room cannot be read");
                    None
                }
            }
        });
        Ok(ours.collect())
    }
}

fn lease(site: &Site) -> CompactString {
    format_compact!("mirror/{}", site.name)
}

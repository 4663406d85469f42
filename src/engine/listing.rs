//! Lists for people: which rooms there are, and which incidents somebody looks for.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;

use super::Engine;
use super::queries::away;
use super::views::{IncidentView, Refusal};
use crate::domain::ids::Number;
use crate::domain::incident::Phase;

/// Cases that are looked at in one question.
const PAGE_CASES: usize = 256;
/// Rooms of incidents in the list at most: more than anybody reads, and a bound for the answer.
const ROOMS_MAX: usize = 2000;
/// Rooms that are looked at at the same time.
const AT_ONCE: usize = 64;
/// Incidents that one search looks at; the answer says where the next search goes on.
const SEARCHED_MAX: usize = 5000;
/// Incidents that are read in one step of a search.
const STEP: usize = 250;

/// One room in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoomView {
    /// Its name in addresses: `12`, `ops`.
    #[schemars(with = "String")]
    pub id: CompactString,
    /// What it is about.
    pub title: String,
    /// The incident that it is for.
    pub incident: Option<u64>,
    /// Where the incident stands.
    pub phase: Option<Phase>,
    /// How bad the incident is.
    pub severity: Option<String>,
    /// How many entries it has.
    pub entries: u64,
    /// When something was last said there.
    pub last_at: Option<DateTime<Utc>>,
}

/// Which incidents are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// Those that people should be looking at.
    Open,
    /// Those that somebody leads or has taken, while they are open.
    Mine,
    /// Every one that is known.
    #[default]
    All,
}

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "open" => Ok(Self::Open),
            "mine" => Ok(Self::Mine),
            "all" => Ok(Self::All),
            _ => Err("it is open, mine or all".to_owned()),
        }
    }
}

/// What a search looks for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Which incidents.
    pub wanted: Wanted,
    /// Who asks, for [`Wanted::Mine`].
    pub me: CompactString,
    /// Words, each of which stands somewhere in what a list shows of an incident.
    pub words: Vec<String>,
    /// Only incidents with a lower number.
    pub before: Option<Number>,
    /// How many at most.
    pub max: usize,
}

/// A page of incidents.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The newest first.
    pub incidents: Vec<IncidentView>,
    /// The `before` of the next page; none: there is nothing older.
    pub next: Option<u64>,
}

impl Search {
    fn fits(&self, view: &IncidentView) -> bool {
        let is_wanted = match self.wanted {
            Wanted::All => true,
            Wanted::Open => is_open(view.phase),
            Wanted::Mine => {
                let is_me = |who: &Option<String>| who.as_deref() == Some(self.me.as_str());
                is_open(view.phase) && (is_me(&view.lead) || is_me(&view.acknowledged_by))
            }
        };
        is_wanted && (self.words.is_empty() || has_words(view, &self.words))
    }
}

fn is_open(phase: Phase) -> bool {
    matches!(phase, Phase::Triggered | Phase::Acknowledged)
}

fn has_words(view: &IncidentView, words: &[String]) -> bool {
    let labels = view.labels.iter().map(|(name, value)| format!("{name}={value}"));
    let labels = labels.collect::<Vec<_>>().join(" ");
    let people = [&view.lead, &view.acknowledged_by].map(|who| who.as_deref().unwrap_or_default());
    let people = people.join(" ");
    let IncidentView { number, title, severity, rule, .. } = view;
    let all = format!("#{number} {title} {severity} {rule} {labels} {people}").to_lowercase();
    words.iter().all(|word| all.contains(&word.to_lowercase()))
}

impl Engine {
    /// Every room, those with a name first, then those of incidents that are not closed, the worst
    /// and newest first.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn list_rooms(&self) -> Result<Vec<RoomView>, Refusal> {
        let named = self.rooms.named().await.map_err(away)?.into_iter().map(|name| RoomView {
            title: format!("#{name}"),
            id: name,
            incident: None,
            phase: None,
            severity: None,
            entries: 0,
            last_at: None,
        });
        let mut incidents = self.living().await?;
        incidents.retain(|view| view.parent.is_none());
        incidents.sort_by_key(|view| (rank(&view.severity), Reverse(view.number)));
        incidents.truncate(ROOMS_MAX);
        let rooms = named.chain(incidents.into_iter().map(room_of_incident));
        stream::iter(rooms.map(|room| self.with_entries(room)))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn with_entries(&self, mut room: RoomView) -> Result<RoomView, Refusal> {
        room.entries = self.last_entry(&room.id).await?;
        if room.entries > 0 {
            let last = self.entries(&room.id, room.entries, 1).await?;
            room.last_at = last.last().map(|(_, entry)| entry.at);
        }
        Ok(room)
    }

    /// Every incident that is not closed.
    async fn living(&self) -> Result<Vec<IncidentView>, Refusal> {
        let (mut views, mut after) = (Vec::new(), None);
        loop {
            let page = self.brain.live(after, PAGE_CASES).await.map_err(away)?;
            let cases = page.cases.iter().filter(|(_, head)| head.phase != Phase::Closed);
            views.extend(cases.filter_map(|(case, head)| IncidentView::of(*case, head)));
            after = page.next;
            if after.is_none() {
                return Ok(views);
            }
        }
    }

    /// Looks for incidents, the newest first.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn search(&self, search: &Search) -> Result<Found, Refusal> {
        match search.wanted {
            Wanted::All => self.search_all(search).await,
            Wanted::Open | Wanted::Mine => {
                let mut incidents = self.living().await?;
                let before = search.before.map_or(u64::MAX, |before| before.0);
                incidents.retain(|view| view.number < before && search.fits(view));
                incidents.sort_by_key(|view| Reverse(view.number));
                let has_more = incidents.len() > search.max;
                incidents.truncate(search.max);
                let next = incidents.last().map(|view| view.number).filter(|_| has_more);
                Ok(Found { incidents, next })
            }
        }
    }

    /// Goes back through all incidents; a search for rare words may end before it has found enough.
    async fn search_all(&self, search: &Search) -> Result<Found, Refusal> {
        let (mut incidents, mut before, mut looked) = (Vec::new(), search.before, 0);
        loop {
            let step = if search.words.is_empty() { search.max } else { STEP };
            let views = self.incidents(before, step).await?;
            let last = views.last().map(|view| view.number);
            looked += views.len();
            for view in views.into_iter().filter(|view| search.fits(view)) {
                incidents.push(view);
                if incidents.len() >= search.max {
                    let next = incidents.last().map(|view| view.number).filter(|next| *next > 1);
                    return Ok(Found { incidents, next });
                }
            }
            let next = last.filter(|last| *last > 1);
            if next.is_none() || looked >= SEARCHED_MAX {
                return Ok(Found { incidents, next });
            }
            before = next.map(Number);
        }
    }
}

fn room_of_incident(view: IncidentView) -> RoomView {
    RoomView {
        id: format_compact!("{}", view.number),
        title: view.title,
        incident: Some(view.number),
        phase: Some(view.phase),
        severity: Some(view.severity),
        entries: 0,
        last_at: None,
    }
}

/// The worst first: `sev1`, `sev2` …; what has no number comes behind.
fn rank(severity: &str) -> u32 {
    let digits = severity.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().unwrap_or(u32::MAX)
}

//! Plays one test.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::said::{Line, lines};
use super::suite::Case;
use crate::domain::alert::{Alert, Labels, Report, What};
use crate::domain::ids::Number;
use crate::domain::scenario::{Act, Deed, Door, Manner};
use crate::engine::rehearsal::{self, Answer, Cast, Happening, Rehearsal, Seen};

/// When tests begin that do not say: a Monday at noon in Europe, so that schedules are at work.
const START: &str = "2026-03-02T11:00:00Z";

/// What came of it.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) record: Vec<Seen>,
    pub(super) lines: Vec<Line>,
}

/// Plays it to its end.
///
/// # Errors
/// When a part of the program panicked, or the test asks for something that is not there.
pub(super) fn play(case: &Case, mut cast: Cast) -> anyhow::Result<Played> {
    let scenario = &case.scenario;
    let start = match scenario.start {
        Some(start) => start,
        None => START.parse()?,
    };
    let beats = scenario.acts.iter().any(|act| matches!(act.deed, Deed::Beat { .. }));
    if !beats {
        // A heartbeat that nobody beats would be missed in every test that is long enough.
        cast.options.heartbeats.clear();
    }
    let mut player = Player { stage: Rehearsal::new(cast, start)?, start, record: Vec::new() };
    for reports in scenario.acts.chunk_by(are_one_delivery) {
        player.act(reports)?;
    }
    player.stage.advance_to(start + scenario.until)?;
    player.look();
    let lines = lines(&player.record, start);
    Ok(Played { record: player.record, lines })
}

/// What is reported at one time comes in one delivery, as it would.
fn are_one_delivery(one: &Act, other: &Act) -> bool {
    let is_report = |act: &Act| matches!(act.deed, Deed::Fire { .. } | Deed::Resolve { .. });
    one.after == other.after && is_report(one) && is_report(other)
}

struct Player {
    stage: Rehearsal,
    start: DateTime<Utc>,
    record: Vec<Seen>,
}

impl Player {
    fn look(&mut self) {
        self.record.extend(self.stage.record());
    }

    fn act(&mut self, acts: &[Act]) -> anyhow::Result<()> {
        let Some(Act { after, deed, .. }) = acts.first() else { return Ok(()) };
        let at = self.start + *after;
        self.stage.advance_to(at)?;
        self.look();
        match deed {
            Deed::Fire { .. } | Deed::Resolve { .. } => {
                let reports = acts.iter().filter_map(|act| report(&act.deed, at)).collect();
                self.stage.deliver(at, reports)?;
            }
            Deed::Say { who, room, line } => {
                let room = room.map(Number).or_else(|| self.newest());
                self.stage.say(at, (who, room), line)?;
            }
            Deed::Answer { who, verb } => {
                let line = format!("{verb} {}", self.question());
                self.stage.say(at, (who, self.newest()), &line)?;
            }
            Deed::Beat { name } => self.stage.beat(at, name)??,
            Deed::Outside { door, manner } => {
                self.stage.outside(at, through(door), answer(*manner))?;
            }
        }
        Ok(())
    }

    /// The incident that opened last.
    fn newest(&self) -> Option<Number> {
        self.record.iter().rev().find_map(|seen| match &seen.what {
            Happening::Opened { number, .. } => Some(*number),
            _ => None,
        })
    }

    /// The run that asked last; 0 where none has.
    fn question(&self) -> u64 {
        let asked = self.record.iter().rev().find_map(|seen| match &seen.what {
            Happening::Asked { run, .. } => Some(*run),
            _ => None,
        });
        asked.unwrap_or_default()
    }
}

fn report(deed: &Deed, now: DateTime<Utc>) -> Option<Report> {
    let (labels, annotations, what) = match deed {
        Deed::Fire { labels, annotations } => {
            (labels, annotations.clone(), What::Firing { expires_at: None })
        }
        // A source says when an alert ended, which is not the instant at which it says so.
        Deed::Resolve { labels } => {
            (labels, Labels::new(), What::Resolved { ended_at: now - TimeDelta::milliseconds(1) })
        }
        Deed::Say { .. } | Deed::Answer { .. } | Deed::Beat { .. } | Deed::Outside { .. } => {
            return None;
        }
    };
    let alert = Alert {
        labels: labels.clone(),
        annotations,
        starts_at: now,
        is_start_unnamed: true,
        generator_url: Default::default(),
        source: "test".into(),
    };
    Some(Report { alert: Arc::new(alert), what })
}

fn through(door: &Door) -> rehearsal::Door {
    match door.clone() {
        Door::Rooms => rehearsal::Door::Rooms,
        Door::Posts => rehearsal::Door::Posts,
        Door::Tickets => rehearsal::Door::Tickets,
        Door::Pages(who) => rehearsal::Door::Pages(who),
        Door::Steps(name) => rehearsal::Door::Steps(name),
        Door::Checks => rehearsal::Door::Checks,
    }
}

fn answer(manner: Manner) -> Answer {
    match manner {
        Manner::Work => Answer::Works,
        Manner::Fail => Answer::Fails,
        Manner::Refuse => Answer::Refuses,
    }
}

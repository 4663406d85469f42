//! Plays a recording before one set of files, and before two of them at the same time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use compact_str::{CompactString, format_compact};

use super::Error;
use super::recording::{Recording, Span};
use crate::domain::alert::{Alert, What};
use crate::domain::ids::Fingerprint;
use crate::domain::incident::{HeldBy, RunMode};
use crate::domain::replay::{Compared, Moved, Tally, silent};
use crate::domain::rules::Ruleset;
use crate::engine::rehearsal::{Cast, Happening, Rehearsal, Seen, Why};

/// Deliveries between two looks at what was seen, so that a week of posts is never held at once.
const LOOK_EVERY: usize = 256;

/// What is played.
#[derive(Debug, Clone)]
pub struct Play {
    /// What was reported.
    pub recording: Arc<Recording>,
    /// What it covers: timers run on to its end.
    pub span: Span,
    /// Whose clock day and night are.
    pub zone: Tz,
    /// Where the recording comes from, in words.
    pub source: String,
}

/// Plays before the files, and before those that they are compared with. Blocks.
///
/// # Errors
/// When the program itself is broken.
pub fn compare(play: &Play, before: Option<Cast>, after: Cast) -> Result<Compared, Error> {
    let books = before.as_ref().map(|cast| (cast.book.clone(), after.book.clone()));
    let (before, after) = std::thread::scope(|threads| {
        let before = before.map(|cast| threads.spawn(|| tally(play, cast)));
        let after = tally(play, after);
        (before.map(std::thread::ScopedJoinHandle::join), after)
    });
    let died = |_| Error::Broken("one of the two replays died".to_owned());
    let before = before.map(|joined| joined.map_err(died)?).transpose()?;
    let moved = books.map_or_else(Vec::new, |(before, after)| {
        moved(&play.recording, &before.rules, &after.rules)
    });
    Ok(Compared {
        from: play.span.from,
        until: play.span.until,
        source: play.source.clone(),
        zone: play.zone,
        reports: play.recording.reports,
        before,
        after: after?,
        moved,
        notes: play.recording.notes.clone(),
    })
}

/// What one set of files would have done.
fn tally(play: &Play, cast: Cast) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    count_firings(&play.recording, &cast.book.rules, &mut tally);
    let stage = Rehearsal::new(cast, play.span.from).map_err(broken)?;
    for (number, delivered) in (1_usize..).zip(&play.recording.deliveries) {
        stage.deliver(delivered.at, delivered.reports.clone()).map_err(broken)?;
        if number.is_multiple_of(LOOK_EVERY) {
            note(stage.record(), play.zone, &mut tally);
        }
    }
    stage.advance_to(play.span.until).map_err(broken)?;
    note(stage.record(), play.zone, &mut tally);
    Ok(tally)
}

fn broken(error: impl std::error::Error) -> Error {
    Error::Broken(error.to_string())
}

fn note(seen: Vec<Seen>, zone: Tz, tally: &mut Tally) {
    for Seen { at, what } in seen {
        match what {
            Happening::Opened { number, rule, .. } => tally.opened(number, &rule.name),
            Happening::Reopened { .. } => tally.reopened += 1,
            Happening::Room { .. } => tally.rooms += 1,
            Happening::Ticket { number, .. } => tally.ticketed(number),
            Happening::Page { number, policy, to, .. } => {
                let whom = to.map_or_else(|| format_compact!("~{policy}"), |to| to.person);
                tally.paged(number, whom, at, zone);
            }
            Happening::Run { number, runbook, mode, .. } => {
                tally.ran(number, format_compact!("{runbook} ({})", word(mode)));
            }
            Happening::Held { why, .. } => {
                if let Some(by) = holder(&why) {
                    tally.held(&by);
                }
            }
            _ => {}
        }
    }
}

fn word(mode: RunMode) -> &'static str {
    match mode {
        RunMode::Watch => "watch",
        RunMode::Suggest => "suggest",
        RunMode::Approve => "approve",
        RunMode::Auto => "auto",
    }
}

/// What holds, as a list names it. What no rule wants is counted among those that reach nobody.
fn holder(why: &Why) -> Option<CompactString> {
    Some(match why {
        Why::Held(HeldBy::NoRule) => return None,
        Why::Held(HeldBy::Silence { id, .. }) => format_compact!("silence {id}"),
        Why::Held(HeldBy::Inhibition { rule, .. }) => format_compact!("inhibition {rule}"),
        Why::Held(HeldBy::Downtime) => "a downtime of the source".into(),
        Why::Held(HeldBy::SourceFlapping) | Why::Flapping => "flapping".into(),
        Why::Throttle { limit, .. } => format_compact!("throttle {limit}"),
        Why::Storm => "a storm".into(),
    })
}

/// Counts each beginning of an alert for the rule that owns it.
fn count_firings(recording: &Recording, rules: &Ruleset, tally: &mut Tally) {
    tally.files.clone_from(rules.version());
    let mut verdicts = Verdicts::default();
    for (print, alert) in firings(recording) {
        let verdict = verdicts.of(print, alert, rules);
        tally.fired(verdict.owner.as_ref());
        if let Some(what) = &verdict.unheard {
            tally.unheard(what.clone());
        }
    }
}

/// What rules make of an alert, which depends on its labels alone.
#[derive(Debug, Clone)]
struct Verdict {
    owner: Option<CompactString>,
    unheard: Option<CompactString>,
}

/// Verdicts by alert. The map is only looked into, never walked.
#[derive(Debug, Default)]
struct Verdicts(HashMap<Fingerprint, Verdict>);

impl Verdicts {
    fn of(&mut self, print: Fingerprint, alert: &Alert, rules: &Ruleset) -> &Verdict {
        self.0.entry(print).or_insert_with(|| {
            let route = rules.route(&alert.labels);
            let owner = route.owner.and_then(|id| rules.rule(id)).map(|rule| rule.at.name.clone());
            let unheard = silent(rules, &route).map(|why| why.named(&alert.labels));
            Verdict { owner, unheard }
        })
    }
}

/// Every beginning of an alert: it fires, and did not before, or nobody vouched for it any more.
fn firings(recording: &Recording) -> impl Iterator<Item = (Fingerprint, &Alert)> {
    let mut known: HashMap<Fingerprint, Option<DateTime<Utc>>> = HashMap::new();
    let reports = recording
        .deliveries
        .iter()
        .flat_map(|delivered| delivered.reports.iter().map(|report| (delivered.at, report)));
    reports.filter_map(move |(at, report)| {
        let print = report.alert.fingerprint();
        match &report.what {
            What::Firing { expires_at } => {
                let before = known.insert(print, *expires_at);
                let is_known = before.is_some_and(|until| until.is_none_or(|until| at <= until));
                (!is_known).then_some((print, &*report.alert))
            }
            What::DowntimeStarted | What::FlappingStarted => {
                let is_new = known.insert(print, None).is_none();
                is_new.then_some((print, &*report.alert))
            }
            What::Resolved { .. } => {
                known.remove(&print);
                None
            }
            What::Acknowledged { .. }
            | What::DowntimeEnded
            | What::FlappingStopped
            | What::Noted { .. } => None,
        }
    })
}

/// Alerts that another rule owns than before, by their names.
fn moved(recording: &Recording, before: &Ruleset, after: &Ruleset) -> Vec<Moved> {
    let (mut one, mut other) = (Verdicts::default(), Verdicts::default());
    let mut moved: BTreeMap<(CompactString, [Option<CompactString>; 2]), u64> = BTreeMap::new();
    for (print, alert) in firings(recording) {
        let before = one.of(print, alert, before).owner.clone();
        let after = other.of(print, alert, after).owner.clone();
        if before != after {
            let name = CompactString::from(alert.label("alertname"));
            *moved.entry((name, [before, after])).or_default() += 1;
        }
    }
    let moved = moved.into_iter().map(|((alert, [before, after]), firings)| Moved {
        alert,
        before,
        after,
        firings,
    });
    moved.collect()
}

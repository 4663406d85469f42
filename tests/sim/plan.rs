//! What happens in one run, step by step: made from the seed, and cut down when it fails.

use crate::rng::Rng;

/// The names of the alerts; the last one has no rule.
pub(crate) const NAMES: [&str; 6] = ["Slow", "Errors", "Disk", "Down", "Latency", "Orphan"];
/// The services that they are about.
pub(crate) const SERVICES: [&str; 3] = ["web", "db", "pay"];
/// How many alerts there are.
pub(crate) const ALERTS: usize = NAMES.len() * SERVICES.len();

/// What a source says about one alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tell {
    Fires,
    /// It fires, and its source does not repeat itself.
    FiresForGood,
    Ends,
    Acknowledged,
    DowntimeStarts,
    DowntimeEnds,
    Noted,
}

/// One report. `since` is the source's beginning, in milliseconds after the dawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Say {
    pub(crate) alert: usize,
    pub(crate) what: Tell,
    pub(crate) since: i64,
    pub(crate) text: u64,
}

/// One step. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Wait(u64),
    Deliver { says: Vec<Say>, node: usize, copies: u64, delay: u64 },
    Silence { service: usize, lasts: u64 },
    EndSilences,
    Acknowledge(u64),
    Resolve(u64),
    Note(u64),
    Merge(u64, u64),
    Crash(usize),
    Stall(usize, u64),
    Skew(usize, i64),
    BrainAway(u64),
    OutsideAway(u64),
    Reload(bool),
    Beat,
}

/// A whole run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) nodes: usize,
    /// So many openings in a minute are a storm.
    pub(crate) storm: u32,
    /// Forget what is over after minutes instead of days.
    pub(crate) is_forgetful: bool,
    pub(crate) steps: Vec<Step>,
}

/// Writes a plan.
struct Author {
    rng: Rng,
    now: u64,
    since: [Option<i64>; ALERTS],
    steps: Vec<Step>,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed, 3);
        let nodes = if rng.chance(700) { 2 } else { 1 };
        let storm = if rng.chance(250) { 4 } else { 1000 };
        let is_forgetful = rng.chance(100);
        let count = 15 + rng.below(45);
        let mut author = Author { rng, now: 0, since: [None; ALERTS], steps: Vec::new() };
        for _ in 0..count {
            author.write();
        }
        Self { seed, nodes, storm, is_forgetful, steps: author.steps }
    }

    /// Whether a node's wall clock is wrong at some time.
    pub(crate) fn has_skew(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Skew(..)))
    }
}

/// Whether its source repeats itself is a property of an alert.
fn fires(alert: usize) -> Tell {
    if alert % 4 == 3 { Tell::FiresForGood } else { Tell::Fires }
}

impl Author {
    fn write(&mut self) {
        let wait = *self.rng.pick(&[0, 0, 3, 200, 2_000, 10_000, 45_000, 130_000, 400_000]);
        if wait > 0 {
            let wait = wait + self.rng.below(wait);
            self.now += wait;
            self.steps.push(Step::Wait(wait));
        }
        match self.rng.below(100) {
            0..=54 => self.deliver(),
            55..=59 => self.flap(),
            60..=63 => self.storm(),
            64..=74 => self.person(),
            75..=80 => self.noise(),
            _ => self.trouble(),
        }
    }

    fn deliver(&mut self) {
        let mut says = Vec::new();
        let first = self.rng.below(ALERTS as u64);
        for offset in 0..=self.rng.below(4) {
            let alert = usize::try_from((first + offset * 7) % ALERTS as u64).unwrap();
            says.push(self.say(alert));
        }
        self.send(says);
    }

    fn send(&mut self, says: Vec<Say>) {
        let node = usize::try_from(self.rng.below(2)).unwrap();
        let copies = *self.rng.pick(&[1, 1, 1, 1, 2, 3]);
        let delay = *self.rng.pick(&[0, 0, 0, 0, 0, 5, 500, 3_000, 20_000]);
        self.steps.push(Step::Deliver { says, node, copies, delay });
    }

    fn say(&mut self, alert: usize) -> Say {
        let now = i64::try_from(self.now).unwrap();
        let text = self.rng.below(3);
        let (what, since) = match (self.since[alert], self.rng.below(100)) {
            (None, 0..=89) => {
                // A source that was away reports a beginning in the past.
                let since = now - i64::from(*self.rng.pick(&[0, 0, 1000, 60_000]));
                self.since[alert] = Some(since);
                (fires(alert), since)
            }
            (None, _) => (Tell::Ends, now),
            (Some(since), 0..=39) => (fires(alert), since),
            (Some(since), 40..=79) => {
                self.since[alert] = None;
                (Tell::Ends, since)
            }
            (Some(_), 80..=84) => {
                // The source restarted: the same alert, with a new beginning.
                self.since[alert] = Some(now);
                (fires(alert), now)
            }
            (Some(since), 85..=88) => (Tell::Acknowledged, since),
            (Some(since), 89..=92) => (Tell::DowntimeStarts, since),
            (Some(since), 93..=96) => (Tell::DowntimeEnds, since),
            (Some(since), _) => (Tell::Noted, since),
        };
        Say { alert, what, since, text }
    }

    fn flap(&mut self) {
        let alert = usize::try_from(self.rng.below(ALERTS as u64)).unwrap();
        for _ in 0..8 {
            let now = i64::try_from(self.now).unwrap();
            let fires = Say { alert, what: fires(alert), since: now, text: 0 };
            let ends = Say { what: Tell::Ends, ..fires };
            self.steps.push(Step::Deliver { says: vec![fires], node: 0, copies: 1, delay: 0 });
            self.wait(20_000);
            self.steps.push(Step::Deliver { says: vec![ends], node: 1, copies: 1, delay: 0 });
            self.wait(20_000);
        }
        self.since[alert] = None;
    }

    fn wait(&mut self, wait: u64) {
        self.now += wait;
        self.steps.push(Step::Wait(wait));
    }

    fn storm(&mut self) {
        for service in 0..SERVICES.len() {
            for name in 0..NAMES.len() {
                let say = self.say(name * SERVICES.len() + service);
                self.send(vec![say]);
            }
        }
    }

    fn person(&mut self) {
        let number = 1 + self.rng.below(6);
        let step = match self.rng.below(10) {
            0..=3 => Step::Acknowledge(number),
            4..=5 => Step::Resolve(number),
            6..=7 => Step::Merge(number, 1 + self.rng.below(6)),
            _ => Step::Note(number),
        };
        self.steps.push(step);
    }

    fn noise(&mut self) {
        let step = match self.rng.below(10) {
            0..=4 => Step::Silence {
                service: usize::try_from(self.rng.below(3)).unwrap(),
                lasts: 30_000 + self.rng.below(600_000),
            },
            5..=6 => Step::EndSilences,
            7..=8 => Step::Beat,
            _ => Step::Reload(self.rng.chance(500)),
        };
        self.steps.push(step);
    }

    fn trouble(&mut self) {
        let node = usize::try_from(self.rng.below(2)).unwrap();
        let step = match self.rng.below(12) {
            0..=3 => Step::Crash(node),
            4..=5 => Step::Stall(node, 500 + self.rng.below(60_000)),
            6 => Step::Skew(node, *self.rng.pick(&[-3_600_000, -2_000, 0, 2_000, 3_600_000])),
            7..=8 => Step::BrainAway(500 + self.rng.below(40_000)),
            9 => Step::OutsideAway(20_000_000),
            _ => Step::OutsideAway(1_000 + self.rng.below(300_000)),
        };
        self.steps.push(step);
    }
}

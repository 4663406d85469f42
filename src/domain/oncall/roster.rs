//! Everything about people and time at one moment, and what a step of an escalation means in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::escalation::{Escalation, Reach, Target};
use super::overrides::Override;
use super::plans::Plans;
use super::schedule::{Because, Duty};

/// So many calls one step makes at most: whoever writes `team:everybody` means the first of them.
const CALLS_MAX: usize = 100;

/// Schedules, policies, people and those who stand in: replaced as one when any of it changes.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// What the files say.
    pub plans: Arc<Plans>,
    /// How each person is woken, by name.
    pub reaches: BTreeMap<CompactString, Reach>,
    /// The members of each team.
    pub teams: BTreeMap<CompactString, BTreeSet<CompactString>>,
    /// Overrides that people made, beside those of the files.
    pub made: Vec<Override>,
}

/// One way to one person, as a page uses it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contact {
    /// Their name in the configuration.
    pub person: CompactString,
    /// The pager's name in the configuration.
    pub pager: CompactString,
    /// Their address there.
    pub address: CompactString,
}

/// One call that a step makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who, by what.
    pub contact: Contact,
    /// How long after the step begins.
    pub after: TimeDelta,
}

/// Why somebody or something is not woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Miss {
    /// No schedule, team or person is called so.
    Unknown,
    /// Nobody is on duty, or in the team.
    Nobody,
    /// They have no contact in the configuration.
    NoContact,
    /// Their own rules leave them alone with this.
    Quiet,
}

/// A target, or a person of one, that is not woken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// As a policy writes it: `oncall:cms`, `@ana`.
    pub whom: CompactString,
    /// Why.
    pub why: Miss,
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Miss::Unknown => "is not known any more",
            Miss::Nobody => "has nobody in it now",
            Miss::NoContact => "has no contact",
            Miss::Quiet => "is left alone with this now",
        };
        write!(f, "{} {why}", self.whom)
    }
}

/// What a step means now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Calls, each person's in the order of their ways.
    pub calls: Vec<Call>,
    /// Rooms that hear of it.
    pub rooms: Vec<CompactString>,
    /// Who is not woken.
    pub missed: Vec<Missed>,
}

impl Roster {
    /// Whom a list of targets wakes at an instant, by what.
    #[must_use]
    pub fn resolve(&self, targets: &[Target], severity: &str, at: DateTime<Utc>) -> Resolved {
        let mut resolved = Resolved::default();
        let mut seen = BTreeSet::new();
        for target in targets {
            if let Target::Room(room) = target {
                resolved.rooms.push(room.clone());
                continue;
            }
            let miss = |why| Missed { whom: target.into(), why };
            match self.people(target, at) {
                Err(why) => resolved.missed.push(miss(why)),
                Ok(people) => {
                    for person in people.into_iter().filter(|person| seen.insert(person.clone())) {
                        self.reach(&person, (severity, at), &mut resolved);
                    }
                }
            }
        }
        resolved.calls.truncate(CALLS_MAX);
        resolved
    }

    /// The people behind a target at an instant; none behind a room.
    ///
    /// # Errors
    /// Why there is nobody.
    pub fn people(&self, target: &Target, at: DateTime<Utc>) -> Result<Vec<CompactString>, Miss> {
        let people = match target {
            Target::Room(_) => Vec::new(),
            Target::Person(name) => {
                // Whoever takes turns is somebody, also where no configuration names people.
                let is_known = self.reaches.is_empty() || self.reaches.contains_key(name);
                if is_known { vec![name.clone()] } else { return Err(Miss::Unknown) }
            }
            Target::Team(name) => {
                self.teams.get(name).ok_or(Miss::Unknown)?.iter().cloned().collect()
            }
            Target::Schedule(name) => self.on_call(name, at).ok_or(Miss::Unknown)?.people,
        };
        if people.is_empty() { Err(Miss::Nobody) } else { Ok(people) }
    }

    fn reach(
        &self,
        person: &CompactString,
        (severity, at): (&str, DateTime<Utc>),
        out: &mut Resolved,
    ) {
        let miss = |why| Missed { whom: CompactString::from("@") + person, why };
        let reach = self.reaches.get(person).filter(|reach| !reach.ways.is_empty());
        let Some(reach) = reach else { return out.missed.push(miss(Miss::NoContact)) };
        if reach.is_quiet(severity, at) {
            return out.missed.push(miss(Miss::Quiet));
        }
        let is_for = |severities: &[CompactString]| {
            severities.is_empty() || severities.iter().any(|it| it == severity)
        };
        let ways: Vec<_> = reach.ways.iter().filter(|way| is_for(&way.severity)).collect();
        if ways.is_empty() {
            return out.missed.push(miss(Miss::Quiet));
        }
        out.calls.extend(ways.into_iter().map(|way| Call {
            contact: Contact {
                person: person.clone(),
                pager: way.pager.clone(),
                address: way.address.clone(),
            },
            after: way.after,
        }));
    }

    /// Who is on duty in a schedule; none where there is no such schedule.
    #[must_use]
    pub fn on_call(&self, schedule: &str, at: DateTime<Utc>) -> Option<Duty> {
        Some(self.plans.schedules.get(schedule)?.on_call(at, &self.overrides(schedule)))
    }

    /// The overrides of a schedule: those of the files, then those that people made.
    #[must_use]
    pub fn overrides(&self, schedule: &str) -> Vec<Override> {
        let all = self.plans.overrides.iter().chain(&self.made);
        all.filter(|one| one.schedule == schedule).cloned().collect()
    }

    /// The escalation policy of this name.
    #[must_use]
    pub fn escalation(&self, name: &str) -> Option<&Escalation> {
        self.plans.escalations.get(name)
    }

    /// Everybody whom a policy can wake at an instant, by the first of their ways: who is to hear
    /// when nobody has answered.
    #[must_use]
    pub fn everybody(&self, escalation: &Escalation, at: DateTime<Utc>) -> Vec<Contact> {
        let targets: Vec<Target> =
            escalation.steps.iter().flat_map(|step| step.page.clone()).collect();
        let mut told = BTreeSet::new();
        let people = targets.iter().filter_map(|target| self.people(target, at).ok()).flatten();
        let first = people.filter(|person| told.insert(person.clone())).filter_map(|person| {
            let way = self.reaches.get(&person)?.ways.first()?;
            let (pager, address) = (way.pager.clone(), way.address.clone());
            Some(Contact { person, pager, address })
        });
        first.take(CALLS_MAX).collect()
    }

    /// Whether somebody is on duty anywhere now, and where.
    #[must_use]
    pub fn duties(&self, at: DateTime<Utc>) -> Vec<(CompactString, Duty)> {
        let names = self.plans.schedules.keys();
        names.filter_map(|name| Some((name.clone(), self.on_call(name, at)?))).collect()
    }

    /// The schedule that a word means: its name, or the name of a policy that wakes one first, or of
    /// a service that has the same name.
    #[must_use]
    pub fn schedule_for(&self, word: &str) -> Option<&CompactString> {
        let (word, schedules) =
            (word.strip_prefix("oncall:").unwrap_or(word), &self.plans.schedules);
        if let Some((name, _)) = schedules.get_key_value(word) {
            return Some(name);
        }
        let steps = self.escalation(word)?.steps.iter();
        let mut targets = steps.flat_map(|step| &step.page);
        targets.find_map(|target| match target {
            Target::Schedule(name) => schedules.get_key_value(name).map(|(name, _)| name),
            Target::Person(_) | Target::Team(_) | Target::Room(_) => None,
        })
    }
}

impl Duty {
    /// Whether nobody is on duty.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.because == Because::Nobody
    }
}

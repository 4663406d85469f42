//! Compares what is stored with what the timelines say: replaying a case's events must give its
//! head and members.
//!
//! It holds one case and one page of events at a time, and refuses to repair: a person decides.

use std::fmt;

use serde_json::Value;

use crate::brain::{At, Brain, Error, Key, Loaded, Rows};
use crate::domain::ids::{CaseId, Fingerprint, Number};
use crate::domain::incident::{Event, Head, Incident, Phase};

/// How many events are read at once.
const EVENTS: usize = 1000;
/// How many cases are looked up at once.
const CASES: usize = 256;

/// One case whose stored state does not follow from its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which case.
    pub case: CaseId,
    /// Its incident, if it is one.
    pub number: Option<Number>,
    /// What differs.
    pub what: What,
}

/// How a stored state differs from its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The timeline has a hole: this event is missing.
    Gap(u64),
    /// There is a head, and no beginning of its timeline.
    NoBeginning,
    /// Fields of the head, with what is stored and what the events say.
    Head { field: String, stored: String, replayed: String },
    /// A member is stored otherwise than the events say, or not at all, or in vain.
    Member(Fingerprint),
    /// It cannot be read.
    Unreadable(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "incident #{number} (case {}): ", self.case)?,
            None => write!(f, "case {}: ", self.case)?,
        }
        match &self.what {
            What::Gap(number) => write!(f, "event {number} is missing"),
            What::NoBeginning => write!(f, "the timeline has no beginning"),
            What::Head { field, stored, replayed } => {
                write!(f, "{field} is stored as {stored}, the events say {replayed}")
            }
            What::Member(fingerprint) => {
                write!(f, "member {fingerprint} is not stored as the events say")
            }
            What::Unreadable(why) => write!(f, "{why}"),
        }
    }
}

/// What an audit has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Audited {
    /// Cases, closed incidents included.
    pub cases: u64,
    /// Events that were replayed.
    pub events: u64,
}

/// Compares every case that can be found, and tells `each` difference as it comes.
///
/// # Errors
/// When the brain is away, or its lists of cases cannot be read.
pub async fn audit(
    brain: &dyn Brain,
    mut each: impl FnMut(Difference) + Send,
) -> Result<Audited, Error> {
    let mut audited = Audited::default();
    let mut after = None;
    loop {
        let page = brain.live(after, CASES).await?;
        let open = page.cases.iter().filter(|(_, head)| head.phase != Phase::Closed);
        for (case, head) in open {
            one(brain, (*case, head.number), &mut audited, &mut each).await?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    closed(brain, &mut audited, &mut each).await?;
    Ok(audited)
}

/// The incidents that are over stand in no list: their numbers find them.
async fn closed(
    brain: &dyn Brain,
    audited: &mut Audited,
    each: &mut (impl FnMut(Difference) + Send),
) -> Result<(), Error> {
    let last = brain.last_number().await?.0;
    for first in (1..=last).step_by(CASES) {
        let numbers: Vec<u64> = (first..=last).take(CASES).collect();
        let keys = numbers.iter().map(|number| Key::Number(Number(*number))).collect();
        for (number, found) in numbers.iter().zip(brain.find(keys).await?) {
            let Some(found) = found.first() else { continue };
            let head = At::Case(found.case);
            let loaded = brain.load(vec![(head, Rows::Some(Vec::new()))]).await?;
            let Some(Some(loaded)) = loaded.into_iter().next() else { continue };
            if loaded.incident.head.phase == Phase::Closed {
                one(brain, (found.case, Some(Number(*number))), audited, each).await?;
            }
        }
    }
    Ok(())
}

async fn one(
    brain: &dyn Brain,
    (case, number): (CaseId, Option<Number>),
    audited: &mut Audited,
    each: &mut (impl FnMut(Difference) + Send),
) -> Result<(), Error> {
    let mut tell = |what| each(Difference { case, number, what });
    let loaded = match brain.load(vec![(At::Case(case), Rows::All)]).await {
        Ok(loaded) => loaded.into_iter().next().flatten(),
        Err(Error::Unusable(why)) => {
            tell(What::Unreadable(why));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    // It was forgotten since it was listed.
    let Some(stored) = loaded else { return Ok(()) };
    audited.cases += 1;
    match replay(brain, &stored).await {
        Ok(Replayed::Gap(number)) => tell(What::Gap(number)),
        Ok(Replayed::State(None)) => tell(What::NoBeginning),
        Ok(Replayed::State(Some(replayed))) => {
            audited.events += stored.incident.head.version;
            compare(&stored.incident, &replayed).into_iter().for_each(tell);
        }
        Err(Error::Unusable(why)) => tell(What::Unreadable(why)),
        Err(error) => return Err(error),
    }
    Ok(())
}

enum Replayed {
    State(Option<Incident>),
    Gap(u64),
}

/// The state after the events that the stored head has seen; later ones are a live store's.
async fn replay(brain: &dyn Brain, stored: &Loaded) -> Result<Replayed, Error> {
    let last = stored.incident.head.version;
    let mut state: Option<Incident> = None;
    let mut next = 1;
    while next <= last {
        let page = brain.events(stored.case, next, EVENTS).await?;
        if page.is_empty() {
            return Ok(Replayed::Gap(next));
        }
        for event in page.iter().take_while(|event| event.number <= last) {
            if event.number != next {
                return Ok(Replayed::Gap(next));
            }
            next += 1;
            if let Event::CaseBegan { group } = &event.event {
                state.get_or_insert_with(|| Incident::begin(group.clone(), event.at));
            }
            if let Some(state) = &mut state {
                state.evolve(event);
            }
        }
    }
    Ok(Replayed::State(state))
}

fn compare(stored: &Incident, replayed: &Incident) -> Vec<What> {
    let mut differences = heads(&stored.head, &replayed.head);
    let prints = stored.members.keys().chain(replayed.members.keys());
    let prints: std::collections::BTreeSet<&Fingerprint> = prints.collect();
    let differs = |print: &&&Fingerprint| stored.members.get(print) != replayed.members.get(print);
    differences.extend(prints.iter().filter(differs).map(|print| What::Member(**print)));
    differences
}

/// The fields in which two heads differ, by their stored names.
fn heads(stored: &Head, replayed: &Head) -> Vec<What> {
    if stored == replayed {
        return Vec::new();
    }
    let fields = |head: &Head| match serde_json::to_value(head) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (stored, replayed) = (fields(stored), fields(replayed));
    let names: std::collections::BTreeSet<&String> = stored.keys().chain(replayed.keys()).collect();
    let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
    names
        .into_iter()
        .filter(|name| stored.get(*name) != replayed.get(*name))
        .map(|name| What::Head {
            field: name.clone(),
            stored: text(stored.get(name)),
            replayed: text(replayed.get(name)),
        })
        .collect()
}

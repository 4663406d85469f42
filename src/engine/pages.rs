//! The fair queue of pages: who heard nothing yet comes first, and nobody is paged every second.
//!
//! Each way to a person admits a few pages at once and one every few minutes after that, in all
//! processes together. What has to wait stays on the agenda, so that no crash loses it; the next page
//! that goes out names everything that waits, and what it named is done when it has arrived.
//!
//! It refuses to drop: a page that was named in another one ends with that one's id as its receipt.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::{CompactString, format_compact};

use super::Engine;
use super::meters::Kind as Meter;
use crate::brain::{Error, Limit, Permit};
use crate::domain::ids::EffectId;
use crate::domain::incident::Effect;
use crate::domain::messages;
use crate::domain::oncall::Contact;

/// So many pages one way to a person takes at once; after that one in [`EVERY`].
const AT_ONCE: u32 = 3;
/// How often one way to a person is used in a storm.
const EVERY: TimeDelta = TimeDelta::minutes(3);
/// How long a page waits for the one that names it.
const NAMED_WAIT: TimeDelta = TimeDelta::seconds(2);
/// So many pages one process keeps in mind; further ones go out one by one, when they may.
const KEPT_MAX: usize = 20_000;

/// What is to be done about a page now.
pub(super) enum Turn {
    /// It goes out, with this text.
    Out(Effect),
    /// Not before this.
    Later(DateTime<Utc>),
    /// It was named in this one, which has arrived.
    Told(CompactString),
}

/// What this process knows of pages that wait: only what saves calls, never what must happen.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<BTreeMap<EffectId, Waiting>>);

/// One page that waits, or goes out.
#[derive(Debug)]
struct Waiting {
    to: Contact,
    /// Its first line.
    text: String,
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// It waits for its turn.
    Waits,
    /// It goes out: tries of it take no further turn.
    Out,
    /// It is named in this one, which goes out.
    NamedIn(EffectId),
    /// It was named in this one, which has arrived.
    ToldIn(EffectId),
}

impl Engine {
    /// Whether a page goes out now.
    pub(super) async fn turn(&self, id: EffectId, effect: &Effect) -> Result<Turn, Error> {
        let Effect::Page { to: Some(to), text, .. } = effect else {
            return Ok(Turn::Out(effect.clone()));
        };
        match self.pages.at(id) {
            Some(At::Out) => return Ok(Turn::Out(effect.clone())),
            Some(At::NamedIn(_)) => return Ok(Turn::Later(self.clock.now() + NAMED_WAIT)),
            Some(At::ToldIn(other)) => {
                self.pages.forget(id);
                self.meters.queued.get_or_create(&Meter { kind: "bundled" }).inc();
                return Ok(Turn::Told(format_compact!("told with {other}")));
            }
            Some(At::Waits) | None => {}
        }
        let key = format_compact!("pages/{}/{}", to.person, to.pager);
        let limit =
            Limit { key, burst: AT_ONCE, period: EVERY * i32::try_from(AT_ONCE).unwrap_or(1) };
        let now = self.clock.now();
        if let (Permit::Refused(until), _) = self.brain.take(vec![limit], now).await? {
            self.pages.wait(id, to, text);
            self.meters.queued.get_or_create(&Meter { kind: "delayed" }).inc();
            return Ok(Turn::Later(until));
        }
        let others = self.pages.go(id, to, text);
        let mut out = effect.clone();
        if let (Effect::Page { text, .. }, false) = (&mut out, others.is_empty()) {
            *text = messages::page_with(text, &others);
        }
        Ok(Turn::Out(out))
    }

    /// A page went out, or will not: what it named is told, or waits again.
    pub(super) fn turned(&self, id: EffectId, has_arrived: bool) {
        self.pages.over(id, has_arrived);
    }
}

impl Queue {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<EffectId, Waiting>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    fn at(&self, id: EffectId) -> Option<At> {
        self.with(|all| all.get(&id).map(|waiting| waiting.at))
    }

    /// Nothing more is done about this page.
    pub(super) fn forget(&self, id: EffectId) {
        self.with(|all| all.remove(&id));
    }

    fn wait(&self, id: EffectId, to: &Contact, text: &str) {
        self.with(|all| {
            if all.len() < KEPT_MAX {
                let text = first_line(text);
                all.insert(id, Waiting { to: to.clone(), text, at: At::Waits });
            }
        });
    }

    /// Lets one go out, and names in it what waits for the same way to the same person.
    fn go(&self, id: EffectId, to: &Contact, text: &str) -> Vec<String> {
        self.with(|all| {
            all.insert(id, Waiting { to: to.clone(), text: first_line(text), at: At::Out });
            let waits = |(_, one): &(&EffectId, &mut Waiting)| one.at == At::Waits && one.to == *to;
            let named = all.iter_mut().filter(waits).map(|(_, one)| {
                one.at = At::NamedIn(id);
                one.text.clone()
            });
            named.collect()
        })
    }

    fn over(&self, id: EffectId, has_arrived: bool) {
        self.with(|all| {
            // What failed is tried again, and takes no further turn for that.
            if has_arrived {
                all.remove(&id);
            }
            for one in all.values_mut().filter(|one| one.at == At::NamedIn(id)) {
                one.at = if has_arrived { At::ToldIn(id) } else { At::Waits };
            }
        });
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CaseId;

    fn id(event: u64) -> EffectId {
        EffectId { case: CaseId { shard: 0, serial: 1 }, event, index: 0 }
    }

    fn to(person: &str) -> Contact {
        Contact { person: person.into(), pager: "ntfy".into(), address: "x".into() }
    }

    #[test]
    fn what_waits_is_named_once_and_told_when_it_arrived() {
        let queue = Queue::default();
        queue.wait(id(1), &to("ana"), "#1 one\nmore");
        queue.wait(id(2), &to("ben"), "#2 two");
        assert_eq!(queue.go(id(3), &to("ana"), "#3 three"), ["#1 one"]);
        assert_eq!(queue.at(id(1)), Some(At::NamedIn(id(3))));
        assert!(queue.go(id(4), &to("ana"), "#4 four").is_empty(), "named once");
        queue.over(id(3), true);
        assert_eq!(queue.at(id(1)), Some(At::ToldIn(id(3))));
        assert_eq!(queue.at(id(2)), Some(At::Waits));
    }

    #[test]
    fn what_was_named_in_a_page_that_failed_waits_again() {
        let queue = Queue::default();
        queue.wait(id(1), &to("ana"), "#1 one");
        queue.go(id(3), &to("ana"), "#3 three");
        queue.over(id(3), false);
        assert_eq!(queue.at(id(1)), Some(At::Waits));
        assert_eq!(queue.at(id(3)), Some(At::Out));
    }
}

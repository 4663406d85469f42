//! Everything outside: rooms, tickets, phones, runbooks. It does what it is told, and remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending, ready};
use warroom::domain::ids::EffectId;
use warroom::domain::incident::{Effect, PostKey, Receipt, Target};
use warroom::domain::oncall::Contact;
use warroom::engine::outside::{Failure, Order, Outside};

/// One thing that reached somebody.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// Whom: `phone cms`, `room inc-1`, `ticket T-1`, `runbook restart`.
    pub(crate) whom: String,
    /// What it did: `rings`, `opens`, `hears`, …
    pub(crate) did: &'static str,
    /// The words.
    pub(crate) text: String,
    /// The idempotency key.
    pub(crate) key: EffectId,
}

/// How a kind of effect fares today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    /// The other side is down: try again later.
    Down,
    /// The other side says no.
    Refuses,
    /// The call hangs before anything is done.
    Hangs,
    /// It is done, and the answer never comes.
    Swallows,
}

/// Everything outside.
#[derive(Debug, Default)]
pub(crate) struct Town(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sent: Vec<Sent>,
    /// Rooms and tickets by our marker, as adapters of class B look for them.
    made: BTreeSet<String>,
    weather: BTreeMap<&'static str, Weather>,
}

impl Town {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// From now on this kind of effect fares so; none: it works.
    pub(crate) fn set_weather(&self, kind: &'static str, weather: Option<Weather>) {
        match weather {
            Some(weather) => self.state().weather.insert(kind, weather),
            None => self.state().weather.remove(kind),
        };
    }

    /// Looks at what was sent, and takes out what is expected.
    pub(crate) fn sent<T>(&self, look: impl FnOnce(&mut Vec<Sent>) -> T) -> T {
        look(&mut self.state().sent)
    }

    fn carry_out(&self, order: &Order) -> Receipt {
        let (whom, did, text, id) = told(&order.effect);
        let mut state = self.state();
        let is_made_once =
            matches!(order.effect, Effect::OpenRoom { .. } | Effect::OpenTicket { .. });
        if !is_made_once || state.made.insert(whom.clone()) {
            state.sent.push(Sent { whom, did, text, key: order.id });
        }
        Receipt { id: id.into(), at: None }
    }
}

impl Outside for Town {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        let weather = self.state().weather.get(order.effect.kind()).copied();
        let why = "the story says so".to_owned();
        match weather {
            None => ready(Ok(self.carry_out(&order))).boxed(),
            Some(Weather::Down) => ready(Err(Failure::Retry { why, after: None })).boxed(),
            Some(Weather::Refuses) => ready(Err(Failure::Refused { why })).boxed(),
            Some(Weather::Hangs) => pending().boxed(),
            Some(Weather::Swallows) => {
                self.carry_out(&order);
                pending().boxed()
            }
        }
    }
}

/// Whom an effect reaches, what it does there, with which words, and the id that it gives back.
fn told(effect: &Effect) -> (String, &'static str, String, String) {
    let room = |room: &str| format!("room {room}");
    let (whom, did, text) = match effect {
        Effect::OpenRoom { name, topic, invite, .. } => {
            return (room(name), "opens", format!("{topic} [{}]", invite.join(" ")), name.clone());
        }
        Effect::CloseRoom { room: id } => (room(id), "closes", String::new()),
        Effect::ReopenRoom { room: id } => (room(id), "reopens", String::new()),
        Effect::Post { to, key, post } => {
            let name = match to {
                Target::Room(id) => id.as_str(),
                Target::Named(name) => name.as_str(),
            };
            let did = if *key == PostKey::Card { "shows" } else { "hears" };
            (room(name), did, post.text.clone())
        }
        Effect::OpenTicket { number, title, body, .. } => {
            let id = format!("T-{number}");
            return (format!("ticket {id}"), "opens", format!("{title}\n{body}"), id);
        }
        Effect::CloseTicket { ticket, comment } => {
            (format!("ticket {ticket}"), "closes", comment.clone())
        }
        Effect::ReopenTicket { ticket, comment } => {
            (format!("ticket {ticket}"), "reopens", comment.clone())
        }
        Effect::Page { policy, step, severity, text, to, .. } => {
            (phone(policy, to.as_ref()), "rings", format!("step {step}, {severity}: {text}"))
        }
        Effect::StopPage { policy, text, to, .. } => {
            (phone(policy, to.as_ref()), "is told", text.clone())
        }
        Effect::Graph { room: id, query } => (room(id), "draws", query.clone()),
        Effect::StartRun { runbook, mode, labels, .. } => {
            (format!("runbook {runbook}"), "starts", format!("{mode:?} {labels:?}"))
        }
        Effect::Tell { .. } | Effect::Work { .. } => {
            panic!("cases hear from each other inside the engine")
        }
    };
    (whom, did, text, "done".to_owned())
}

/// A person's, where the page is for one; else those behind the pagers.
fn phone(policy: &str, to: Option<&Contact>) -> String {
    match to {
        Some(Contact { person, pager, .. }) => format!("phone {person}/{pager}"),
        None => format!("phone {policy}"),
    }
}

//! Everything outside: rooms, tickets, phones and the runner that starts runbooks.
//!
//! Chat and trackers find what carries our marker before they make it anew; the runner counts.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::{CompactString, format_compact};
use warroom::domain::ids::{CaseId, EffectId};
use warroom::domain::incident::{Effect, Receipt, RunMode};
use warroom::engine::outside::{Failure, Order};

/// A room or a ticket.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) marker: EffectId,
    pub(crate) is_live: bool,
}

/// What exists outside.
#[derive(Debug, Default)]
pub(crate) struct Outer {
    pub(crate) rooms: BTreeMap<CompactString, Thing>,
    pub(crate) tickets: BTreeMap<CompactString, Thing>,
    /// How often each run was started.
    pub(crate) runs: BTreeMap<EffectId, u32>,
    /// Every effect of class A that arrived.
    pub(crate) arrived: BTreeSet<EffectId>,
    pub(crate) failures: Vec<String>,
}

impl Outer {
    /// Whether a room or ticket with this marker is there.
    pub(crate) fn has(&self, marker: EffectId) -> bool {
        self.rooms.values().chain(self.tickets.values()).any(|thing| thing.marker == marker)
    }

    /// Does what an order says. `was_late`: the request was under way for long, so that it may
    /// come after that of whoever took over.
    #[expect(clippy::unnecessary_wraps, reason = "it stands where an adapter would")]
    pub(crate) fn act(&mut self, order: &Order, was_late: bool) -> Result<Receipt, Failure> {
        let id = match &order.effect {
            Effect::OpenRoom { .. } => {
                make(&mut self.rooms, "room", order, was_late, &mut self.failures)
            }
            Effect::OpenTicket { .. } => {
                make(&mut self.tickets, "ticket", order, was_late, &mut self.failures)
            }
            Effect::CloseRoom { room } => turn(&mut self.rooms, room, false),
            Effect::ReopenRoom { room } => turn(&mut self.rooms, room, true),
            Effect::CloseTicket { ticket, .. } => turn(&mut self.tickets, ticket, false),
            Effect::ReopenTicket { ticket, .. } => turn(&mut self.tickets, ticket, true),
            Effect::StartRun { mode: RunMode::Auto, .. } => self.start(order),
            Effect::StartRun { .. }
            | Effect::Post { .. }
            | Effect::Page { .. }
            | Effect::StopPage { .. }
            | Effect::Graph { .. }
            | Effect::Tell { .. }
            | Effect::Work { .. } => {
                self.arrived.insert(order.id);
                format_compact!("sent-{}", order.id)
            }
        };
        Ok(Receipt { id, at: None })
    }

    fn start(&mut self, order: &Order) -> CompactString {
        let starts = self.runs.entry(order.id).or_default();
        *starts += 1;
        if *starts > 1 || order.attempt > 1 {
            let (id, attempt) = (order.id, order.attempt);
            self.failures.push(format!("I5: run {id} was started {starts} times (try {attempt})"));
        }
        format_compact!("run-{}", order.id)
    }

    /// How many rooms or tickets of a case are live.
    pub(crate) fn live(things: &BTreeMap<CompactString, Thing>, case: CaseId) -> usize {
        things.values().filter(|thing| thing.is_live && thing.marker.case == case).count()
    }
}

/// Finds what carries the marker, or makes it.
fn make(
    things: &mut BTreeMap<CompactString, Thing>,
    kind: &'static str,
    order: &Order,
    was_late: bool,
    failures: &mut Vec<String>,
) -> CompactString {
    let is_allowed_to_look = order.attempt > 1 || was_late;
    let known = things.iter().find(|(_, thing)| thing.marker == order.id);
    if let (Some((name, _)), true) = (known, is_allowed_to_look) {
        return name.clone();
    }
    let name = format_compact!("{kind}-{}", things.len() + 1);
    things.insert(name.clone(), Thing { marker: order.id, is_live: true });
    if Outer::live(things, order.id.case) > 1 {
        failures.push(format!("I4: a second live {kind} for case {}", order.id.case));
    }
    name
}

fn turn(
    things: &mut BTreeMap<CompactString, Thing>,
    name: &CompactString,
    is_live: bool,
) -> CompactString {
    if let Some(thing) = things.get_mut(name) {
        thing.is_live = is_live;
    }
    name.clone()
}

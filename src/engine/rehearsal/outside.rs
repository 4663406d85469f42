//! The outside of a rehearsal: it notes what is ordered, answers as it was told to, and does nothing.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use futures_util::future::{BoxFuture, ready};

use super::answers::{Answers, Door};
use super::record::{Happening, Record};
use crate::domain::incident::{Effect, PostKey, Receipt, Target};
use crate::engine::clock::Clock;
use crate::engine::outside::{Failure, Order, Outside};

/// Everything outside, as a list of what it was asked for.
#[derive(Debug)]
pub(super) struct Scenery {
    pub(super) record: Arc<Record>,
    pub(super) answers: Arc<Answers>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Scenery {
    fn take(&self, order: &Order) -> Result<Receipt, Failure> {
        self.answers.first(&doors(&order.effect)).as_result()?;
        if let Some(what) = happening(&order.effect) {
            self.record.note(self.clock.now(), what);
        }
        Ok(Receipt { id: receipt(order), at: None })
    }
}

impl Outside for Scenery {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        Box::pin(ready(self.take(&order)))
    }
}

/// The doors that an order goes through, the one that says most of it first.
fn doors(effect: &Effect) -> Vec<Door> {
    match effect {
        Effect::OpenRoom { .. } | Effect::CloseRoom { .. } | Effect::ReopenRoom { .. } => {
            vec![Door::Rooms]
        }
        Effect::Post { .. } | Effect::Graph { .. } => vec![Door::Posts],
        Effect::OpenTicket { .. } | Effect::CloseTicket { .. } | Effect::ReopenTicket { .. } => {
            vec![Door::Tickets]
        }
        Effect::Page { to, policy, .. } | Effect::StopPage { to, policy, .. } => {
            let named = match to {
                Some(to) => vec![to.person.clone(), to.pager.clone()],
                None => vec![policy.clone()],
            };
            let all = named.into_iter().map(Some).chain([None]);
            all.map(Door::Pages).collect()
        }
        Effect::StartRun { .. } | Effect::Tell { .. } | Effect::Work { .. } => Vec::new(),
    }
}

fn happening(effect: &Effect) -> Option<Happening> {
    Some(match effect.clone() {
        Effect::OpenRoom { number, name, invite, .. } => Happening::Room { number, name, invite },
        Effect::OpenTicket { number, tracker, title, labels, .. } => {
            Happening::Ticket { number, tracker, title, labels }
        }
        Effect::Page { number, policy, step, text, to, .. } => {
            Happening::Page { number, policy, step, to, text }
        }
        Effect::Post { to, key, post } => {
            Happening::Post { room: place(&to), text: post.text, is_edit: key != PostKey::Line }
        }
        // A graph is noted when it is ordered, and the end of a page is no news.
        Effect::Graph { .. }
        | Effect::StopPage { .. }
        | Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::StartRun { .. }
        | Effect::Tell { .. }
        | Effect::Work { .. } => return None,
    })
}

/// A room's name without `#`, or the number of its incident, which is what rooms are called here.
fn place(to: &Target) -> CompactString {
    match to {
        Target::Room(room) => room.clone(),
        Target::Named(name) => name.strip_prefix('#').unwrap_or(name).into(),
    }
}

/// What the outside calls what it made.
fn receipt(order: &Order) -> CompactString {
    match &order.effect {
        Effect::OpenRoom { number, .. } => format_compact!("{number}"),
        Effect::OpenTicket { number, tracker, .. } => format_compact!("{tracker}-{number}"),
        Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::Post { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::Page { .. }
        | Effect::StopPage { .. }
        | Effect::Graph { .. }
        | Effect::StartRun { .. }
        | Effect::Tell { .. }
        | Effect::Work { .. } => format_compact!("{}", order.id),
    }
}

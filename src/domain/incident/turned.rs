//! Rooms and tickets whose closing or re-opening came while the incident turned the other way.
//!
//! Both are orders of their own, and a late try of one may come after the other. It refuses to guess
//! what is there: it orders what is wanted now, which is harmless where it is so already.

use super::decide::Draft;
use super::effect::Effect;
use super::state::Phase;
use crate::domain::messages;

/// A room or a ticket was closed, or opened again, and the incident has turned meanwhile.
pub(super) fn set_right(draft: &mut Draft<'_>, effect: &Effect) {
    let head = draft.state().head.clone();
    let is_over = matches!(head.phase, Phase::Closed | Phase::Merged);
    let order = match effect {
        Effect::CloseRoom { room } if !is_over => Effect::ReopenRoom { room: room.clone() },
        Effect::ReopenRoom { room } if is_over => Effect::CloseRoom { room: room.clone() },
        Effect::CloseTicket { ticket, .. } if !is_over => {
            let comment = messages::came_back(&head);
            Effect::ReopenTicket { ticket: ticket.clone(), comment }
        }
        Effect::ReopenTicket { ticket, .. } if is_over => {
            let comment = messages::ticket_closed(&head);
            Effect::CloseTicket { ticket: ticket.clone(), comment }
        }
        Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::OpenRoom { .. }
        | Effect::OpenTicket { .. }
        | Effect::Post { .. }
        | Effect::Page { .. }
        | Effect::StopPage { .. }
        | Effect::Graph { .. }
        | Effect::StartRun { .. }
        | Effect::Work { .. }
        | Effect::Tell { .. } => return,
    };
    draft.order(order);
}

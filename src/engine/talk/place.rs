//! What is known where a line was typed.

use crate::domain::commands::{Here, Place};
use crate::domain::ids::Number;
use crate::domain::incident::Phase;
use crate::engine::Engine;
use crate::engine::views::{IncidentView, Refusal};

impl Engine {
    /// What is known in a room. A room of an incident that is not there is a mistake; with the brain
    /// away, nothing is known, and each command says so itself.
    pub(super) async fn where_it_is(&self, room: Option<&str>) -> Result<Place, Refusal> {
        if let Some(room) = room
            && let Err(refusal @ Refusal::NotFound(_)) = self.check_room(room).await
        {
            return Err(refusal);
        }
        let number = room.and_then(|room| room.parse().ok()).map(Number);
        let incident = match number {
            None => None,
            Some(number) => match self.incident(number).await {
                Ok(view) => Some(here(&view)),
                Err(Refusal::Unavailable(_)) => None,
                Err(refusal) => return Err(refusal),
            },
        };
        Ok(Place { room: room.map(Into::into), incident })
    }
}

fn here(view: &IncidentView) -> Here {
    Here {
        number: Number(view.number),
        labels: view.labels.clone(),
        since: view.opened_at,
        is_open: matches!(view.phase, Phase::Triggered | Phase::Acknowledged),
        is_taken: view.acknowledged_by.is_some(),
    }
}

//! The postmortem of an incident, and where it goes.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::load::Dossier;
use crate::domain::ids::{EffectId, Number};
use crate::domain::messages::postmortem::{Known, document};
use crate::engine::Engine;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

/// The place of a postmortem among the words about a ticket: no effect counts so far.
const WORD: u16 = 0x3FFF;

impl Engine {
    /// The postmortem of an incident as Markdown.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn postmortem(self: &Arc<Self>, number: Number) -> Result<String, Refusal> {
        let dossier = self.dossier(number).await?;
        let base = self.after.base.load();
        Ok(written(&dossier, base.as_deref(), self.clock.now()))
    }

    /// Says the postmortem of an incident on its ticket, once for each state of the timeline. Gives
    /// the ticket.
    ///
    /// # Errors
    /// When there is no incident, it has no ticket, or the tracker would not take it.
    pub async fn postmortem_on_ticket(self: &Arc<Self>, number: Number) -> Result<String, Refusal> {
        let text = self.postmortem(number).await?;
        let (case, head) = self.numbered(number).await?;
        let ticket = match &head.ticket {
            crate::domain::incident::Slot::There(ticket) => ticket.clone(),
            _ => return Err(Refusal::Conflict(format!("incident #{number} has no ticket"))),
        };
        let id = EffectId { case, event: head.version, index: WORD };
        let said = self.outside.comment(id, &ticket, &text).await;
        said.map_err(|failure| Refusal::Unavailable(format!("the ticket {ticket}: {failure}")))?;
        Ok(ticket.to_string())
    }

    /// Keeps the postmortem of an incident in the configured folder. Gives its place.
    ///
    /// # Errors
    /// When no folder is configured, there is no such incident, or the folder does not take it.
    pub async fn postmortem_in_folder(self: &Arc<Self>, number: Number) -> Result<String, Refusal> {
        let Some(archive) = self.after.archive.load().as_ref().clone() else {
            let why = "no folder for postmortems is configured: add [postmortems] with `dir`";
            return Err(Refusal::Conflict(why.to_owned()));
        };
        let text = self.postmortem(number).await?;
        let (name, title) =
            (format!("{:05}.md", number.0), format!("Postmortem of incident {number}"));
        archive.keep(&name, &title, text).await.map_err(Refusal::Unavailable)
    }

    /// The newest number that an incident was given.
    pub(super) async fn newest(&self) -> Result<u64, Refusal> {
        Ok(self.brain.last_number().await.map_err(away)?.0)
    }
}

fn written(dossier: &Dossier, base: Option<&str>, at: DateTime<Utc>) -> String {
    let base = base.map(|base| base.trim_end_matches('/'));
    let told: Vec<(DateTime<Utc>, String)> =
        dossier.told.iter().map(|(stored, text)| (stored.at, text.clone())).collect();
    let picture = |(_, picture): (_, crate::domain::room::Picture)| {
        let path = format!("{}/api/v1/pictures/{}", base.unwrap_or_default(), picture.id);
        (picture.alt, path)
    };
    let pictures: Vec<(String, String)> = dossier.pictures().into_iter().map(picture).collect();
    let runs = dossier.ran();
    document(&Known {
        review: &dossier.review,
        told: &told,
        left_out: dossier.left_out,
        runs: &runs,
        pictures: &pictures,
        page: base.map(|base| format!("{base}/incidents/{}", dossier.review.number)),
        at,
    })
}

//! The end of a room, and its return.

use super::carry::{Desk, Done, Hitch, hitch, in_time};
use crate::adapters::failure::Failure;

impl Desk {
    /// Everything is shown: what its incident wants now is looked at.
    pub(super) async fn rest(&mut self) -> Result<Done, Hitch> {
        let site = self.office.site.clone();
        let Some(wish) = self.engine.wish(&site, &self.room).await? else {
            // The incident is forgotten, and its log with it.
            return Ok(Done::End);
        };
        self.wish = wish;
        if !self.wish.is_closed || self.wish.is_named {
            return Ok(Done::Nothing);
        }
        let room = self.place.room.clone().unwrap_or_default();
        match in_time(site.platform.close(&room)).await {
            // A room that is gone is closed, too.
            Ok(()) | Err(Failure::Refused { .. }) => {}
            Err(failure) => return Err(hitch(failure)),
        }
        self.place.is_archived = true;
        self.store().await?;
        Ok(Done::End)
    }

    /// The room is archived. It comes back with its incident; what is said after the end stays in the
    /// console.
    pub(super) async fn after_the_end(&mut self, length: u64) -> Result<Done, Hitch> {
        let site = self.office.site.clone();
        let wish = self.engine.wish(&site, &self.room).await?;
        let Some(wish) = wish.filter(|wish| !wish.is_closed) else {
            return Ok(Done::End);
        };
        self.wish = wish;
        let room = self.place.room.clone().unwrap_or_default();
        match in_time(site.platform.reopen(&room)).await {
            Ok(()) => self.place.is_archived = false,
            Err(Failure::Refused { why }) => self.make_anew(length, &why).await?,
            Err(failure) => return Err(hitch(failure)),
        }
        self.store().await?;
        Ok(Done::Something)
    }
}

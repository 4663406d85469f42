//! Which platforms show a room.

use compact_str::CompactString;

use super::{Engine, Site};
use crate::brain::{At, Error, Key, Rows};
use crate::domain::ids::Number;
use crate::domain::incident::{Phase, Slot};

/// A room that is wanted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    /// The wished name; for a named room, its name there.
    pub(super) name: String,
    /// One line about it.
    pub(super) topic: String,
    /// Whom to invite: people, teams and schedules.
    pub(super) invite: Vec<String>,
    /// It is the configuration's, not an incident's: it is found, never opened nor archived.
    pub(super) is_named: bool,
    /// Its incident is over.
    pub(super) is_closed: bool,
    /// Its platforms, in the rule's order.
    pub(super) on: Vec<CompactString>,
}

impl Engine {
    /// What a platform should show of a room, if anything.
    pub(super) async fn wish(&self, site: &Site, room: &str) -> Result<Option<Wish>, Error> {
        let Ok(number) = room.parse::<u64>().map(Number) else {
            let name = site.rooms.get(room).cloned();
            return Ok(name.map(|name| named(name, site)));
        };
        let Some((on, wish)) = self.incidents_wish(number).await? else { return Ok(None) };
        let first = || self.mirror.sites().first().map(|site| site.name.clone());
        let on = if on.is_empty() { first().into_iter().collect() } else { on };
        Ok(Some(Wish { on, ..wish }))
    }

    async fn incidents_wish(
        &self,
        number: Number,
    ) -> Result<Option<(Vec<CompactString>, Wish)>, Error> {
        let found = self.brain.find(vec![Key::Number(number)]).await?;
        let Some(case) = found.first().and_then(|found| found.first()).map(|found| found.case)
        else {
            return Ok(None);
        };
        let loaded = self.brain.load(vec![(At::Case(case), Rows::Some(Vec::new()))]).await?;
        let Some(head) = loaded.into_iter().flatten().next().map(|loaded| loaded.incident.head)
        else {
            return Ok(None);
        };
        let is_asked = matches!(head.room, Slot::Pending | Slot::There(_));
        let Some((policy, plan)) = head
            .policy
            .as_ref()
            .and_then(|policy| Some((policy, policy.room.as_ref()?)))
            .filter(|_| is_asked && head.number == Some(number))
        else {
            return Ok(None);
        };
        let is_closed = matches!(head.phase, Phase::Closed | Phase::Merged);
        let wish = Wish {
            name: plan.name.clone(),
            topic: format!("INC-{number} {}: {}", head.severity, policy.title),
            invite: plan.invite.clone(),
            is_named: false,
            is_closed,
            on: Vec::new(),
        };
        Ok(Some((plan.on.clone(), wish)))
    }

    /// The platform that takes a room over when those that have it are away: the next in the
    /// configuration. None: the console alone is left.
    pub(super) fn next_site(&self, taken: &[CompactString]) -> Option<CompactString> {
        let names = self.mirror.sites().iter().map(|site| &site.name);
        names.into_iter().find(|name| !taken.contains(name)).cloned()
    }
}

fn named(name: String, site: &Site) -> Wish {
    Wish {
        name,
        topic: String::new(),
        invite: Vec::new(),
        is_named: true,
        is_closed: false,
        on: vec![site.name.clone()],
    }
}

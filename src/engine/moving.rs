//! Moves alerts out of a case that is over, or that today's rules would not put them into.
//!
//! The new case has an alert before the old one lets it go: a process that dies between the two
//! leaves it in both, and the old case lets go when it is looked at again. It refuses to bring to
//! life what lives elsewhere by then.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Engine;
use super::handle::Job;
use crate::brain::{At, Error, Key, Rows};
use crate::domain::alert::{Report, What};
use crate::domain::ids::{CaseId, Fingerprint};
use crate::domain::incident::{HeldBy, Input, Member, MemberStatus, Reason, Sighting};

/// Alerts with the cases that they leave.
pub(super) type Left = Vec<(CaseId, Fingerprint)>;
/// Which case has which alert.
pub(super) type Homes = BTreeMap<Fingerprint, CaseId>;

impl Engine {
    /// Moves alerts that were reported to where today's rules send them.
    pub(super) async fn move_alerts(
        self: &Arc<Self>,
        from: CaseId,
        sightings: Vec<Sighting>,
    ) -> Result<Vec<(Fingerprint, Reason)>, Error> {
        let mut left = Left::new();
        let moving = self.leave(from, sightings, &mut left).await?;
        let (reasons, homes) = self.begin_anew(moving, &left).await?;
        self.let_go(left, &homes).await?;
        Ok(reasons)
    }

    /// Moves alerts that were only looked at: no news is in that for a case that has them by now.
    pub(super) async fn move_held(
        self: &Arc<Self>,
        from: CaseId,
        sightings: Vec<Sighting>,
    ) -> Result<(), Error> {
        let mut left = Left::new();
        let mut moving = self.leave(from, sightings, &mut left).await?;
        let mut homes = self.homes(&moving).await?;
        moving.retain(|it| homes.get(&it.fingerprint).is_none_or(|home| *home == from));
        homes.extend(self.begin_anew(moving, &left).await?.1);
        self.let_go(left, &homes).await
    }

    /// Prepares alerts to leave a case: no beginning that it knows gets older on the way. What it
    /// has to let go afterwards is added to `left`.
    pub(super) async fn leave(
        &self,
        from: CaseId,
        mut sightings: Vec<Sighting>,
        left: &mut Left,
    ) -> Result<Vec<Sighting>, Error> {
        let rows = Rows::Some(sightings.iter().map(|sighting| sighting.fingerprint).collect());
        let loaded = self.brain.load(vec![(At::Case(from), rows)]).await?.pop().flatten();
        let known = loaded.map(|loaded| loaded.incident.members).unwrap_or_default();
        for sighting in &mut sightings {
            let Some(member) = known.get(&sighting.fingerprint).filter(|it| lives(it)) else {
                continue;
            };
            let alert = Arc::make_mut(&mut sighting.report.alert);
            alert.starts_at = alert.starts_at.max(member.starts_at);
            left.push((from, sighting.fingerprint));
            if let Some(what) = beginning(member, &sighting.report.what) {
                let report = Report { alert: sighting.report.alert.clone(), what };
                let begins = self.sightings(vec![(sighting.fingerprint, report)], self.clock.now());
                *sighting = begins.await?.pop().unwrap_or_else(|| sighting.clone());
            }
        }
        Ok(sightings)
    }

    /// Tells cases which of the alerts that leave them have a home elsewhere by now.
    pub(super) async fn let_go(self: &Arc<Self>, left: Left, homes: &Homes) -> Result<(), Error> {
        let mut gone: BTreeMap<CaseId, Vec<Fingerprint>> = BTreeMap::new();
        for (case, print) in left {
            if homes.get(&print).is_some_and(|home| *home != case) {
                gone.entry(case).or_default().push(print);
            }
        }
        let jobs = gone.into_iter().map(|(case, fingerprints)| {
            let rows = Rows::Some(fingerprints.clone());
            Job::on(case, rows, Input::Moved { fingerprints })
        });
        for handled in self.handle_all(jobs.collect()).await {
            handled?;
        }
        Ok(())
    }

    /// The cases that have these alerts, by the index. An entry that dangles names no home.
    async fn homes(&self, sightings: &[Sighting]) -> Result<Homes, Error> {
        let prints: Vec<Fingerprint> = sightings.iter().map(|it| it.fingerprint).collect();
        let keys = prints.iter().map(|print| Key::Fingerprint(*print)).collect();
        let found = self.brain.find(keys).await?;
        let homes: Vec<(Fingerprint, CaseId)> = prints
            .into_iter()
            .zip(found)
            .filter_map(|(print, found)| Some((print, found.first()?.case)))
            .collect();
        if homes.is_empty() {
            return Ok(Homes::new());
        }
        let questions =
            homes.iter().map(|(print, case)| (At::Case(*case), Rows::Some(vec![*print]))).collect();
        let loaded = self.brain.load(questions).await?;
        let has = |print: &Fingerprint, loaded: Option<crate::brain::Loaded>| {
            loaded.is_some_and(|loaded| loaded.incident.members.contains_key(print))
        };
        Ok(homes
            .into_iter()
            .zip(loaded)
            .filter_map(|(home, loaded)| has(&home.0, loaded).then_some(home))
            .collect())
    }
}

/// What a report means where nothing is known of the alert yet: what its source holds is held there,
/// and what its source lets go begins to fire.
fn beginning(member: &Member, what: &What) -> Option<What> {
    match (&member.status, what) {
        (MemberStatus::Held(HeldBy::Downtime), What::Firing { .. }) => Some(What::DowntimeStarted),
        (MemberStatus::Held(HeldBy::SourceFlapping), What::Firing { .. }) => {
            Some(What::FlappingStarted)
        }
        (_, What::DowntimeEnded | What::FlappingStopped) => {
            Some(What::Firing { expires_at: member.expires_at })
        }
        _ => None,
    }
}

fn lives(member: &Member) -> bool {
    match member.status {
        MemberStatus::Firing | MemberStatus::Held(_) | MemberStatus::Stale => true,
        MemberStatus::Resolved => false,
    }
}

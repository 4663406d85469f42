//! Takes what sources report: which case each alert belongs to, and what holds it back.
//!
//! A delivery that is accepted is durable when this answers. It refuses nothing that it can keep:
//! when the brain is away, the journal keeps it and the engine decides later.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Engine;
use super::handle::{Handled, Job};
use super::meters::Kind as Meter;
use super::moving::{Homes, Left};
use super::queries::away;
use super::views::{Accepted, Refusal, Stored};
use crate::adapters::ingest::Delivery;
use crate::brain::{At, Error, Key, Rows};
use crate::domain::alert::{Report, What};
use crate::domain::ids::{CaseId, Fingerprint, GroupKey};
use crate::domain::incident::{Input, Reason, Sighting};

/// Where a sighting goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Case(CaseId),
    Group(GroupKey),
}

impl Engine {
    /// Takes one delivery. When this answers with `Ok`, it is durable.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when neither the brain nor the journal can take it.
    pub async fn ingest(self: &Arc<Self>, delivery: Delivery) -> Result<Accepted, Refusal> {
        let Some(journal) = &self.journal else {
            let reasons = self.take(delivery.reports).await.map_err(away)?;
            return Ok(Accepted { stored: Stored::Brain, reasons });
        };
        let reports: Arc<[Report]> = delivery.reports.into();
        let received_at = delivery.received_at;
        if !self.options.is_shared {
            // The embedded brain's own fsync is the promise; the journal only serves `replay`.
            let reasons = self.take(reports.to_vec()).await.map_err(away)?;
            let has_news = reasons.iter().any(|(_, reason)| is_news(reason));
            if has_news {
                journal.append_lazily(received_at, &delivery.source, &reports);
            }
            return Ok(Accepted { stored: Stored::Brain, reasons });
        }
        if self.options.is_fast
            && let Ok(reasons) = self.take(reports.to_vec()).await
        {
            journal.append_lazily(received_at, &delivery.source, &reports);
            return Ok(Accepted { stored: Stored::Brain, reasons });
        }
        let (journaled, taken) = tokio::join!(
            journal.append(received_at, &delivery.source, &reports),
            self.take(reports.to_vec())
        );
        match (journaled, taken) {
            (Ok(sequence), Ok(reasons)) => {
                journal.applied(sequence);
                Ok(Accepted { stored: Stored::Brain, reasons })
            }
            (Ok(_), Err(error)) => {
                tracing::warn!(%error, "the brain is away: the journal keeps the alerts until it is back");
                self.meters.spooled.inc();
                Ok(Accepted { stored: Stored::Spool, reasons: Vec::new() })
            }
            (Err(error), _) => Err(Refusal::Unavailable(error.to_string())),
        }
    }

    /// Decides what reports mean, and writes it.
    pub(super) async fn take(
        self: &Arc<Self>,
        reports: Vec<Report>,
    ) -> Result<Vec<(Fingerprint, Reason)>, Error> {
        let now = self.clock.now();
        let reports: Vec<(Fingerprint, Report)> =
            reports.into_iter().map(|report| (report.alert.fingerprint(), report)).collect();
        let keys = reports.iter().map(|(fingerprint, _)| Key::Fingerprint(*fingerprint)).collect();
        let found = self.brain.find(keys).await?;
        let known: Vec<Option<CaseId>> =
            found.into_iter().map(|found| found.first().map(|found| found.case)).collect();
        let sightings = self.sightings(reports, now).await?;
        let sighted = sightings.into_iter().zip(known).collect();
        let placed = self.place(sighted).await?;
        let reasons = self.handle_placed(placed).await?;
        for (_, reason) in &reasons {
            self.meters.reports.get_or_create(&Meter { kind: reason_name(reason) }).inc();
        }
        Ok(reasons)
    }

    /// Finds the case of each sighting: the one that has it, else the current one of its group.
    async fn place(
        &self,
        sightings: Vec<(Sighting, Option<CaseId>)>,
    ) -> Result<BTreeMap<Place, Vec<Sighting>>, Error> {
        let mut placed: BTreeMap<Place, Vec<Sighting>> = BTreeMap::new();
        let mut grouped: BTreeMap<GroupKey, Vec<Sighting>> = BTreeMap::new();
        let book = self.book.load_full();
        for (sighting, known) in sightings {
            let route = book.rules.route(&sighting.report.alert.labels);
            // Also where the case is known: an alert that nobody wants is held each time it comes.
            let sighting = routed(sighting, route.owner.is_some());
            if let Some(case) = known {
                placed.entry(Place::Case(case)).or_default().push(sighting);
            } else {
                grouped.entry(route.group).or_default().push(sighting);
            }
        }
        if grouped.is_empty() {
            return Ok(placed);
        }
        let questions = grouped
            .keys()
            .map(|group| (At::Group(group.clone()), Rows::Some(Vec::new())))
            .collect();
        let current = self.brain.load(questions).await?;
        for ((group, sightings), current) in grouped.into_iter().zip(current) {
            let place = current.map_or(Place::Group(group), |loaded| Place::Case(loaded.case));
            placed.entry(place).or_default().extend(sightings);
        }
        Ok(placed)
    }

    async fn handle_placed(
        self: &Arc<Self>,
        placed: BTreeMap<Place, Vec<Sighting>>,
    ) -> Result<Vec<(Fingerprint, Reason)>, Error> {
        let mut groups: Vec<Vec<Sighting>> = Vec::with_capacity(placed.len());
        let mut jobs = Vec::with_capacity(placed.len());
        for (place, sightings) in placed {
            let at = match place {
                Place::Case(case) => At::Case(case),
                Place::Group(group) => At::Group(group),
            };
            jobs.push(job(at, sightings.clone()));
            groups.push(sightings);
        }
        let mut reasons = Vec::new();
        let (mut again, mut left) = (Vec::new(), Left::new());
        for (handled, sightings) in self.handle_all(jobs).await.into_iter().zip(groups) {
            match handled? {
                Handled::Done { reasons: new, .. } => reasons.extend(of_alerts(new)),
                Handled::Superseded { case } => {
                    again.extend(self.leave(case, sightings, &mut left).await?);
                }
                Handled::Missing => again.extend(sightings),
                Handled::Misplaced { case, group } => {
                    reasons.extend(self.part(case, &group, sightings).await?);
                }
                Handled::LeaseLost => {}
            }
        }
        if !again.is_empty() {
            let (new, homes) = self.begin_anew(again, &left).await?;
            reasons.extend(new);
            self.let_go(left, &homes).await?;
        }
        Ok(reasons)
    }

    /// Sends the alerts that belong elsewhere by now where today's rules want them; the others stay.
    async fn part(
        self: &Arc<Self>,
        case: CaseId,
        group: &GroupKey,
        sightings: Vec<Sighting>,
    ) -> Result<Vec<(Fingerprint, Reason)>, Error> {
        let book = self.book.load_full();
        let (stay, leave): (Vec<_>, Vec<_>) = sightings
            .into_iter()
            .partition(|it| book.rules.route(&it.report.alert.labels).group == *group);
        let mut reasons = self.move_alerts(case, leave).await?;
        if !stay.is_empty() {
            match self.handle(job(At::Case(case), stay.clone())).await? {
                Handled::Done { reasons: new, .. } => reasons.extend(of_alerts(new)),
                _ => reasons.extend(self.move_alerts(case, stay).await?),
            }
        }
        Ok(reasons)
    }

    /// Reports whose case is over or gone: they go where today's rules send them. Says where that is.
    pub(super) async fn begin_anew(
        self: &Arc<Self>,
        sightings: Vec<Sighting>,
        left: &Left,
    ) -> Result<(Vec<(Fingerprint, Reason)>, Homes), Error> {
        let book = self.book.load_full();
        let over: Vec<CaseId> = left.iter().map(|(case, _)| *case).collect();
        let mut grouped: BTreeMap<GroupKey, Vec<Sighting>> = BTreeMap::new();
        for sighting in sightings {
            let route = book.rules.route(&sighting.report.alert.labels);
            let sighting = routed(sighting, route.owner.is_some());
            grouped.entry(route.group).or_default().push(sighting);
        }
        let (mut jobs, mut prints) = (Vec::new(), Vec::new());
        for (group, sightings) in grouped {
            prints.push(sightings.iter().map(|it| it.fingerprint).collect::<Vec<_>>());
            let over = over.clone();
            jobs.push(Job { begins_anew: true, over, ..job(At::Group(group), sightings) });
        }
        let (mut reasons, mut homes) = (Vec::new(), Homes::new());
        for (handled, prints) in self.handle_all(jobs).await.into_iter().zip(prints) {
            if let Handled::Done { case, reasons: new, .. } = handled? {
                reasons.extend(of_alerts(new));
                homes.extend(prints.into_iter().map(|print| (print, case)));
            }
        }
        Ok((reasons, homes))
    }
}

fn job(at: At, sightings: Vec<Sighting>) -> Job {
    let rows = Rows::Some(sightings.iter().map(|sighting| sighting.fingerprint).collect());
    Job {
        at,
        rows,
        input: Input::Reported { sightings },
        settles: None,
        begins_anew: false,
        over: Vec::new(),
    }
}

/// An alert that no rule wants is held, so that it can be found and explained.
pub(super) fn routed(mut sighting: Sighting, has_owner: bool) -> Sighting {
    use crate::domain::incident::{HeldBy, Ruling};
    let is_firing = matches!(sighting.report.what, What::Firing { .. });
    if !has_owner && is_firing {
        sighting.ruling = Ruling::Held(HeldBy::NoRule);
    }
    sighting
}

fn of_alerts(
    reasons: Vec<(Option<Fingerprint>, Reason)>,
) -> impl Iterator<Item = (Fingerprint, Reason)> {
    reasons.into_iter().filter_map(|(fingerprint, reason)| Some((fingerprint?, reason)))
}

/// Whether a report changed anything that a replay would want to know.
fn is_news(reason: &Reason) -> bool {
    !matches!(
        reason,
        Reason::AlreadyFiring | Reason::AlreadyResolved | Reason::Kept | Reason::Already
    )
}

fn reason_name(reason: &Reason) -> &'static str {
    match reason {
        Reason::Fired => "fired",
        Reason::Held(_) => "held",
        Reason::Released => "released",
        Reason::Kept => "kept",
        Reason::AlreadyFiring => "already_firing",
        Reason::Changed => "changed",
        Reason::Resolved => "resolved",
        Reason::AlreadyResolved => "already_resolved",
        Reason::EndedBeforeFiring => "ended_before_firing",
        Reason::OlderThanItsEnd => "older_than_its_end",
        Reason::EndOfEarlierFiring => "end_of_earlier_firing",
        Reason::WentStale => "went_stale",
        Reason::Flapping => "flapping",
        Reason::Opened => "opened",
        Reason::Throttled => "throttled",
        Reason::Applied => "applied",
        Reason::NotNow(_) => "not_now",
        Reason::Already => "already",
        Reason::Run(_) => "run",
    }
}

//! The monitoring systems: what they report, and how stubbornly they deliver it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;
use warroom::adapters::ingest::Delivery;
use warroom::domain::alert::{Alert, Labels, Report, What};
use warroom::domain::noise::silence::api::{MatcherParts, PostableSilence};
use warroom::engine::Engine;
use warroom::engine::views::{Accepted, Refusal};

use crate::clock::{dawn, sleep};
use crate::plan::{NAMES, SERVICES, Say, Tell};
use crate::world::Shared;

/// How often a source tries again.
const TRIES_MAX: u64 = 6;
/// How long a source waits for an answer, as Prometheus does.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an alert of a source that repeats itself lives.
const LIVES: TimeDelta = TimeDelta::minutes(5);

pub(crate) fn labels(alert: usize) -> Labels {
    let (name, service) = (NAMES[alert / SERVICES.len()], SERVICES[alert % SERVICES.len()]);
    Labels::from([("alertname".into(), name.into()), ("service".into(), service.into())])
}

/// One report as it leaves its source now.
pub(crate) fn report(say: &Say, now: DateTime<Utc>) -> Report {
    let mut alert = Alert {
        labels: labels(say.alert),
        annotations: Labels::new(),
        starts_at: dawn() + TimeDelta::milliseconds(say.since),
        is_start_unnamed: false,
        generator_url: Default::default(),
        source: "prometheus".into(),
    };
    alert.annotations.insert("summary".into(), format!("text {}", say.text).into());
    let what = match say.what {
        Tell::Fires => What::Firing { expires_at: Some(now + LIVES) },
        Tell::FiresForGood => What::Firing { expires_at: None },
        Tell::Ends => What::Resolved { ended_at: now },
        Tell::Acknowledged => What::Acknowledged { by: "jo".into(), comment: "on it".into() },
        Tell::DowntimeStarts => What::DowntimeStarted,
        Tell::DowntimeEnds => What::DowntimeEnded,
        Tell::Noted => What::Noted { by: "jo".into(), text: "hm".into() },
    };
    Report { alert: Arc::new(alert), what }
}

/// Delivers until somebody answers with success, or patience ends.
pub(crate) async fn deliver(
    world: &Shared,
    engines: &[Option<Arc<Engine>>],
    reports: Vec<Report>,
) -> bool {
    world.lock().ledger.sent(&reports);
    for engine in engines.iter().flatten().cycle().take(usize::try_from(TRIES_MAX).unwrap()) {
        let answer = timeout(PATIENCE, once(world, engine, reports.clone())).await;
        let Ok(Ok(accepted)) = answer else {
            sleep(Duration::from_secs(1)).await;
            continue;
        };
        world.note(format_args!("accepted {:?}", accepted.reasons));
        let mut world = world.lock();
        let world = &mut *world;
        world.ledger.acknowledged(&world.store, &reports);
        let (_, failures) = world.ledger.take_notes();
        world.failures.extend(failures);
        return true;
    }
    false
}

/// Delivers once.
pub(crate) async fn once(
    world: &Shared,
    engine: &Arc<Engine>,
    reports: Vec<Report>,
) -> Result<Accepted, Refusal> {
    let received_at = world.time();
    let delivery = Delivery {
        source: "prometheus".into(),
        reports,
        refused: Vec::new(),
        truncated: 0,
        received_at,
    };
    engine.ingest(delivery).await
}

pub(crate) fn silence(service: usize, lasts: u64, now: DateTime<Utc>) -> PostableSilence {
    let matcher = MatcherParts {
        is_equal: true,
        is_regex: false,
        name: "service".into(),
        value: SERVICES[service].into(),
    };
    PostableSilence {
        id: None,
        comment: "planned work".to_owned(),
        created_by: "ana".into(),
        ends_at: now + TimeDelta::milliseconds(i64::try_from(lasts).unwrap()),
        matchers: vec![matcher],
        starts_at: now,
        repeats: None,
    }
}

/// Ends every silence that holds now.
pub(crate) async fn end_silences(engine: &Arc<Engine>) -> Result<String, Refusal> {
    let mut ended = 0;
    for silence in engine.silences().await? {
        ended += usize::from(engine.expire_silence(&silence.id).await.is_ok());
    }
    Ok(format!("{ended} ended"))
}

//! What every handler shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::limits;
use super::meters::Meters;
use super::pagers::Pagers;
use super::session::oidc::Provider;
use super::session::{Desk, OidcOptions, Roster};
use super::sources::Sources;
use crate::domain::secret::Secret;
use crate::engine::Engine;
use crate::engine::clock::Clock;
use crate::engine::sessions::Ends;
use crate::executor::Seats;

/// What the configuration says to the server.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Who may report alerts, and how they prove it.
    pub sources: Sources,
    /// What opens the API to those who do not ask from this machine; none: nobody else may.
    pub token: Option<Secret>,
    /// The tokens of the people whom the engine's directory knows.
    pub roster: Roster,
    /// When sessions of the console end by themselves.
    pub ends: Ends,
    /// Where people reach this server; under https, cookies travel over nothing else.
    pub external_url: Option<Url>,
    /// The identity provider; it needs the address above.
    pub oidc: Option<OidcOptions>,
    /// The executors that may connect; none: nobody may.
    pub executors: Option<Seats>,
    /// What wakes people, and may bring back their answers.
    pub pagers: Pagers,
}

/// Shared by all requests; lives as long as the server.
#[derive(Debug, Clone)]
pub struct State(Arc<Shared>);

/// What a [`State`] points at.
#[derive(Debug)]
pub struct Shared {
    pub(super) engine: Arc<Engine>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: Options,
    pub(super) meters: Meters,
    /// Where people sign in.
    pub(super) desk: Desk,
    /// When this server began, for Alertmanager's `uptime`.
    pub(super) started_at: DateTime<Utc>,
    /// Requests that may still begin.
    pub(super) in_flight: Arc<Semaphore>,
    /// Listings that may still begin.
    pub(super) listings: Arc<Semaphore>,
    /// Streams of live events that may still begin.
    pub(super) viewers: Arc<Semaphore>,
    /// Kibibytes that bodies may still take.
    pub(super) bodies: Arc<Semaphore>,
    /// Alerts that may still be decided.
    alerts: Arc<Semaphore>,
    /// Makes request ids of one process differ from those of another.
    origin: u32,
    requests: AtomicU64,
    warned: AtomicU64,
}

impl State {
    /// The state of a new server. Its meters show up among the engine's.
    #[must_use]
    pub fn new(engine: Arc<Engine>, clock: Arc<dyn Clock>, options: Options) -> Self {
        let meters = engine.meters().with_registry(Meters::register);
        let bodies = usize::try_from(limits::BODIES_KIB).unwrap_or(usize::MAX);
        let origin = u32::try_from(clock.random() & u128::from(u32::MAX)).unwrap_or_default();
        let oidc = options.oidc.clone().zip(options.external_url.as_ref());
        let oidc = oidc.and_then(|(oidc, url)| Provider::new(oidc, url, clock.clone()));
        let desk = Desk {
            oidc,
            roster: options.roster.clone(),
            links: Default::default(),
            attempts: Default::default(),
            ends: options.ends,
            external_url: options.external_url.clone(),
        };
        Self(Arc::new(Shared {
            engine,
            desk,
            started_at: clock.now(),
            clock,
            options,
            meters,
            in_flight: Arc::new(Semaphore::new(limits::IN_FLIGHT)),
            listings: Arc::new(Semaphore::new(limits::LISTINGS)),
            viewers: Arc::new(Semaphore::new(limits::VIEWERS)),
            bodies: Arc::new(Semaphore::new(bodies)),
            alerts: Arc::new(Semaphore::new(limits::ALERTS_IN_WORK)),
            origin,
            requests: AtomicU64::new(0),
            warned: AtomicU64::new(0),
        }))
    }
}

impl std::ops::Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    /// A path that signs somebody in once: a person of the configuration, or the operator. None: the
    /// machine has no randomness.
    pub fn sign_in_path(&self, name: &str) -> Option<String> {
        let code = self.desk.links.issue(name, self.clock.now())?;
        Some(format!("/sign-in?code={code}"))
    }

    /// A name for one request, for logs and the `x-request-id` of its answer.
    pub(super) fn request_id(&self) -> String {
        format!("{:08x}-{:x}", self.origin, self.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether a warning that outsiders can cause may be logged now: they must not fill the disk.
    pub(super) fn may_warn(&self) -> bool {
        let now = millis(self.clock.uptime()).saturating_add(1);
        let last = self.warned.load(Ordering::Relaxed);
        let is_due = last == 0 || now.saturating_sub(last) >= millis(limits::WARN_EVERY);
        is_due
            && self.warned.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Places for so many alerts, unless too many are being decided.
    pub(super) fn alerts_in_work(&self, count: usize) -> Option<OwnedSemaphorePermit> {
        let count = u32::try_from(count).ok()?;
        self.alerts.clone().try_acquire_many_owned(count).ok()
    }

    /// A place among the listings, unless all are taken.
    pub(super) fn listing(&self) -> Option<OwnedSemaphorePermit> {
        self.listings.clone().try_acquire_owned().ok()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

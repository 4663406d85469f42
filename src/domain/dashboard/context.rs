//! What is known where somebody asks.

use chrono::{DateTime, TimeDelta, Utc};

use super::step;
use crate::domain::alert::Labels;
use crate::domain::chart::Marker;
use crate::domain::ids::Number;

/// What holds where neither the question nor the room says anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// Whose clock is shown.
    pub zone: chrono_tz::Tz,
    /// How often the sources look at what they measure.
    pub scrape: TimeDelta,
}

impl Default for Usual {
    fn default() -> Self {
        Self { zone: chrono_tz::UTC, scrape: step::SCRAPE }
    }
}

/// What is known in the room where somebody asks: nothing of it needs to be typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The labels of the room's incident: they fill in arguments of the same name.
    pub labels: Labels,
    /// When the incident began.
    pub since: Option<DateTime<Utc>>,
    /// When it was over; none while it is open.
    pub until: Option<DateTime<Utc>>,
    /// The reader's time zone; none: the one in the configuration.
    pub zone: Option<chrono_tz::Tz>,
    /// The incident.
    pub incident: Option<Number>,
    /// Moments of the incident that are worth seeing.
    pub markers: Vec<Marker>,
}

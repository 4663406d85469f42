//! What is known where somebody asks.

use chrono::{DateTime, Utc};

use crate::domain::alert::Labels;
use crate::domain::chart::Marker;
use crate::domain::ids::Number;

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

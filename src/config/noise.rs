//! What keeps noise from people: flapping, storms, throttles over all rules.

use chrono::TimeDelta;
use url::Url;

use super::sections::{section, within};
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Node, duration, table, url};
use crate::domain::noise::limit::Limit;
use crate::domain::rules::limit;

/// `[noise]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noise {
    /// The window in which changes are counted.
    pub flap_window: TimeDelta,
    /// So many changes make an alert flap.
    pub flap_high: u32,
    /// With no more changes than this it has calmed.
    pub flap_low: u32,
    /// When many incidents become one.
    pub storm: Storm,
    /// Limits over all rules.
    pub throttle: Throttles,
}

/// `[noise.storm]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// More openings than this inside the window are a storm.
    pub incidents: u32,
    /// The window.
    pub window: TimeDelta,
    /// So long without an opening ends it.
    pub calm: TimeDelta,
}

/// `[canary]`: an incident that proves the whole machine again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// How often.
    pub every: TimeDelta,
    /// The dead-man service that hears of each one that came through.
    pub dead_man: Url,
}

/// The shortest interval of the canary: its incident is resolved in between.
const CANARY_MIN: TimeDelta = TimeDelta::seconds(10);

pub(super) fn canary(node: &Node, out: &mut Diagnostics) -> Option<Canary> {
    section(node, "canary", out, |fields| {
        let every = fields.required("every", duration)?;
        let dead_man = fields.required("dead_man", url)?;
        if every < CANARY_MIN {
            let fault = "the canary needs 10 seconds at least";
            fields.out.push(Diagnostic::error(fields.place(), fault).label("too often"));
        }
        Some(Canary { every, dead_man })
    })
}

/// `[noise.throttle]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Throttles {
    /// Openings of incidents, over all rules.
    pub incidents: Option<Limit>,
}

pub(super) fn noise(node: &Node, out: &mut Diagnostics) -> Option<Noise> {
    section(node, "noise", out, |fields| {
        let flap_window = fields.required("flap_window", duration);
        let flap_high = fields.required("flap_high", within(2, 1000));
        let flap_low = fields.required("flap_low", within(0, 1000));
        if flap_low >= flap_high {
            let fault = "`flap_low` must be less than `flap_high`";
            let label = "an alert would never calm";
            fields.out.push(Diagnostic::error(fields.place(), fault).label(label));
        }
        let storm = fields.required("storm", storm);
        let throttle = fields.optional("throttle", throttles).unwrap_or_default();
        Some(Noise {
            flap_window: flap_window?,
            flap_high: u32::try_from(flap_high?).ok()?,
            flap_low: u32::try_from(flap_low?).ok()?,
            storm: storm?,
            throttle,
        })
    })
}

fn storm(node: &Node, out: &mut Diagnostics) -> Option<Storm> {
    section(node, "noise.storm", out, |fields| {
        let incidents = fields.required("incidents", within(1, 100_000));
        let window = fields.required("window", duration);
        let calm = fields.required("calm", duration);
        let incidents = u32::try_from(incidents?).ok()?;
        Some(Storm { incidents, window: window?, calm: calm? })
    })
}

fn throttles(node: &Node, out: &mut Diagnostics) -> Option<Throttles> {
    table(node, "noise.throttle", out, |fields| Throttles {
        incidents: fields.optional("incidents", limit),
    })
}

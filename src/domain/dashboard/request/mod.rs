//! What somebody typed behind `graph`, as a value.
//!
//! It refuses to know dashboards: whether a graph of this name is there shows later.
//! Invariant: a printed request reads back as itself.

mod moment;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use moment::Moment;
pub(super) use parse::is_reserved;
pub(super) use print::quoted as shown;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::domain::chart::Theme;

/// The longest time that one graph covers: a year.
pub const RANGE_MAX: TimeDelta = TimeDelta::days(366);
/// The shortest.
const RANGE_MIN: TimeDelta = TimeDelta::seconds(1);
/// The most lines that one may ask for: more cannot be told apart.
pub const TOP_MAX: usize = 50;
/// The narrowest picture, in CSS pixels.
pub const WIDTH_MIN: u32 = 200;
/// The widest picture: a large screen.
pub const WIDTH_MAX: u32 = 2000;
/// The lowest picture.
pub const HEIGHT_MIN: u32 = 120;
/// The highest picture.
pub const HEIGHT_MAX: u32 = 1200;

/// What somebody wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The graph's name and its arguments by place, as they were typed.
    pub words: Vec<String>,
    /// Arguments by name.
    pub named: BTreeMap<String, String>,
    /// A query in place of a graph's name.
    pub query: Option<String>,
    /// Which time; none: what the room knows, or the last hour.
    pub span: Option<Span>,
    /// How long before that to look for comparison.
    pub versus: Option<TimeDelta>,
    /// How many lines at most.
    pub top: Option<usize>,
    /// Which metrics source.
    pub source: Option<String>,
    /// Whose clock.
    pub zone: Option<chrono_tz::Tz>,
    /// How it should look.
    pub wish: Wish,
}

/// How a picture should look, where somebody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    /// Light or dark.
    pub theme: Option<Theme>,
    /// CSS pixels across.
    pub width: Option<u32>,
    /// CSS pixels down.
    pub height: Option<u32>,
}

/// Which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// The time before now: `1h`.
    Last(TimeDelta),
    /// Two moments: `from 14:00 to 15:30`.
    Between(Moment, Moment),
    /// A moment until now: `since 14:30`.
    Since(Moment),
    /// So long before and after a moment: `around 14:30 15m`.
    Around(Moment, TimeDelta),
    /// As long as the incident of this room: `incident`.
    Incident,
}

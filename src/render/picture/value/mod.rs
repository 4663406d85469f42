//! The axis of values: its ends, its ticks, and what they are called.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::domain::chart::{Axis, Chart, Scale, Unit};

/// Larger values are drawn at the edge: their distances would be infinite.
const VALUE_MAX: f64 = 1e300;
/// What is smaller is zero to the eye and to arithmetic.
const VALUE_MIN: f64 = 1e-290;
/// A limit this many times further out than the data would press them flat; it is said in words.
const LIMIT_REACH: f64 = 9.0;
/// Data that fill less of the height than this, seen from zero, are shown without zero.
const FLAT: f64 = 0.2;

/// The axis.
#[derive(Debug, Clone)]
pub(super) struct ValueAxis {
    low: f64,
    high: f64,
    step: f64,
    scale: Scale,
    /// Without any value, numbers at the axis would be made up.
    has_names: bool,
}

impl ValueAxis {
    /// An axis for everything that the chart draws, with about so many ticks.
    pub(super) fn new(chart: &Chart, ticks: f64) -> Self {
        let Some(data) = extent(chart).or_else(|| extent_of_limits(chart)) else {
            return Self { has_names: false, ..Self::of_zero(&chart.unit) };
        };
        // The foot of a stack is zero: its areas are its values.
        let data = if chart.axis.is_stacked { (data.0.min(0.0), data.1.max(0.0)) } else { data };
        let (low, high) = capped(&chart.unit, data, room(with_limits(chart, data)));
        let (given_low, given_high) = given(chart.axis, (low, high));
        if low == 0.0 && high == 0.0 && given_low.or(given_high).is_none() {
            return Self::of_zero(&chart.unit);
        }
        let (low, high) = (given_low.unwrap_or(low), given_high.unwrap_or(high));
        let scale = chart.unit.scale(low.abs().max(high.abs()));
        let step = nice((high / scale.divisor - low / scale.divisor) / ticks) * scale.divisor;
        let low = given_low.unwrap_or_else(|| (low / step).floor() * step);
        let high = given_high.unwrap_or_else(|| (high / step).ceil() * step);
        Self { low, high, step, scale, has_names: true }
    }

    /// Where nothing is but zero, only zero and one are worth a tick.
    fn of_zero(unit: &Unit) -> Self {
        let high = if *unit == Unit::Percent { 100.0 } else { 1.0 };
        Self { low: 0.0, high, step: high, scale: unit.scale(high), has_names: true }
    }

    /// Where a value is on it, 0 to 1 from below; outside it for values that do not fit.
    fn share(&self, value: f64) -> f64 {
        let value = value.clamp(-VALUE_MAX, VALUE_MAX);
        // Halves, so that the distance of two huge values is no infinity.
        (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
    }

    pub(super) fn share_f32(&self, value: f64) -> f32 {
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let share = self.share(value) as f32;
        share
    }

    pub(super) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Its lower end.
    pub(super) fn lowest(&self) -> f64 {
        self.low
    }

    /// Where the area below a line ends: at zero, or at the bottom.
    pub(super) fn floor(&self) -> f64 {
        0.0_f64.clamp(self.low, self.high)
    }

    /// Whether a value that does not fit is above the axis.
    pub(super) fn is_above(&self, value: f64) -> bool {
        value > self.high
    }

    pub(super) fn ticks(&self) -> Vec<f64> {
        // A guard: twice what any axis has.
        let first = (self.low / self.step - 0.01).ceil() * self.step;
        (0..100_i32)
            .map(|number| first + f64::from(number) * self.step)
            .take_while(|value| *value <= self.high + self.step * 0.01)
            .collect()
    }

    pub(super) fn name(&self, value: f64) -> String {
        if self.has_names { self.scale.format_step(value, self.step) } else { String::new() }
    }
}

/// The ends that somebody gave, where they and the data's other end hold something between them.
fn given(axis: Axis, (low, high): (f64, f64)) -> (Option<f64>, Option<f64>) {
    let fits = |end: &f64| end.abs() <= VALUE_MAX && (*end == 0.0 || end.abs() >= VALUE_MIN);
    let (given_low, given_high) = (axis.low.filter(fits), axis.high.filter(fits));
    let (low, high) = (given_low.unwrap_or(low), given_high.unwrap_or(high));
    // Nearer ends would be told apart by no tick.
    let is_wide = high - low > low.abs().max(high.abs()) * 1e-9;
    match (given_low, given_high) {
        _ if is_wide => (given_low, given_high),
        // All data are beyond the only end that was given.
        (Some(low), None) => (Some(low), Some(low + low.abs().max(1.0))),
        (None, Some(high)) => (Some(high - high.abs().max(1.0)), Some(high)),
        (Some(_), Some(_)) | (None, None) => (None, None),
    }
}

/// The smallest and the largest value, pressed into what can be drawn.
fn extent(chart: &Chart) -> Option<(f64, f64)> {
    around(chart.series.iter().flat_map(|series| [series.min(), series.max()]).flatten())
}

fn extent_of_limits(chart: &Chart) -> Option<(f64, f64)> {
    around(chart.limits.iter().map(|limit| limit.value).filter(|value| value.is_finite()))
}

fn around(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.map(|value| value.clamp(-VALUE_MAX, VALUE_MAX)).fold(None, |found, value| {
        let (low, high) = found.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

fn with_limits(chart: &Chart, (low, high): (f64, f64)) -> (f64, f64) {
    let reach = LIMIT_REACH * (high - low).max(high.abs()).max(low.abs());
    let limits = chart.limits.iter().map(|limit| limit.value);
    limits
        .filter(|value| (low - reach..=high + reach).contains(value))
        .fold((low, high), |(low, high), value| (low.min(value), high.max(value)))
}

/// The ends with room to breathe: from zero where that does not press the data flat.
fn room((low, high): (f64, f64)) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    if size < VALUE_MIN {
        return (0.0, 0.0);
    }
    let span = high - low;
    let is_constant = span <= size * 1e-9;
    if span > size * FLAT || is_constant {
        let more = if is_constant { size * 0.25 } else { span * 0.02 };
        let low = if low < 0.0 { low - more } else { 0.0 };
        let high = if high > 0.0 { high + more } else { 0.0 };
        return (low, high);
    }
    (low - span * 0.1, high + span * 0.1)
}

/// Shares end at 100 %, unless there are larger ones.
fn capped(unit: &Unit, (_, highest): (f64, f64), (low, high): (f64, f64)) -> (f64, f64) {
    let all = match unit {
        Unit::Percent => 100.0,
        Unit::PercentUnit => 1.0,
        Unit::Short
        | Unit::Seconds
        | Unit::Milliseconds
        | Unit::Bytes
        | Unit::BytesPerSecond
        | Unit::BitsPerSecond
        | Unit::RequestsPerSecond
        | Unit::Other(_) => f64::INFINITY,
    };
    (low, if highest <= all { high.min(all) } else { high })
}

/// The next step of 1, 2 or 5 times a power of ten.
fn nice(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| step <= digit * power * 1.000_001);
    digit.unwrap_or(10.0) * power
}

impl Ranged for ValueAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        // What the axis does not hold is drawn at its edge, and never outside of the plot.
        let share = self.share(*value).clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the ends")]
        let at = (f64::from(from) + share * f64::from(to - from)).round() as i32;
        at
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks() }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for ValueAxis {
    fn format_ext(&self, value: &f64) -> String {
        self.name(*value)
    }
}

#[cfg(test)]
mod tests;

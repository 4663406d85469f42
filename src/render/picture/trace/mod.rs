//! A line of the plot: cut at its gaps, thinned to what can be seen.

use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingErrorKind};
use std::convert::Infallible;

use super::time::TimeAxis;
use crate::domain::chart::{Chart, Series};
use crate::render::backend::place;
use crate::render::scene::{Ink, Pen, Place, Scene};

/// Two points further apart than this many steps have a gap between them.
const GAP_STEPS: f64 = 1.5;
/// The radius of a point that stands alone, in widths of its line.
const DOT: f32 = 1.5;

/// Points without a gap, and how they are drawn.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    points: Vec<(i64, f64)>,
    pen: Pen,
}

impl Trace {
    /// Any line.
    pub(super) fn new(points: Vec<(i64, f64)>, pen: Pen) -> Self {
        Self { points, pen }
    }

    /// The pieces of a series inside the time axis, for a plot of so many columns.
    pub(super) fn pieces(
        chart: &Chart,
        series: &Series,
        time: &TimeAxis,
        columns: f64,
    ) -> Vec<Vec<(i64, f64)>> {
        let step = chart.step.num_milliseconds().max(1) as f64;
        let mut pieces: Vec<Vec<(i64, f64)>> = Vec::new();
        let mut before: Option<i64> = None;
        for point in series.points.iter().filter(|point| time.holds(point.at)) {
            if !point.value.is_finite() {
                before = None;
                continue;
            }
            let distance = |from: i64| point.at.saturating_sub(from) as f64;
            let follows = before.is_some_and(|from| distance(from) <= step * GAP_STEPS);
            match pieces.last_mut() {
                Some(piece) if follows => piece.push((point.at, point.value)),
                Some(_) | None => pieces.push(vec![(point.at, point.value)]),
            }
            before = Some(point.at);
        }
        pieces.into_iter().map(|piece| thinned(piece, time, columns)).collect()
    }
}

/// Of many points in one column the first, the lowest, the highest and the last: nothing else can
/// be seen, and no peak is lost.
fn thinned(piece: Vec<(i64, f64)>, time: &TimeAxis, columns: f64) -> Vec<(i64, f64)> {
    if (piece.len() as f64) < columns * 4.0 {
        return piece;
    }
    let column = |at: i64| (time.share(at) * columns).floor();
    let mut kept = Vec::new();
    for same in piece.chunk_by(|one, two| column(one.0) == column(two.0)) {
        let by_value = |one: &&(i64, f64), two: &&(i64, f64)| one.1.total_cmp(&two.1);
        let low = same.iter().min_by(by_value);
        let high = same.iter().max_by(by_value);
        let mut found: Vec<(i64, f64)> =
            [same.first(), low, high, same.last()].into_iter().flatten().copied().collect();
        found.sort_by_key(|point| point.0);
        found.dedup();
        kept.extend(found);
    }
    kept
}

impl<'a> PointCollection<'a, (i64, f64)> for &'a Trace {
    type Point = &'a (i64, f64);
    type IntoIter = &'a [(i64, f64)];

    fn point_iter(self) -> &'a [(i64, f64)] {
        &self.points
    }
}

impl Drawable<&mut Scene> for Trace {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        scene: &mut &mut Scene,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        let places: Vec<Place> = points.map(place).collect();
        match places.as_slice() {
            [] => {}
            [only] => scene.disc(*only, self.pen.width * DOT, self.pen.ink),
            [_, ..] => scene.line(places, self.pen),
        }
        Ok(())
    }
}

/// What is between a line and the bottom.
#[derive(Debug, Clone)]
pub(super) struct Shade {
    points: Vec<(i64, f64)>,
    ink: Ink,
}

impl Shade {
    /// The area below a piece, down to `floor`.
    pub(super) fn below(piece: &[(i64, f64)], floor: f64, ink: Ink) -> Self {
        let ends = [piece.last(), piece.first()].into_iter().flatten();
        let points = piece.iter().copied().chain(ends.map(|(at, _)| (*at, floor))).collect();
        Self { points, ink }
    }

    /// The area between a piece and the one that it stands on.
    pub(super) fn between(piece: &[(i64, f64)], below: &[(i64, f64)], ink: Ink) -> Self {
        let points = piece.iter().chain(below.iter().rev()).copied().collect();
        Self { points, ink }
    }
}

impl<'a> PointCollection<'a, (i64, f64)> for &'a Shade {
    type Point = &'a (i64, f64);
    type IntoIter = &'a [(i64, f64)];

    fn point_iter(self) -> &'a [(i64, f64)] {
        &self.points
    }
}

impl Drawable<&mut Scene> for Shade {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        scene: &mut &mut Scene,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        scene.area(points.map(place).collect(), self.ink);
        Ok(())
    }
}

#[cfg(test)]
mod tests;

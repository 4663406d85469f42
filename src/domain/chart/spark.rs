//! A graph in one line of text, for places that show no pictures and for the time until one is
//! there.

use super::{Point, Series};

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// What stands where nothing was measured. Not a blank: chats fold blanks.
const GAP: char = '·';
/// A line of chat on a phone; wider ones wrap and mean nothing.
const WIDTH_MAX: usize = 200;
/// Two points further apart than this many usual distances have a gap between them.
const GAP_STEPS: f64 = 1.5;

/// The line in block characters, at most `width` of them: each shows the largest value of its
/// share of the time. Gaps are dots; a line without any number is empty.
#[must_use]
pub fn sparkline(series: &Series, width: usize) -> String {
    let points: Vec<Point> = series.finite().collect();
    let (Some(first), Some(low), Some(high)) = (points.first(), series.min(), series.max()) else {
        return String::new();
    };
    let step = usual_step(&series.points);
    let cells = Cells::new(first.at, points.last().map_or(first.at, |last| last.at), step, width);
    let mut shown: Vec<Option<f64>> = vec![None; cells.count];
    for (point, next) in points.iter().zip(points.iter().skip(1).map(Some).chain([None])) {
        let from = cells.of(point.at);
        let reach = next.filter(|next| distance(point.at, next.at) <= step * GAP_STEPS);
        let to = reach.map_or(from + 1, |next| cells.of(next.at).max(from + 1));
        for cell in shown.iter_mut().take(to).skip(from) {
            *cell = Some(cell.map_or(point.value, |value| value.max(point.value)));
        }
    }
    shown.iter().map(|value| value.map_or(GAP, |value| block(value, low, high))).collect()
}

/// How time is cut into characters.
struct Cells {
    from: i64,
    span: f64,
    count: usize,
}

impl Cells {
    fn new(from: i64, to: i64, step: f64, width: usize) -> Self {
        let span = distance(from, to) + step;
        // No more characters than points: repeating one would claim a finer measurement.
        #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
        let points = (span / step).round() as usize;
        Self { from, span, count: width.clamp(1, WIDTH_MAX).min(points.max(1)) }
    }

    fn of(&self, at: i64) -> usize {
        let share = distance(self.from, at) / self.span;
        #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
        let cell = (share * self.count as f64) as usize;
        cell.min(self.count.saturating_sub(1))
    }
}

fn distance(from: i64, to: i64) -> f64 {
    to.saturating_sub(from) as f64
}

/// The middle of the distances, in milliseconds: gaps are few.
fn usual_step(points: &[Point]) -> f64 {
    let pairs = points.iter().zip(points.iter().skip(1));
    let mut steps: Vec<i64> = pairs.map(|(one, two)| two.at.saturating_sub(one.at)).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).map_or(1.0, |step| (*step).max(1) as f64)
}

fn block(value: f64, low: f64, high: f64) -> char {
    // Halves, so that the distance of two huge numbers is no infinity.
    let span = high / 2.0 - low / 2.0;
    let share = if span > 0.0 { (value / 2.0 - low / 2.0) / span } else { flat(low) };
    #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
    let index = (share * 8.0) as usize;
    BLOCKS.get(index.min(7)).copied().unwrap_or(GAP)
}

/// A line that never changes lies in the middle, or on the ground when it is zero.
fn flat(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { 0.4 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f64]) -> Series {
        let points = values.iter().zip(0..);
        let points = points.map(|(value, at)| Point { at: at * 15_000, value: *value });
        Series { points: points.collect(), ..Series::default() }
    }

    #[test]
    fn a_slope_climbs() {
        assert_eq!(sparkline(&line(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), 8), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&line(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), 4), "▂▄▆█");
    }

    #[test]
    fn a_gap_is_no_line() {
        let mut gap = line(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        gap.points.drain(3..5);
        assert_eq!(sparkline(&gap, 8), "▁▂▃··▆▇█");
        let nan = line(&[1.0, f64::NAN, f64::INFINITY, 2.0]);
        assert_eq!(sparkline(&nan, 8), "▁··█");
    }

    #[test]
    fn flat_lines_and_single_points_are_shown() {
        assert_eq!(sparkline(&line(&[0.0, 0.0, 0.0]), 9), "▁▁▁");
        assert_eq!(sparkline(&line(&[5.0, 5.0]), 9), "▄▄");
        assert_eq!(sparkline(&line(&[5.0]), 9), "▄");
        assert_eq!(sparkline(&line(&[f64::NAN]), 9), "");
        assert_eq!(sparkline(&line(&[f64::MAX, f64::MIN]), 9), "█▁");
    }

    #[test]
    fn its_width_is_bounded() {
        let many: Vec<f64> = (0..5000).map(f64::from).collect();
        assert_eq!(sparkline(&line(&many), 20).chars().count(), 20);
        assert_eq!(sparkline(&line(&many), usize::MAX).chars().count(), WIDTH_MAX);
        assert_eq!(sparkline(&line(&many), 0), "█");
    }
}

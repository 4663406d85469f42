//! Which lines are above a limit, and since when.

use super::{Limit, Series};

/// Where a line stands to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No value is above it.
    Never,
    /// It was above, the last time until this moment (milliseconds since 1970), and is no more.
    Until(i64),
    /// Its newest value is above, and all since this moment (milliseconds since 1970).
    Since(i64),
    /// Every value is above.
    Always,
}

impl Limit {
    /// Where this line stands. Whether above is bad is not known here: it is only said.
    #[must_use]
    pub fn standing(&self, series: &Series) -> Standing {
        let mut since = None;
        let mut last_above = None;
        let mut is_always = true;
        for point in series.finite() {
            if point.value > self.value {
                since = since.or(Some(point.at));
                last_above = Some(point.at);
            } else {
                since = None;
                is_always = false;
            }
        }
        match (since, last_above) {
            (Some(_), _) if is_always => Standing::Always,
            (Some(at), _) => Standing::Since(at),
            (None, Some(at)) => Standing::Until(at),
            (None, None) => Standing::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Point;
    use super::*;

    #[test]
    fn a_line_is_above_since_it_last_rose() {
        let standing = |values: &[f64]| {
            let points = values.iter().zip(0..).map(|(value, at)| Point { at, value: *value });
            let series = Series { points: points.collect(), ..Series::default() };
            Limit { value: 5.0, label: "SLO".to_owned() }.standing(&series)
        };
        assert_eq!(standing(&[1.0, 5.0, 2.0]), Standing::Never);
        assert_eq!(standing(&[1.0, 6.0, 2.0, 7.0, f64::NAN, 8.0]), Standing::Since(3));
        assert_eq!(standing(&[1.0, 6.0, 7.0, 2.0]), Standing::Until(2));
        assert_eq!(standing(&[6.0, 7.0]), Standing::Always);
        assert_eq!(standing(&[f64::NAN]), Standing::Never);
    }
}

//! How far apart the points of a graph are.

use chrono::TimeDelta;

/// Points of one line at most: a picture of 800 pixels shows no more.
const POINTS_MAX: i32 = 300;
/// Steps that people know from clocks, in seconds.
const STEPS: [i64; 17] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 43_200, 86_400];
/// How often most sources look, where the configuration does not say.
pub(super) const SCRAPE: TimeDelta = TimeDelta::seconds(15);

/// The distance between two points of a graph that covers `length`: at least `least`.
pub(super) fn step(length: TimeDelta, least: Option<TimeDelta>) -> TimeDelta {
    let wanted = length / POINTS_MAX;
    let known = STEPS.iter().map(|seconds| TimeDelta::seconds(*seconds));
    let step = known.into_iter().find(|step| *step >= wanted).unwrap_or(TimeDelta::days(2));
    step.max(least.unwrap_or_default())
}

/// The window for `rate()` that misses nothing between two points, as Grafana chooses it: a rate
/// over less than four looks of the source is no rate.
pub(super) fn rate(step: TimeDelta, scrape: TimeDelta) -> TimeDelta {
    (step + scrape).max(scrape * 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_as_many_as_a_picture_shows() {
        for (length, seconds) in [
            (TimeDelta::seconds(1), 1),
            (TimeDelta::minutes(5), 1),
            (TimeDelta::hours(1), 15),
            (TimeDelta::hours(6), 120),
            (TimeDelta::days(7), 3600),
            (TimeDelta::days(366), 172_800),
        ] {
            assert_eq!(step(length, None), TimeDelta::seconds(seconds), "{length}");
        }
        let least = Some(TimeDelta::minutes(1));
        assert_eq!(step(TimeDelta::hours(1), least), TimeDelta::minutes(1));
        assert_eq!(rate(TimeDelta::seconds(15), SCRAPE), TimeDelta::minutes(1));
        assert_eq!(rate(TimeDelta::minutes(2), SCRAPE), TimeDelta::seconds(135));
    }
}

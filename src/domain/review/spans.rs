//! How long everything took, each span with the words that say what it counts.

use chrono::TimeDelta;

use super::one::Review;

/// One length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its name.
    pub name: &'static str,
    /// From what to what.
    pub counts: &'static str,
    /// How long; none: one of its ends is not known.
    pub length: Option<TimeDelta>,
}

impl Review {
    /// The four times that people compare.
    #[must_use]
    pub fn spans(&self) -> [Span; 4] {
        let from = self.began_at.unwrap_or(self.seen_at);
        let since_open = |at| at - self.opened_at;
        let span = |name, counts, length: Option<TimeDelta>| Span {
            name,
            counts,
            length: length.map(|length| length.max(TimeDelta::zero())),
        };
        [
            span(
                "detect",
                "from the source's time of the first alert until warroom opened the incident",
                self.began_at.map(|_| self.opened_at - from),
            ),
            span(
                "acknowledge",
                "from the opening until somebody took it",
                self.taken.as_ref().map(|(at, _)| since_open(*at)),
            ),
            span(
                "mitigate",
                "from the opening until nothing fired any more, or a remedy had succeeded",
                self.mitigated_at.map(since_open),
            ),
            span(
                "resolve",
                "from the opening until it was resolved for the last time",
                self.resolved_at.map(since_open),
            ),
        ]
    }
}

/// The middle of some lengths: one long night moves it less than a mean. None: there are none.
#[must_use]
pub fn median(mut lengths: Vec<TimeDelta>) -> Option<TimeDelta> {
    lengths.sort_unstable();
    let middle = lengths.len() / 2;
    if lengths.len() % 2 == 1 {
        return lengths.get(middle).copied();
    }
    let (low, high) = (lengths.get(middle.checked_sub(1)?)?, lengths.get(middle)?);
    Some((*low + *high) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::incident::Stored;

    const EVENTS: &str = include_str!("../../../tests/golden/review.jsonl");

    fn review() -> Review {
        let events: Vec<Stored> =
            EVENTS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Review::of(&events).unwrap()
    }

    #[test]
    fn each_time_counts_what_it_says() {
        let minutes = |minutes| Some(TimeDelta::minutes(minutes));
        let lengths = review().spans().map(|span| span.length);
        assert_eq!(lengths, [minutes(2), minutes(3), minutes(20), minutes(25)]);
    }

    #[test]
    fn a_review_knows_who_was_woken_and_what_helped() {
        let review = review();
        let wakes: Vec<&str> = review.wakes.iter().map(|wake| wake.person.as_str()).collect();
        assert_eq!(wakes, ["ana", "ben"]);
        assert_eq!((review.alerts, review.reopened, review.service()), (2, 0, "cms"));
        assert!(!review.went_by_itself());
        assert_eq!(review.fixes[0].runbook, "restart-service");
    }

    #[test]
    fn the_middle_of_lengths_is_their_median() {
        let minutes = |all: &[i64]| all.iter().map(|it| TimeDelta::minutes(*it)).collect();
        assert_eq!(median(minutes(&[9, 1, 5])), Some(TimeDelta::minutes(5)));
        assert_eq!(median(minutes(&[9, 1])), Some(TimeDelta::minutes(5)));
        assert_eq!(median(Vec::new()), None);
    }
}

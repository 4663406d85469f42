//! Who is on duty from when until when.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::overrides::Override;
use super::schedule::{Because, Duty, Schedule};

/// A time in which the same people are on duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// When it begins; where a list begins inside a shift, the beginning of the list.
    pub from: DateTime<Utc>,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// Who is on duty.
    pub duty: Duty,
}

/// How far ahead the end of a shift is looked for: more than any turn that people take.
const HORIZON: TimeDelta = TimeDelta::days(120);

impl Schedule {
    /// Who is on duty between two instants, without a gap in the list: a time in which nobody is on
    /// duty is a shift of nobody.
    #[must_use]
    pub fn shifts(
        &self,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        overrides: &[Override],
    ) -> Vec<Shift> {
        let mut edges = BTreeSet::from([from]);
        for layer in &self.layers {
            layer.edges((from, to), &mut edges);
        }
        let own = overrides.iter().filter(|one| one.schedule == self.at.name);
        edges.extend(own.flat_map(|one| [one.from, one.until]));
        let mut shifts: Vec<Shift> = Vec::new();
        for at in edges.into_iter().filter(|at| from <= *at && *at < to) {
            let duty = self.on_call(at, overrides);
            match shifts.last_mut() {
                Some(last) if last.duty == duty => {}
                last => {
                    if let Some(last) = last {
                        last.until = at;
                    }
                    shifts.push(Shift { from: at, until: to, duty });
                }
            }
        }
        shifts
    }

    /// The shift that is on at an instant, and the one after it. No end is known of a shift that
    /// goes on for longer than any turn.
    #[must_use]
    pub fn now_and_next(&self, at: DateTime<Utc>, overrides: &[Override]) -> (Duty, Option<Shift>) {
        let mut shifts = self.shifts((at, at + HORIZON), overrides).into_iter();
        let nobody = Duty { people: Vec::new(), shadows: Vec::new(), because: Because::Nobody };
        let now = shifts.next().map_or(nobody, |shift| shift.duty);
        let same = now.people.clone();
        (now, shifts.find(|shift| shift.duty.people != same))
    }
}

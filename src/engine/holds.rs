//! Which rows this process works on, and with which claim.
//!
//! A lease may end while its holder is busy, and the first to claim the row again is most likely the
//! holder itself. It refuses to do the same thing beside itself: the work under way goes on under
//! the new claim. Where somebody else had the row in between, that is not so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::brain::{Claimed, RowId, Token};

/// The rows that are worked on.
#[derive(Debug, Clone, Default)]
pub(super) struct Holds(Arc<Mutex<BTreeMap<RowId, Hold>>>);

#[derive(Debug)]
struct Hold {
    /// The token that the work began with.
    began: Token,
    /// The newest claim.
    token: Token,
    attempt: u32,
    /// The uptime at which the lease ends, as far as this process knows.
    until: Duration,
}

/// The work on one row, until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    holds: Holds,
    row: RowId,
    began: Token,
}

impl Holds {
    /// Begins the work on a row, whose lease ends at this uptime; none when it is under way, and
    /// goes on under this claim.
    pub(super) fn begin(&self, claimed: &Claimed, until: Duration) -> Option<Held> {
        let mut rows = self.rows();
        let Claimed { row, token, attempt, .. } = *claimed;
        if let Some(hold) = rows.get_mut(&row)
            && attempt == hold.attempt.saturating_add(1)
        {
            (hold.token, hold.attempt, hold.until) = (token, attempt, until);
            return None;
        }
        rows.insert(row, Hold { began: token, token, attempt, until });
        Some(Held { holds: self.clone(), row, began: token })
    }

    /// The token that holds a row now, for the work that began with this claim.
    pub(super) fn token(&self, claimed: &Claimed) -> Token {
        let rows = self.rows();
        let hold = rows.get(&claimed.row).filter(|hold| hold.began == claimed.token);
        hold.map_or(claimed.token, |hold| hold.token)
    }

    /// The lease was renewed until this uptime.
    pub(super) fn renewed(&self, claimed: &Claimed, until: Duration) {
        let mut rows = self.rows();
        let hold = rows.get_mut(&claimed.row).filter(|hold| hold.began == claimed.token);
        if let Some(hold) = hold {
            hold.until = hold.until.max(until);
        }
    }

    /// Whether the lease of this work ended before this uptime: whoever slept, or waited for long,
    /// may begin nothing any more (I20).
    pub(super) fn is_over(&self, claimed: &Claimed, uptime: Duration) -> bool {
        let rows = self.rows();
        let hold = rows.get(&claimed.row).filter(|hold| hold.began == claimed.token);
        hold.is_none_or(|hold| hold.until <= uptime)
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<RowId, Hold>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut rows = self.holds.rows();
        if rows.get(&self.row).is_some_and(|hold| hold.began == self.began) {
            rows.remove(&self.row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brain::Item;
    use crate::domain::ids::CaseId;
    use crate::domain::incident::Timer;

    const LEASE: Duration = Duration::from_secs(3);

    fn claim(token: u64, attempt: u32) -> Claimed {
        let row = RowId::Timer(CaseId { shard: 0, serial: 1 }, Timer::Card);
        let due = chrono::DateTime::UNIX_EPOCH;
        let item = Item::Timer { timer: Timer::Card };
        Claimed { row, item, due, attempt, token: Token(token) }
    }

    #[test]
    fn a_row_claimed_again_by_its_holder_goes_on_under_the_new_claim() {
        let holds = Holds::default();
        let (first, again) = (claim(1, 1), claim(5, 2));
        let held = holds.begin(&first, LEASE).unwrap();
        assert!(holds.begin(&again, LEASE).is_none());
        assert_eq!(holds.token(&first), Token(5));
        drop(held);
        assert_eq!(holds.token(&first), Token(1));
        assert!(holds.begin(&again, LEASE).is_some());
    }

    #[test]
    fn a_row_that_somebody_else_had_meanwhile_begins_anew() {
        let holds = Holds::default();
        let (first, later) = (claim(1, 1), claim(9, 3));
        let old = holds.begin(&first, LEASE).unwrap();
        let new = holds.begin(&later, LEASE).unwrap();
        assert_eq!((holds.token(&first), holds.token(&later)), (Token(1), Token(9)));
        drop(old);
        assert!(holds.begin(&claim(12, 4), LEASE).is_none());
        assert_eq!(holds.token(&later), Token(12));
        drop(new);
    }

    #[test]
    fn a_lease_is_over_at_its_end_unless_it_was_renewed_or_claimed_again() {
        let holds = Holds::default();
        let (first, again) = (claim(1, 1), claim(5, 2));
        let held = holds.begin(&first, LEASE).unwrap();
        assert!(!holds.is_over(&first, LEASE / 2));
        assert!(holds.is_over(&first, LEASE));
        holds.renewed(&first, LEASE * 2);
        assert!(!holds.is_over(&first, LEASE));
        assert!(holds.begin(&again, LEASE * 3).is_none());
        assert!(!holds.is_over(&first, LEASE * 2));
        drop(held);
        assert!(holds.is_over(&first, Duration::ZERO), "nobody works on it");
    }
}

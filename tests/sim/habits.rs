//! How badly the brain and the outside behave in one run, out of 1000 calls each.

use crate::rng::Rng;

/// Chances of faults, out of 1000.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Habits {
    /// Whether faults happen at all now: not while a run comes to rest.
    pub(crate) are_bad: bool,
    /// The brain is away until the runner says otherwise.
    pub(crate) brain_away: bool,
    /// Chat, trackers and phones are away until the runner says otherwise.
    pub(crate) outside_away: bool,
    pub(crate) slow: u32,
    pub(crate) lost_before: u32,
    pub(crate) lost_after: u32,
    pub(crate) repeated: u32,
    pub(crate) conflict: u32,
    pub(crate) unheard: u32,
    pub(crate) crash_before: u32,
    pub(crate) crash_after: u32,
    pub(crate) outer_lost: u32,
    pub(crate) outer_retry: u32,
    pub(crate) outer_refused: u32,
    pub(crate) outer_panic: u32,
    pub(crate) outer_hang: u32,
    pub(crate) outer_slow: u32,
}

impl Habits {
    /// The habits of one seed: some runs are calm, some are terrible, most lie between.
    pub(crate) fn of(rng: &mut Rng) -> Self {
        let worst = *rng.pick(&[0, 10, 30, 60, 120]);
        let mut some = |most: u32| {
            let most = u64::from(most * worst / 100);
            u32::try_from(rng.below(most + 1)).unwrap()
        };
        Self {
            are_bad: worst > 0,
            brain_away: false,
            outside_away: false,
            slow: some(100),
            lost_before: some(40),
            lost_after: some(40),
            repeated: some(60),
            conflict: some(60),
            unheard: some(300),
            crash_before: some(3),
            crash_after: some(3),
            outer_lost: some(100),
            outer_retry: some(100),
            outer_refused: some(20),
            outer_panic: some(30),
            outer_hang: some(20),
            outer_slow: some(200),
        }
    }
}

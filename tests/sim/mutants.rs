//! Planted bugs: each breaks one promise of the brain that everything else rests on.
//!
//! They live in the simulated brain only. A simulator that does not find them proves nothing.

/// One broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// Settling does not look at the token.
    SettlesWithoutToken,
    /// Some commits are answered and never written.
    AcknowledgesBeforeAppending,
    /// Rows of members that ended are not kept.
    ForgetsTombstones,
    /// A claim hands out rows that others hold.
    ClaimsWhatOthersHold,
    /// Words from case to case get lost.
    LosesTells,
    /// A timer that must ring no later than a time rings at that time.
    RingsTooLate,
    /// A row of class C that is claimed again looks like new.
    HidesAttempts,
    /// Index entries are not written.
    DropsIndexEntries,
    /// A row whose holder died is never claimed again.
    NeverTakesOver,
    /// Two commits may expect the same version.
    IgnoresVersions,
}

impl Mutant {
    pub(crate) const ALL: [Self; 10] = [
        Self::SettlesWithoutToken,
        Self::AcknowledgesBeforeAppending,
        Self::ForgetsTombstones,
        Self::ClaimsWhatOthersHold,
        Self::LosesTells,
        Self::RingsTooLate,
        Self::HidesAttempts,
        Self::DropsIndexEntries,
        Self::NeverTakesOver,
        Self::IgnoresVersions,
    ];
}

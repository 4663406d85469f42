//! The real engine on a stage: an empty brain in memory, a clock of its own, and an outside that
//! notes every order and carries none out.
//!
//! Hours pass in microseconds, since time moves only when nothing else can; the same input gives the
//! same record, byte by byte. `warroom test` and `warroom replay` stand on it. It refuses to reach
//! anything: what an outside system would answer is said by whoever directs the rehearsal.
//!
//! Nothing of the engine is replaced. Left out is the background work that has nothing to do here:
//! mirrors of rooms, the auditor, words of hand-offs, and what needs a shared brain.

mod answers;
mod clock;
mod outside;
mod record;
mod stage;
mod stand_ins;
mod witness;

pub use answers::{Answer, Door};
pub use record::{Alert, Happening, Seen, Why};
pub use stage::{Cast, Make, Rehearsal};

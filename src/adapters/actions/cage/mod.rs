//! The cage that programs of runbooks run in: limits, no privileges, and one end for all of them.
//!
//! Three processes: the executor ([`Cage::run`]) starts this binary again as a *keeper* ([`enter`]),
//! which adopts every orphan of the program, counts them, and kills all of them at the end, whatever
//! group they have moved to. The keeper starts this binary once more, which puts the limits on itself
//! and becomes the program. The keeper dies with the executor: the socket between them closes, and
//! that is an order to kill. It refuses to use a shell, to hand an environment on, and to end while
//! anything of the program still runs.

mod cgroup;
mod inner;
mod keeper;
mod output;
mod probe;
mod run;
mod spec;
#[cfg(test)]
mod tests;
mod tree;

pub use keeper::enter;
pub use probe::{Finding, probe};
pub use run::{Cage, Out, Took};
pub use spec::{End, Killed, Limits, User};

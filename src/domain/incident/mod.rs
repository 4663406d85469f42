//! One incident: alerts with the same group key, one room, one ticket, one timeline.
//!
//! [`decide()`] answers an [`Input`] with a [`Decision`]; [`Incident::evolve`] alone changes the
//! state; replaying the events of a case gives its stored state.
//! It refuses to look anything up: rules are resolved, verdicts are given, numbers are handed in.
//!
//! A case is *quiet* until an alert that nothing holds back opens it: silenced, inhibited and
//! unrouted alerts wait in quiet cases, so that `why` can name their reason and a timer can look at
//! them again.

mod calls;
mod course;
mod decide;
mod effect;
mod event;
mod evolve;
mod input;
mod joining;
mod outcome;
mod paging;
mod policy;
mod reports;
mod run;
mod state;
mod turned;

pub use decide::{
    Context, Decision, Opening, Reason, SetTimer, Settings, TimerSet, Verdict, decide,
};
pub use effect::{Class, Effect, PostKey, Target, Timer};
pub use event::{Cause, Event, HeldBy, Stored};
pub use evolve::child_key;
pub use input::{Command, Input, Outcome, Receipt, Ruling, Sighting};
pub use policy::{Moment, Notify, Policy, RoomPlan, RuleRef, RunMode, RunPlan, TicketPlan, Timing};
pub use state::{
    CallState, Child, Children, Counts, Head, Incident, Member, MemberStatus, Phase, Planned, Slot,
};

#[cfg(test)]
mod tests;

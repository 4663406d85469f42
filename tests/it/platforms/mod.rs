//! Several platforms, or several processes: the same night on each, one that takes over from another,
//! and two replicas on one workspace.

mod handover;
mod night;
mod replicas;

//! Runs of runbooks over a real engine and brain: only executors, numbers and rooms are the test's.

mod approvals;
mod brakes;
mod clock;
mod drills;
mod freezes;
mod grants;
mod lab;
mod refusals;
mod remedies;
mod second_factor;
mod set_up;
mod texts;

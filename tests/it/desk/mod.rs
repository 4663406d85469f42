//! The authors' desk: what tells them what their files mean before anybody is woken by them, and what
//! is left after the incident.

mod audit;
mod call;
mod capsule;
mod explain;
mod import;
mod init;
mod postmortem;
mod preview;
mod rehearsal;
mod replay;
mod reports;
mod schema;
mod shell;
mod test;
mod walk;

//! Grafana's dashboards, as they are exported: panels become graphs, variables become arguments.
//!
//! A panel that holds something which cannot be drawn as Grafana draws it is not drawn at all: its
//! graph says why, and `warroom check` warns. It refuses to ask Grafana for anything.

mod board;
mod names;
mod panel;
#[cfg(test)]
mod tests;
mod text;
mod variable;

pub(super) use board::read;
pub(super) use names::join;
pub use text::Text;

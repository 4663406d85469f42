//! Dashboards: named graphs, what people may ask of them, and what a question means.
//!
//! A [`Library`] is read from the files of `dashboards/`: our own TOML and Grafana's JSON, which
//! become the same [`Graph`]. A [`Request`] is what somebody typed behind `graph`; [`Library::plan`]
//! makes it a [`Plan`]: the queries, the time they cover, and what the picture is called.
//! It refuses to ask a source and to draw. An argument is data: it is escaped for the place in the
//! query where it lands, and is refused where no escaping could make it harmless.

mod arguments;
mod bad;
mod context;
mod find;
mod grafana;
mod graph;
mod legend;
mod library;
mod plan;
mod quote;
mod read;
mod request;
mod step;
mod template;
#[cfg(test)]
mod tests;
mod times;

pub use bad::Bad;
pub use context::{Context, Usual};
pub use grafana::Text;
pub use graph::{Arg, At, Graph, Lookup, Target, Value, Values, Words};
pub use legend::name_series;
pub use library::{Counts, Library};
pub use plan::{Ask, Plan, Window};
pub use request::{
    HEIGHT_MAX, HEIGHT_MIN, Moment, RANGE_MAX, Request, Span, TOP_MAX, WIDTH_MAX, WIDTH_MIN, Wish,
};
pub use template::Template;

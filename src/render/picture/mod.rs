//! Where everything of a chart goes: the head, the plot with its axes and moments, the legend.
//!
//! It refuses to know pixels and file formats. Invariant: parts give way in a fixed order when the
//! picture is small (legend, then subtitle), and what is left out of a legend is counted.

mod compose;
mod head;
mod legend;
mod moments;
mod names;
mod page;
mod plot;
mod stack;
mod time;
mod trace;
mod value;

pub(super) use compose::compose;

//! What people read of runs: the one message in the room, answers, and the lines of timelines.

mod card;
mod told;

pub use card::{card, deed, spell};
pub use told::{answered, came_back, happened, outline, told};

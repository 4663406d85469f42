//! Moments and limits: what stands across the lines, with its name.
//!
//! A moment has a symbol, a word and a kind of line, so that it is known without its colour. Where
//! moments crowd, labels give way before words, and words before symbols; then a key says what the
//! symbols are. No name is crossed by the line of another moment.

mod draw;
mod limits;
mod place;

pub(super) use draw::Moments;

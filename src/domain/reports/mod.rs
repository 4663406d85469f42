//! What many incidents teach: which rules make noise, whom they wake, how long everything takes, what
//! runbooks are worth.
//!
//! A report is a table and a picture, made from [`Review`](super::review::Review)s alone. It refuses
//! to average what is not known: a row counts only what has both ends.

mod days;
mod make;
mod noise;
mod people;
mod runs;
mod times;

pub use make::{Kind, Ran, Report, Seen, make};

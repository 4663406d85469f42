//! The incident's behaviour, told as deliveries, waits and answers.

mod alerts;
mod course;
mod night;
mod paging;

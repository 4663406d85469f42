//! `browser`: walks through a site of the team's own in a real browser, and says whether it passed, with a
//! picture of where it ended.
//!
//! Over `WebDriver`, <https://www.w3.org/TR/webdriver2/>, to a chromedriver that an operator runs. It
//! refuses addresses that are not below a listed site: the browser finds no other host, and a step
//! that leads elsewhere has failed. Steps are the author's; a value fills a field and nothing else.

mod kind;
mod pictures;
mod session;
mod step;
mod walk;

pub use kind::{KIND, Sites};
pub use walk::Browser;

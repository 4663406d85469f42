//! The console in real headless Chromium, driven over `WebDriver`.
//!
//! The pages are the real ones; behind most of them stands [`stand_in`], which answers as the API
//! does, so that a test can say anything: hostile labels, ten thousand events, a cut connection.
//! Screenshots go to the target folder, for people to look at.
#![expect(
    clippy::disallowed_methods,
    reason = "a real browser is started, and keeps the real time"
)]

mod access;
pub(crate) mod browser;
mod cut;
mod hostile;
mod lost;
mod night;
mod people;
mod posts;
mod room;
mod screens;
mod stand_in;
mod story;

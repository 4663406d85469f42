//! The console: the pages of the embedded chat, and the files that they load.
//!
//! A page is a shell that holds no data; its scripts ask the API, as whoever is signed in. It
//! refuses to ask anything outside, to run a script that is no file of its own, and to know an
//! incident.
//!
//! The invariant: whatever comes from outside reaches a page as JSON and becomes a text node.

mod assets;
mod pages;

use super::routes::Route;

/// The routes of this folder.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = pages::routes();
    routes.push(assets::route());
    routes
}
